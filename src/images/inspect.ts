import type { Ctx } from '../core/ctx.ts';
import { isIndex, type Image, type ImageIndex } from '../oci/image.ts';
import { formatPlatform, parsePlatform } from '../oci/platform.ts';
import type { Descriptor, ImageConfig } from '../oci/types.ts';
import { openTarget, platformImage } from '../oci/view.ts';
import type { RegistryAccess } from './registries.ts';
import { resolveSource } from './source.ts';

export interface InspectRequest {
  readonly source: string;
  readonly platform?: string;
  readonly access: RegistryAccess;
}

/** One image, with all that its manifest and config say. */
export interface InspectedImage {
  readonly kind: 'image';
  readonly source: string;
  readonly descriptor: Descriptor;
  readonly platform: string;
  /** Bytes of all layers as stored. */
  readonly size: number;
  readonly layers: readonly InspectedLayer[];
  readonly annotations: Readonly<Record<string, string>>;
  readonly config: ImageConfig;
  readonly configDescriptor: Descriptor;
}

export interface InspectedLayer {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly diffId: string;
  /** What the history says made it. */
  readonly createdBy?: string;
}

export interface InspectedIndex {
  readonly kind: 'index';
  readonly source: string;
  readonly descriptor: Descriptor;
  readonly annotations: Readonly<Record<string, string>>;
  readonly manifests: readonly { readonly platform: string; readonly descriptor: Descriptor }[];
}

/**
 * Looks at an image or index anywhere: fetches its manifest and config and nothing else.
 * @throws ToolError NOT_FOUND, IMAGE_INVALID and whatever the place gives
 */
export async function inspectImage(
  ctx: Ctx,
  request: InspectRequest,
): Promise<InspectedImage | InspectedIndex> {
  const { target, name } = await open(ctx, request);
  if (!isIndex(target)) return inspectOne(target, name);
  const index = await target.index();
  return {
    kind: 'index',
    source: name,
    descriptor: target.descriptor,
    annotations: index.annotations ?? {},
    manifests: index.manifests.map((descriptor) => ({ platform: platformOf(descriptor), descriptor })),
  };
}

/** The exact bytes of the manifest or index. */
export async function rawManifest(ctx: Ctx, request: InspectRequest): Promise<Uint8Array> {
  return (await open(ctx, request)).target.raw();
}

/** The exact bytes of the config; of an index, of this machine's platform unless one is named. */
export async function rawConfig(ctx: Ctx, request: InspectRequest): Promise<Uint8Array> {
  const { target } = await open(ctx, request);
  if (!isIndex(target)) return target.rawConfig();
  const { hostPlatform } = await import('../oci/platform.ts');
  return (await platformImage(target, hostPlatform())).rawConfig();
}

async function open(
  ctx: Ctx,
  request: InspectRequest,
): Promise<{ target: Image | ImageIndex; name: string }> {
  const { source, descriptor, name } = await resolveSource(ctx, request.source, request.access);
  const target = await openTarget(source, descriptor);
  if (request.platform === undefined) return { target, name };
  return { target: await platformImage(target, parsePlatform(request.platform)), name };
}

async function inspectOne(image: Image, name: string): Promise<InspectedImage> {
  const [manifest, config, layers] = await Promise.all([image.manifest(), image.config(), image.layers()]);
  const made = (config.history ?? []).filter((entry) => !entry.empty_layer).map((entry) => entry.created_by);
  return {
    kind: 'image',
    source: name,
    descriptor: image.descriptor,
    platform: formatPlatform(config),
    size: layers.reduce((sum, layer) => sum + layer.size, 0),
    layers: layers.map(({ mediaType, digest, size, diffId }, index) => {
      const layer = { mediaType, digest, size, diffId };
      const createdBy = made[index];
      return createdBy === undefined ? layer : Object.assign(layer, { createdBy });
    }),
    annotations: manifest.annotations ?? {},
    config,
    configDescriptor: manifest.config,
  };
}

/** What an entry of an index is for; attestations and the like have no platform of their own. */
export function platformOf({ platform, artifactType, mediaType }: Descriptor): string {
  if (platform && platform.os !== 'unknown') return formatPlatform(platform);
  return artifactType ?? (platform ? 'attestation' : mediaType);
}
