/** Caches where `--cache-from` says they are. */
import { openLayout } from '../../../archive/layout.ts';
import type { Ctx } from '../../../core/ctx.ts';
import { ToolError, isToolError } from '../../../core/errors.ts';
import { checkConfig, checkManifest, isIndexBody, isManifestType } from '../../../oci/check.ts';
import type { BlobSource } from '../../../oci/image.ts';
import { formatReference, parseReference } from '../../../oci/reference.ts';
import type { Reference } from '../../../oci/reference.ts';
import { parseObject } from '../../../oci/shape.ts';
import type { Descriptor } from '../../../oci/types.ts';
import { openRegistry } from '../../registries.ts';
import type { BuildRequest, CacheSpec } from '../../types.ts';
import { checkRecords } from './check.ts';
import { cacheTypes, inlineKey } from './records.ts';
import type { CacheRecords } from './records.ts';

export interface FoundCache {
  readonly records: CacheRecords;
  readonly source: BlobSource;
  /** For people. */
  readonly name: string;
  /** The repository that has the blobs. */
  readonly home?: Reference;
}

/** Images of one index that are looked into for inline caches. */
const mostImages = 32;

/** The caches of all places. What is not there, or cannot be read, is told and passed over: a cache only saves time. */
export async function findCaches(
  ctx: Ctx,
  specs: readonly CacheSpec[],
  settings: BuildRequest['registries'],
): Promise<FoundCache[]> {
  const found = await Promise.all(
    specs.map(async (spec) => {
      try {
        return await findCache(ctx, spec, settings);
      } catch (error) {
        if (!isToolError(error) || ctx.signal.aborted) throw error;
        ctx.emit({ kind: 'warning', message: `the cache ${nameOf(spec)} is not used: ${error.message}` });
        return [];
      }
    }),
  );
  return found.flat();
}

/** What a cache is called, for people. */
export function nameOf(spec: CacheSpec): string {
  if (spec.type === 'inline') return 'in the image';
  return spec.type === 'local' ? spec.directory : formatReference(parseReference(spec.ref), { short: true });
}

async function findCache(
  ctx: Ctx,
  spec: CacheSpec,
  settings: BuildRequest['registries'],
): Promise<FoundCache[]> {
  const name = nameOf(spec);
  if (spec.type === 'registry') {
    const home = parseReference(spec.ref);
    const registry = await openRegistry(ctx, settings);
    const { descriptor } = await registry.manifest(home);
    return below(registry.source(home), [descriptor], { name, home });
  }
  if (spec.type === 'inline') return [];
  const { source, index } = await openLayout(spec.directory);
  const ours = index.manifests.filter(({ artifactType }) => artifactType === cacheTypes.artifact);
  return below(source, ours.length > 0 ? ours.slice(-1) : index.manifests, { name });
}

type Known = Pick<FoundCache, 'name' | 'home'>;

async function below(source: BlobSource, roots: readonly Descriptor[], known: Known): Promise<FoundCache[]> {
  const found: FoundCache[] = [];
  const left = [...roots];
  for (let seen = 0, root = left.pop(); root && seen <= mostImages; seen++, root = left.pop()) {
    const body = checkManifest(await source.read(root), root);
    if (isIndexBody(body)) {
      if (seen === 0) left.push(...body.manifests.filter(({ mediaType }) => isManifestType(mediaType)));
      continue;
    }
    const config = await source.read(body.config);
    const inline = body.config.mediaType === cacheTypes.config ? undefined : checkConfig(config);
    const value: unknown = inline
      ? new Map(Object.entries(inline)).get(inlineKey)
      : parseObject(config, `the cache ${known.name}:`);
    if (value === undefined) continue;
    const records = checkRecords(value, body.layers, `the cache ${known.name}:`);
    found.push({ records, source, ...known });
  }
  if (found.length > 0) return found;
  throw new ToolError('IMAGE_INVALID', 'there is no cache in it', {
    hint: 'Write one with --cache-to, or into the image with --cache-to type=inline.',
  });
}
