import type { Digest } from '../oci/digest.ts';
import { digestOf } from '../oci/digest.ts';
import { mediaTypes } from '../oci/types.ts';
import type {
  ContainerConfig,
  Descriptor,
  History,
  ImageConfig,
  Index,
  Manifest,
  Platform,
} from '../oci/types.ts';
import type { Store } from '../store/store.ts';
import type { ImageLayer } from './layers.ts';
import type { ImageSettings } from './types.ts';

export interface ImageParts {
  readonly platform: Platform;
  readonly layers: readonly ImageLayer[];
  /** The config of the image beneath, when the base is one. */
  readonly baseConfig?: ImageConfig;
  readonly settings: ImageSettings;
  /** Absolute path of the program in the image. */
  readonly program: string;
  /** Seconds since the epoch. */
  readonly created: number;
  readonly annotations: Readonly<Record<string, string>>;
  readonly mediaTypes: 'oci' | 'docker';
}

/** Numeric, so that Kubernetes' runAsNonRoot can be decided without a passwd file. */
export const nonroot = '65532:65532';

export interface AssembledImage {
  readonly descriptor: Descriptor;
  readonly config: Descriptor;
}

/**
 * Writes config and manifest of one platform into the store. Same parts, same bytes: keys stand in a fixed order, maps are sorted.
 * Formats: OCI image-spec 1.1 (config.md, manifest.md), or Docker's manifest version 2, schema 2.
 */
export async function assembleImage(store: Store, parts: ImageParts): Promise<AssembledImage> {
  const docker = parts.mediaTypes === 'docker';
  const config = await putJson(
    store,
    docker ? mediaTypes.dockerConfig : mediaTypes.ociConfig,
    imageConfig(parts),
  );
  const manifest: Manifest = {
    schemaVersion: 2,
    mediaType: docker ? mediaTypes.dockerManifest : mediaTypes.ociManifest,
    config,
    layers: parts.layers.map(({ descriptor }) => ({
      mediaType: docker ? dockerLayerType(descriptor.mediaType) : descriptor.mediaType,
      digest: descriptor.digest,
      size: descriptor.size,
    })),
    ...(docker || Object.keys(parts.annotations).length === 0
      ? {}
      : { annotations: sorted(parts.annotations) }),
  };
  const descriptor = await putJson(store, manifest.mediaType ?? '', manifest);
  return { descriptor: { ...descriptor, platform: parts.platform }, config };
}

/** Writes an index over images of several platforms. @returns its descriptor */
export async function assembleIndex(
  store: Store,
  manifests: readonly Descriptor[],
  annotations: Readonly<Record<string, string>>,
  family: 'oci' | 'docker',
): Promise<Descriptor> {
  const docker = family === 'docker';
  const index: Index = {
    schemaVersion: 2,
    mediaType: docker ? mediaTypes.dockerIndex : mediaTypes.ociIndex,
    manifests,
    ...(docker || Object.keys(annotations).length === 0 ? {} : { annotations: sorted(annotations) }),
  };
  return putJson(store, index.mediaType ?? '', index);
}

function imageConfig(parts: ImageParts): ImageConfig {
  const { platform, baseConfig } = parts;
  const created = new Date(parts.created * 1000).toISOString().replace('.000Z', 'Z');
  const below = baseConfig?.rootfs.diff_ids.length ?? 0;
  const ours: History[] = parts.layers.slice(below).map((layer) => ({
    created,
    created_by: `coracle build (${layer.history ?? layer.what})`,
  }));
  return {
    created,
    architecture: platform.architecture,
    os: platform.os,
    ...(platform.variant === undefined ? {} : { variant: platform.variant }),
    config: containerConfig(parts),
    rootfs: { type: 'layers', diff_ids: parts.layers.map((layer) => layer.diffId) },
    history: [...(baseConfig?.history ?? []), ...ours],
  };
}

function containerConfig(parts: ImageParts): ContainerConfig {
  const { settings } = parts;
  const base = parts.baseConfig?.config ?? {};
  const env = mergeEnv(base.Env ?? [], settings.env);
  const ports = {
    ...base.ExposedPorts,
    ...setOf(settings.ports.map((port) => (port.includes('/') ? port : `${port}/tcp`))),
  };
  const volumes = { ...base.Volumes, ...setOf(settings.volumes) };
  const labels = { ...base.Labels, ...parts.annotations, ...settings.labels };
  const cmd = settings.cmd;
  const workdir = settings.workdir ?? base.WorkingDir;
  const stopSignal = settings.stopSignal ?? base.StopSignal;
  // A health check of the base would probe another program.
  return {
    User: settings.user ?? nonroot,
    ...(isEmpty(ports) ? {} : { ExposedPorts: sorted(ports) }),
    ...(env.length === 0 ? {} : { Env: env }),
    Entrypoint: settings.entrypoint ?? [parts.program],
    ...(cmd === undefined || cmd.length === 0 ? {} : { Cmd: cmd }),
    ...(isEmpty(volumes) ? {} : { Volumes: sorted(volumes) }),
    ...(workdir === undefined || workdir === '' ? {} : { WorkingDir: workdir }),
    ...(isEmpty(labels) ? {} : { Labels: sorted(labels) }),
    ...(stopSignal === undefined ? {} : { StopSignal: stopSignal }),
    ...(settings.healthcheck ? { Healthcheck: settings.healthcheck } : {}),
  };
}

/** The base's variables in their order, overridden in place; new ones after them, sorted. */
function mergeEnv(base: readonly string[], added: Readonly<Record<string, string>>): string[] {
  const rest = new Map(Object.entries(sorted(added)));
  const merged = base.map((line) => {
    const name = line.slice(0, line.indexOf('=') < 0 ? undefined : line.indexOf('='));
    const value = rest.get(name);
    rest.delete(name);
    return value === undefined ? line : `${name}=${value}`;
  });
  return [...merged, ...[...rest].map(([name, value]) => `${name}=${value}`)];
}

function setOf(names: readonly string[]): Record<string, Record<string, never>> {
  return Object.fromEntries(names.map((name) => [name, {}]));
}

function isEmpty(map: object): boolean {
  return Object.keys(map).length === 0;
}

/** The same map with its keys in byte order. */
export function sorted<V>(map: Readonly<Record<string, V>>): Record<string, V> {
  return Object.fromEntries(Object.entries(map).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
}

/** An OCI layer type by the name that Docker has for it. */
export function dockerLayerType(type: string): string {
  if (type === mediaTypes.ociLayerGzip) return mediaTypes.dockerLayerGzip;
  if (type === mediaTypes.ociLayer) return mediaTypes.dockerLayer;
  return type;
}

/** Puts a document into the store. */
export async function putJson(store: Store, mediaType: string, value: unknown): Promise<Descriptor> {
  const bytes = Buffer.from(JSON.stringify(value, wellFormed));
  const digest: Digest = digestOf(bytes);
  await store.blobs.put(bytes, { digest, size: bytes.length });
  return { mediaType, digest, size: bytes.length };
}

/** JSON is UTF-8: bytes of a Dockerfile that are not become U+FFFD, as in BuildKit. */
function wellFormed(_key: string, value: unknown): unknown {
  return typeof value === 'string' ? value.toWellFormed() : value;
}
