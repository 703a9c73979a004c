import type { Ctx } from '../core/ctx.ts';
import type { Reference } from '../oci/reference.ts';
import type { Descriptor, Platform } from '../oci/types.ts';
import { platformImage, openTarget } from '../oci/view.ts';
import { formatReference } from '../oci/reference.ts';
import { copyTarget, storeSink } from '../registry/transfer.ts';
import type { Store } from '../store/store.ts';
import { openRegistry } from './registries.ts';
import type { RegistrySettings } from './types.ts';

/** What a pinned reference resolved to on a platform; kept so that a base that is at hand needs no registry. */
interface Pulled {
  readonly descriptor: Descriptor;
}

/**
 * The image of one platform behind a reference with a digest, brought into the store unless it is there whole.
 * @returns its manifest's descriptor
 * @throws ToolError NOT_FOUND when there is none for the platform, BLOB_CORRUPT, and what registries answer
 */
export async function pullInto(
  ctx: Ctx,
  store: Store,
  settings: Readonly<Record<string, RegistrySettings>>,
  reference: Reference & { digest: string },
  platform: Platform,
): Promise<Descriptor> {
  const key = keyOf(reference.digest, platform);
  const known = await store.cache.get<Pulled>('pulled', key);
  if (known && (await isWhole(store, known.descriptor))) return known.descriptor;
  const registry = await openRegistry(ctx, settings);
  const source = registry.source(reference);
  const root = await registry.resolve(reference);
  const { descriptor } = await platformImage(await openTarget(source, root), platform);
  ctx.emit({
    kind: 'log',
    stream: 'stderr',
    text: `pulling ${formatReference(reference, { short: true })}\n`,
  });
  await copyTarget({ source, descriptor }, storeSink(store.blobs));
  await store.cache.set('pulled', key, { descriptor } satisfies Pulled);
  return descriptor;
}

/** Notes that an image that was made here needs no registry. */
export async function keepPulled(store: Store, descriptor: Descriptor, platform: Platform): Promise<void> {
  await store.cache.set('pulled', keyOf(descriptor.digest, platform), { descriptor } satisfies Pulled);
}

function keyOf(digest: string, platform: Platform): string {
  return `${digest} ${JSON.stringify(platform)}`;
}

async function isWhole(store: Store, descriptor: Descriptor): Promise<boolean> {
  if ((await store.blobs.has(descriptor.digest)) !== descriptor.size) return false;
  const target = await openTarget(store.blobs, descriptor);
  if ('index' in target) return false;
  const { config, layers } = await target.manifest();
  const sizes = await Promise.all(
    [config, ...layers].map(async ({ digest, size }) => (await store.blobs.has(digest)) === size),
  );
  return sizes.every(Boolean);
}
