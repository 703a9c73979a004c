import type { Lowered } from '../../dockerfile/frontend.ts';
import { mediaTypes } from '../../oci/types.ts';
import type { ContainerConfig, Descriptor, History, ImageConfig, Manifest } from '../../oci/types.ts';
import type { Store } from '../../store/store.ts';
import { dockerLayerType, putJson, sorted } from '../image.ts';
import type { AssembledImage } from '../image.ts';
import type { ImageLayer } from '../layers.ts';

export interface StageImage {
  readonly lowered: Lowered;
  readonly layers: readonly ImageLayer[];
  /** Seconds since the epoch. */
  readonly created: number;
  readonly annotations: Readonly<Record<string, string>>;
  readonly mediaTypes: 'oci' | 'docker';
  /** What the config says besides. */
  readonly extra?: Readonly<Record<string, unknown>>;
}

/**
 * Writes config and manifest of one platform of a Dockerfile's result. The same parts give the same bytes.
 * Formats: OCI image-spec 1.1, or Docker's manifest version 2, schema 2.
 */
export async function assembleStage(store: Store, image: StageImage): Promise<AssembledImage> {
  const docker = image.mediaTypes === 'docker';
  const config = await putJson(
    store,
    docker ? mediaTypes.dockerConfig : mediaTypes.ociConfig,
    configOf(image),
  );
  const manifest: Manifest = {
    schemaVersion: 2,
    mediaType: docker ? mediaTypes.dockerManifest : mediaTypes.ociManifest,
    config,
    layers: image.layers.map(({ descriptor: { mediaType, digest, size } }) => ({
      mediaType: docker ? dockerLayerType(mediaType) : ociLayerType(mediaType),
      digest,
      size,
    })),
    ...(docker || Object.keys(image.annotations).length === 0
      ? {}
      : { annotations: sorted(image.annotations) }),
  };
  const descriptor: Descriptor = await putJson(store, manifest.mediaType ?? '', manifest);
  return { descriptor: { ...descriptor, platform: image.lowered.platform }, config };
}

function configOf({ lowered, layers, created: seconds, extra }: StageImage): ImageConfig {
  const { platform } = lowered;
  const created = new Date(seconds * 1000).toISOString().replace('.000Z', 'Z');
  const history: History[] = lowered.history.map(({ createdBy, empty, comment }) => ({
    created,
    created_by: createdBy,
    comment: comment ?? 'buildkit.dockerfile.v0',
    ...(empty ? { empty_layer: true } : {}),
  }));
  return {
    created,
    ...(lowered.author === undefined ? {} : { author: lowered.author }),
    ...platform,
    config: inOrder(lowered.config),
    rootfs: { type: 'layers', diff_ids: layers.map(({ diffId }) => diffId) },
    history: [...lowered.baseHistory, ...history],
    ...extra,
  };
}

/** Maps sorted: the same config is the same bytes. */
function inOrder(config: ContainerConfig): ContainerConfig {
  return {
    ...config,
    ...(config.ExposedPorts ? { ExposedPorts: sorted(config.ExposedPorts) } : {}),
    ...(config.Volumes ? { Volumes: sorted(config.Volumes) } : {}),
    ...(config.Labels ? { Labels: sorted(config.Labels) } : {}),
  };
}

/** Docker's names of layers in the terms of OCI: a base may have been made by Docker. */
function ociLayerType(type: string): string {
  if (type === mediaTypes.dockerLayerGzip) return mediaTypes.ociLayerGzip;
  if (type === mediaTypes.dockerLayer) return mediaTypes.ociLayer;
  return type;
}
