import type { Ctx } from '../../core/ctx.ts';
import type { BuiltLayer } from '../../layer/build-layer.ts';
import { digestOf } from '../../oci/digest.ts';
import type { Digest } from '../../oci/digest.ts';
import { mediaTypes } from '../../oci/types.ts';
import type { ContainerConfig, Descriptor, History, ImageConfig, Manifest } from '../../oci/types.ts';
import type { Store } from '../../store/store.ts';
import { baseReference } from '../references.ts';
import type { BaseImage } from '../types.ts';

/** A base that is to be an image. */
export interface Parts {
  readonly made: Omit<BaseImage, 'kind' | 'reference' | 'descriptor' | 'config'>;
  /** Lowest first. */
  readonly layers: readonly Pick<BuiltLayer, 'descriptor' | 'diffId'>[];
  readonly history: readonly History[];
  /** All but what the layers say. */
  readonly config: Omit<ImageConfig, 'rootfs' | 'history'>;
}

/** What is kept of an image: it lives as long as its blobs do, and they as long as it is used. */
interface Kept {
  readonly image: BaseImage;
  readonly blobs: readonly Digest[];
}

const bucket = 'distributions';

/** The image that was made under this key before, if the store has all of it. */
export async function keptImage(store: Store, key: string): Promise<BaseImage | undefined> {
  const kept = await store.cache.get<Kept>(bucket, key);
  if (!kept) return undefined;
  const there = await Promise.all(kept.blobs.map(async (digest) => store.blobs.has(digest)));
  if (there.includes(undefined)) return undefined;
  const { reference, descriptor } = kept.image;
  const named = await store.refs.get(reference);
  if (named?.descriptor.digest !== descriptor.digest) await store.refs.set(reference, descriptor);
  return kept.image;
}

/** Writes config and manifest, gives the image its name, and keeps it for the next time. */
export async function keepImage(ctx: Ctx, store: Store, parts: Parts): Promise<BaseImage> {
  ctx.signal.throwIfAborted();
  const { made, layers, history } = parts;
  const config: ImageConfig = {
    ...parts.config,
    rootfs: { type: 'layers', diff_ids: layers.map(({ diffId }) => diffId) },
    history,
  };
  const configDescriptor = await putJson(store, mediaTypes.ociConfig, config);
  const manifest: Manifest = {
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    config: configDescriptor,
    layers: layers.map(({ descriptor }) => descriptor),
  };
  const { os, architecture, variant } = config;
  const platform = { os, architecture, ...(variant !== undefined && { variant }) };
  const descriptor = { ...(await putJson(store, mediaTypes.ociManifest, manifest)), platform };
  const reference = baseReference(made.name, made.key);
  const container: ContainerConfig = config.config ?? {};
  const image: BaseImage = { kind: 'image', ...made, reference, descriptor, config: container };
  const blobs = [
    descriptor.digest,
    configDescriptor.digest,
    ...layers.map((layer) => layer.descriptor.digest),
  ];
  await store.refs.set(reference, descriptor);
  await store.cache.set(bucket, made.key, { image, blobs } satisfies Kept);
  return image;
}

async function putJson(store: Store, mediaType: string, value: unknown): Promise<Descriptor> {
  const bytes = Buffer.from(JSON.stringify(value));
  const digest = digestOf(bytes);
  await store.blobs.put(bytes, { digest, size: bytes.length });
  return { mediaType, digest, size: bytes.length };
}

/** Seconds since the epoch, as an image's config has them. */
export function dateOf(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace('.000Z', 'Z');
}
