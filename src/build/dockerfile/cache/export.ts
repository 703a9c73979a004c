import { writeLayout } from '../../../archive/layout-write.ts';
import type { Ctx } from '../../../core/ctx.ts';
import { ToolError, isToolError } from '../../../core/errors.ts';
import type { Digest } from '../../../oci/digest.ts';
import type { BlobSource, Bytes } from '../../../oci/image.ts';
import { parseReference } from '../../../oci/reference.ts';
import type { Reference } from '../../../oci/reference.ts';
import { mediaTypes } from '../../../oci/types.ts';
import type { Descriptor, Manifest } from '../../../oci/types.ts';
import { smallBlobLimit } from '../../../oci/verify.ts';
import type { Store } from '../../../store/store.ts';
import { putJson } from '../../image.ts';
import { openRegistry } from '../../registries.ts';
import { step } from '../../times.ts';
import type { CacheSpec, RegistrySettings } from '../../types.ts';
import { nameOf } from './find.ts';
import { gather } from './gather.ts';
import type { Solved } from './gather.ts';
import type { ImportedMount } from './import.ts';
import { cacheTypes } from './records.ts';
import type { CacheRecords, MountRecord } from './records.ts';

/** The tag that a cache has in a layout. */
const tag = 'cache';

export interface CacheExport {
  /** Gives also blobs that are elsewhere. */
  readonly store: Store;
  readonly solved: Solved;
  readonly mounts: { readonly packed: readonly MountRecord[]; readonly unused: readonly ImportedMount[] };
  readonly registries: Readonly<Record<string, RegistrySettings>>;
  /** A repository that has the blob. */
  readonly homeOf: (digest: Digest) => Reference | undefined;
}

/**
 * Writes the caches that `--cache-to` names; only what is missing there travels.
 * @throws ToolError what registries and files answer, unless the cache says ignore-error
 */
export async function exportCaches(ctx: Ctx, specs: readonly CacheSpec[], all: CacheExport): Promise<void> {
  for (const spec of specs) {
    if (spec.type === 'inline') continue;
    try {
      await step(ctx, `export cache to ${nameOf(spec)}`, async () => exportWhatIsThere(ctx, spec, all));
    } catch (error) {
      if (spec.ignoreError !== true || !isToolError(error) || ctx.signal.aborted) throw error;
      ctx.emit({ kind: 'warning', message: `the cache ${nameOf(spec)} is not written: ${error.message}` });
    }
  }
}

/** A cache mount that came with a broken cache, and that nobody used, is no reason to fail. */
async function exportWhatIsThere(ctx: Ctx, spec: WrittenSpec, all: CacheExport): Promise<void> {
  const { packed, unused } = all.mounts;
  try {
    await exportCache(ctx, spec, all);
  } catch (error) {
    if (!isToolError(error, 'NOT_FOUND', 'BLOB_CORRUPT') || unused.length === 0) throw error;
    const message = `cache mounts that this build did not use do not travel on: ${error.message}`;
    ctx.emit({ kind: 'warning', message });
    await exportCache(ctx, spec, { ...all, mounts: { packed, unused: [] } });
  }
}

type WrittenSpec = Exclude<CacheSpec, { type: 'inline' }>;

async function exportCache(
  ctx: Ctx,
  spec: WrittenSpec,
  { store, solved, mounts: { packed, unused }, registries, homeOf }: CacheExport,
): Promise<void> {
  const mounts = [...packed, ...unused.map(({ record }) => record)];
  const descriptor = await assemble(store, { ...(await gather(solved, spec.mode)), mounts });
  const from = { source: withMounts(store, unused), descriptor };
  if (spec.type === 'local') {
    await writeLayout(ctx, spec.directory, [{ ...from, names: [tag] }]);
    return;
  }
  const { copyTarget, registrySink } = await import('../../../registry/transfer.ts');
  const reference = parseReference(spec.ref);
  const mountFrom = (digest: Digest): string | undefined => {
    const home = homeOf(digest);
    return home?.registry === reference.registry ? home.repository : undefined;
  };
  await copyTarget(from, registrySink(await openRegistry(ctx, registries), reference, { mountFrom }));
}

/** The store's blobs, and those of cache mounts that nobody needed here. */
function withMounts({ blobs }: Store, unused: readonly ImportedMount[]): BlobSource {
  const fetches = new Map(unused.map(({ record, fetch }) => [record.blob.digest, fetch]));
  async function* open(descriptor: Descriptor): Bytes & AsyncGenerator<Uint8Array> {
    await fetches.get(descriptor.digest)?.();
    yield* blobs.open(descriptor);
  }
  return { read: async (descriptor) => blobs.read(descriptor), open };
}

/** Puts config and manifest of a cache into the store. */
async function assemble(store: Store, records: CacheRecords): Promise<Descriptor> {
  const config = await putJson(store, cacheTypes.config, records);
  if (config.size > smallBlobLimit) {
    throw new ToolError(
      'UNSUPPORTED',
      `the cache's records come to ${config.size} bytes, more than ${smallBlobLimit}`,
      {
        hint: 'Write fewer of them with mode=min.',
      },
    );
  }
  const blobs = [
    ...records.layers.flatMap(({ blob, own }) => (blob && own ? [blob.descriptor] : [])),
    ...records.mounts.map(({ blob }) => blob),
  ];
  const layers = [...new Map(blobs.map((blob) => [blob.digest, blob])).values()];
  const manifest: Manifest = {
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    artifactType: cacheTypes.artifact,
    config,
    // The specification wants one layer at least.
    layers: layers.length > 0 ? layers : [await putJson(store, mediaTypes.ociEmpty, {})],
  };
  const descriptor = await putJson(store, mediaTypes.ociManifest, manifest);
  return { ...descriptor, artifactType: cacheTypes.artifact };
}
