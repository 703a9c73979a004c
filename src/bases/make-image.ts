import { createHash } from 'node:crypto';
import { buildLayer } from '../layer/build-layer.ts';
import type { Compression } from '../layer/compress.ts';
import type { Ctx } from '../core/ctx.ts';
import { digestOf } from '../oci/digest.ts';
import type { Digest } from '../oci/digest.ts';
import { mediaTypes } from '../oci/types.ts';
import type { ContainerConfig, Descriptor, ImageConfig, Manifest, Platform } from '../oci/types.ts';
import { defaultPath } from '../solve/exec/environment.ts';
import type { Store } from '../store/store.ts';
import { baseReference } from './references.ts';
import type { BaseImage, ComposedBase } from './types.ts';

export interface ImageForm {
  readonly platform: Platform;
  readonly compression: Compression;
  /** Seconds since the epoch, of the image itself: the date of a snapshot. Default 0. */
  readonly created?: number;
}

/** Whom images without a shell run as; a number, so that Kubernetes' runAsNonRoot can be decided without a passwd file. */
const nonroot = '65532:65532';

/** Of the store's cache. */
const bucket = 'base-images';

/** Paths at which a shell would lie. */
const shellPaths: ReadonlySet<string> = new Set(['bin/sh', 'usr/bin/sh']);

/**
 * Writes a composed base into the store as an image of one layer. The same base gives the same bytes.
 * @throws ToolError DISK_FULL, and what opening its contents gives
 */
export async function baseImageOf(
  ctx: Ctx,
  store: Store,
  base: ComposedBase,
  form: ImageForm,
): Promise<BaseImage> {
  ctx.signal.throwIfAborted();
  const { container, descriptor } = await keptOrWritten(store, base, form);
  const reference = baseReference(base.name, base.key);
  const { name, locked, generated, omitted, reasons, statement } = base;
  await store.refs.set(reference, descriptor);
  return {
    kind: 'image',
    ...{ name, key: base.key, generated, omitted, reasons, reference, descriptor, config: container },
    ...(locked && { locked }),
    ...(statement !== undefined && { statement }),
  };
}

/** Raised when the same base gives another image than before. */
const revision = 1;

/** What is kept of an image that was written: it lives as long as its blobs do, and they as long as it is used. */
interface Written {
  readonly container: ContainerConfig;
  readonly descriptor: Descriptor;
  readonly blobs: readonly Digest[];
}

async function keptOrWritten(store: Store, base: ComposedBase, form: ImageForm): Promise<Written> {
  const key = createHash('sha256')
    .update(JSON.stringify([revision, base.name, base.key, base.statement, form]))
    .digest('hex');
  const kept = await store.cache.get<Written>(bucket, key);
  const there = await Promise.all((kept?.blobs ?? []).map(async (digest) => store.blobs.has(digest)));
  if (kept && !there.includes(undefined)) return kept;
  const written = await writeImage(store, base, form);
  await store.cache.set(bucket, key, written);
  return written;
}

async function writeImage(store: Store, base: ComposedBase, form: ImageForm): Promise<Written> {
  const entries = await base.entries();
  const { compression, platform } = form;
  const layer = await buildLayer(entries, { compression, mediaTypeFamily: 'oci' }, store.blobs);
  const created = new Date((form.created ?? 0) * 1000).toISOString().replace('.000Z', 'Z');
  const said = saysOf(base);
  const hasShell = entries.some(({ path }) => shellPaths.has(path));
  const container: ContainerConfig = {
    ...(hasShell ? {} : { User: nonroot }),
    Env: [`PATH=${defaultPath}`],
    ...(hasShell ? { Cmd: ['/bin/sh'] } : {}),
    WorkingDir: '/',
    Labels: said,
  };
  const config: ImageConfig = {
    created,
    architecture: platform.architecture,
    os: platform.os,
    ...(platform.variant === undefined ? {} : { variant: platform.variant }),
    config: container,
    rootfs: { type: 'layers', diff_ids: [layer.diffId] },
    history: [{ created, created_by: `coracle base build ${base.name}` }],
  };
  const manifest: Manifest = {
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    config: await putJson(store, mediaTypes.ociConfig, config),
    layers: [layer.descriptor],
    annotations: { 'org.opencontainers.image.created': created, ...said },
  };
  const descriptor = { ...(await putJson(store, mediaTypes.ociManifest, manifest)), platform };
  return {
    container,
    descriptor,
    blobs: [descriptor.digest, manifest.config.digest, layer.descriptor.digest],
  };
}

/** What the image says of itself, in the keys of the OCI image-spec (annotations.md) where there are some. */
function saysOf({ name, key, locked, statement }: ComposedBase): Record<string, string> {
  return {
    'dev.coracle.base': name,
    'dev.coracle.base.key': key,
    ...(locked && { 'dev.coracle.base.source': locked.source }),
    ...(statement !== undefined && { 'org.opencontainers.image.description': statement }),
    'org.opencontainers.image.title': name,
  };
}

async function putJson(store: Store, mediaType: string, value: unknown): Promise<Descriptor> {
  const bytes = Buffer.from(JSON.stringify(value));
  const digest = digestOf(bytes);
  await store.blobs.put(bytes, { digest, size: bytes.length });
  return { mediaType, digest, size: bytes.length };
}
