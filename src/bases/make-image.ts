import { buildLayer } from '../layer/build-layer.ts';
import type { Compression } from '../layer/compress.ts';
import type { Ctx } from '../core/ctx.ts';
import { digestOf } from '../oci/digest.ts';
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
  const reference = baseReference(base.name, base.key);
  await store.refs.set(reference, descriptor);
  const { name, key, locked, generated, omitted, reasons, statement } = base;
  return {
    kind: 'image',
    ...{ name, key, generated, omitted, reasons, reference, descriptor, config: container },
    ...(locked && { locked }),
    ...(statement !== undefined && { statement }),
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
