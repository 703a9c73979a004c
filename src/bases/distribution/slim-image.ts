import { createHash } from 'node:crypto';
import type { Ctx } from '../../core/ctx.ts';
import { pullImage } from '../../images/copy.ts';
import type { RegistryAccess } from '../../images/registries.ts';
import { resolveSource } from '../../images/source.ts';
import type { Source } from '../../images/source.ts';
import { applyLayer } from '../../layer/apply.ts';
import { buildLayer } from '../../layer/build-layer.ts';
import type { Entry } from '../../layer/entry.ts';
import { mergeLayers } from '../../layer/merge.ts';
import { readLayer } from '../../layer/read-layer.ts';
import { treeEntries } from '../../layer/tree.ts';
import type { Layer } from '../../oci/image.ts';
import { formatPlatform } from '../../oci/platform.ts';
import { formatReference } from '../../oci/reference.ts';
import type { Platform } from '../../oci/types.ts';
import { openTarget, platformImage } from '../../oci/view.ts';
import type { Store } from '../../store/store.ts';
import type { BaseImage, BaseSettings } from '../types.ts';
import { keepImage, keptImage } from './image.ts';
import { makeSlim, slimRevision } from '../slim.ts';
import { setuidFiles } from './setuid.ts';
import { step } from './steps.ts';

export interface SlimOptions {
  readonly platform: Platform;
  readonly access?: RegistryAccess;
}

/** Raised when the same image and settings give other bytes than before. */
const revision = 1;

/**
 * An image by reference, in one layer, without what a slim base does without. Its config stays, and so does everything else in it: owners,
 * links, devices, attributes. Nothing of it is run.
 * @param reference a name in the store or of a registry, an archive
 * @throws ToolError NOT_FOUND, REFERENCE_INVALID, IMAGE_INVALID, and what registries and archives give
 */
export async function slimImage(
  ctx: Ctx,
  store: Store,
  reference: string,
  settings: Pick<BaseSettings, 'name' | 'slim' | 'omit'>,
  { platform, access = { insecure: [] } }: SlimOptions,
): Promise<BaseImage> {
  const source = await local(ctx, reference, platform, access);
  const image = await platformImage(await openTarget(source.source, source.descriptor), platform);
  const { slim, omit, name } = settings;
  const key = createHash('sha256')
    .update(JSON.stringify([revision, slimRevision, name, image.descriptor.digest, slim, omit]))
    .digest('hex');
  const kept = await keptImage(store, key);
  if (kept) return kept;
  const [layers, { rootfs: _, history: __, ...config }] = await Promise.all([image.layers(), image.config()]);
  return step(ctx, `slim ${key}`, `making ${source.name} slim (${formatPlatform(platform)})`, async () => {
    const tree = await namesOf(layers);
    const all = groups(tree);
    const omitted = makeSlim(tree, { slim, omit });
    const layer = await buildLayer(
      what(mergeLayers(layers), tree, all),
      { compression: { kind: 'gzip' }, mediaTypeFamily: 'oci' },
      store.blobs,
    );
    const created = config.created ?? '1970-01-01T00:00:00Z';
    return keepImage(ctx, store, {
      made: { name, key, generated: [], omitted, reasons: [], setuid: setuidFiles(tree) },
      layers: [layer],
      history: [
        { created, created_by: `coracle base build ${name}`, comment: `from ${image.descriptor.digest}` },
      ],
      config,
    });
  });
}

/** What only its registry has is pulled, as all of it is read several times. */
async function local(ctx: Ctx, text: string, platform: Platform, access: RegistryAccess): Promise<Source> {
  const found = await resolveSource(ctx, text, access);
  if (found.place.kind !== 'registry') return found;
  const from = formatReference(found.place.reference);
  await pullImage(ctx, { from, platform: formatPlatform(platform), access });
  return resolveSource(ctx, `store:${from}`, access);
}

/** The merged tree, of which only names are read. */
async function namesOf(layers: readonly Layer[]): Promise<Map<string, Entry>> {
  const tree = new Map<string, Entry>();
  for (const layer of layers) await applyLayer(tree, readLayer(layer));
  return tree;
}

/** The names of each content, by the first of them. */
function groups(tree: ReadonlyMap<string, Entry>): ReadonlyMap<string, readonly string[]> {
  const names = new Map<string, string[]>();
  for (const { path, type, linkName } of treeEntries(tree)) {
    if (type === 'file') names.set(path, [path]);
    else if (type === 'hardlink') names.get(linkName ?? '')?.push(path);
  }
  return names;
}

/**
 * The entries that stay. Where the first name of a content goes and another stays, that one has the content.
 * @param tree what stays
 * @param names as it was before
 */
async function* what(
  entries: AsyncIterable<Entry>,
  tree: ReadonlyMap<string, Entry>,
  names: ReadonlyMap<string, readonly string[]>,
): AsyncGenerator<Entry> {
  const heirs = new Map<string, string>();
  for await (const entry of entries) {
    const { path, type, linkName } = entry;
    if (type === 'hardlink') {
      const heir = heirs.get(linkName ?? '') ?? linkName ?? '';
      if (tree.has(path) && path !== heir) yield { ...entry, linkName: heir };
    } else if (tree.has(path)) yield entry;
    else {
      const heir = type === 'file' ? names.get(path)?.find((name) => tree.has(name)) : undefined;
      if (heir === undefined) continue;
      heirs.set(path, heir);
      yield { ...entry, path: heir };
    }
  }
}
