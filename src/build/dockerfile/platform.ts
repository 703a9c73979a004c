import { mapLimit } from '../../core/concurrency.ts';
import type { Lowered } from '../../dockerfile/frontend.ts';
import { formatPlatform } from '../../oci/platform.ts';
import type { BlobForm, Snapshots } from '../../snapshot/types.ts';
import type { SolvedLayer } from '../../solve/graph.ts';
import type { Solver } from '../../solve/solver.ts';
import type { Store } from '../../store/store.ts';
import { assembleIndex } from '../image.ts';
import type { ImageLayer } from '../layers.ts';
import { referencesOf } from '../names.ts';
import type { BuildRequest, BuiltImage, BuiltPlatform } from '../types.ts';
import { assembleStage } from './assemble.ts';
import type { BuildCaches } from './cache/cache.ts';
import { chainOf } from './graph.ts';

export interface PlatformBuild {
  readonly store: Store;
  readonly snapshots: Snapshots;
  readonly solver: Solver;
  readonly request: BuildRequest;
  readonly form: BlobForm;
  /** Seconds since the epoch. */
  readonly created: number;
  readonly caches: BuildCaches | undefined;
}

/** One platform of the result: its graph solved, its layers as blobs, config and manifest in the store. */
export async function buildPlatform(build: PlatformBuild, lowered: Lowered): Promise<BuiltPlatform> {
  const { store, snapshots, solver, request, form } = build;
  const blob = async (layer: SolvedLayer): Promise<ImageLayer> => ({
    ...(layer.blob ?? (await snapshots.blob(layer.id, form))),
    what: layer.what,
    reused: layer.reused,
  });
  // A layer of the image is compressed while the steps above it run.
  for (const vertex of chainOf(lowered.vertex)) {
    solver.solve(vertex).then(
      ({ layers }) => layers.forEach((layer) => void blob(layer).catch(() => undefined)),
      () => undefined, // told where the result is waited for
    );
  }
  const solved = await solver.solve(lowered.vertex);
  const layers = await mapLimit(solved.layers, 4, blob);
  const image = await assembleStage(store, {
    lowered,
    layers,
    created: build.created,
    annotations: request.image.annotations,
    mediaTypes: request.mediaTypes,
    ...(build.caches && { extra: await build.caches.inline(solver, form, solved) }),
  });
  return {
    platform: formatPlatform(lowered.platform),
    descriptor: image.descriptor,
    configDigest: image.config.digest,
    size: layers.reduce((sum, { descriptor }) => sum + descriptor.size, 0),
    uncompressedSize: layers.reduce((sum, layer) => sum + layer.uncompressedSize, 0),
    layers: layers.map((layer) => ({
      digest: layer.descriptor.digest,
      mediaType: layer.descriptor.mediaType,
      size: layer.descriptor.size,
      uncompressedSize: layer.uncompressedSize,
      what: layer.what,
      reused: layer.reused,
    })),
  };
}

/** The image or index under its names. */
export async function imageOf(
  store: Store,
  request: BuildRequest,
  name: string,
  platforms: readonly BuiltPlatform[],
): Promise<BuiltImage> {
  const [only] = platforms;
  const descriptor =
    platforms.length === 1 && only
      ? only.descriptor
      : await assembleIndex(
          store,
          platforms.map((built) => built.descriptor),
          request.image.indexAnnotations ?? {},
          request.mediaTypes,
        );
  const references = referencesOf(request, { name }, 1);
  for (const reference of references) await store.refs.set(reference, descriptor);
  return { program: name, references, descriptor, platforms, pushed: [], notes: [] };
}
