/** Base images of a Dockerfile: what their names mean now, and their layers, which come over the network when something needs them. */
import { onceMap } from '../../core/concurrency.ts';
import type { Ctx } from '../../core/ctx.ts';
import { ToolError, isToolError } from '../../core/errors.ts';
import type { ResolvedImage } from '../../dockerfile/frontend.ts';
import type { Digest } from '../../oci/digest.ts';
import type { BlobSource, Image } from '../../oci/image.ts';
import { isIndex } from '../../oci/image.ts';
import { formatPlatform, platformRuns } from '../../oci/platform.ts';
import { formatReference, parseReference, withDefaultTag } from '../../oci/reference.ts';
import type { Reference } from '../../oci/reference.ts';
import type { Descriptor, Platform } from '../../oci/types.ts';
import { openTarget, platformImage } from '../../oci/view.ts';
import type { Registry } from '../../registry/client.ts';
import type { Snapshots } from '../../snapshot/types.ts';
import type { SourceOp } from '../../solve/graph.ts';
import type { Engine } from '../../solve/solver.ts';
import type { Store } from '../../store/store.ts';
import { openRegistry } from '../registries.ts';
import type { BuildRequest } from '../types.ts';
import { download } from './download.ts';

export interface Images {
  /** @throws ToolError NOT_FOUND, REFERENCE_INVALID and what registries answer */
  resolve(reference: string, platform: Platform): Promise<ResolvedImage>;
  /** An image of a source that is no registry (an OCI layout). */
  fromSource(name: string, source: BlobSource, root: Descriptor, platform: Platform): Promise<ResolvedImage>;
  readonly engine: Engine<'source'>;
  /** Steps will most likely run on this image. */
  runsOn(op: SourceOp): void;
  /** The repository from which a layer came. */
  homeOf(digest: Digest): Reference | undefined;
  /** What each name was found to mean, for a later build that wants to know whether it still does. */
  resolved(): readonly { readonly reference: string; readonly digest: string }[];
  /** All that was found, for a second build of the same: names, and every blob that stands behind them. */
  found(): FoundImages;
}

export interface FoundImages {
  readonly names: ReadonlyMap<string, Descriptor>;
  readonly blobs: ReadonlySet<Digest>;
}

interface Known {
  /** Unless it is a layout's. */
  readonly home?: Reference;
  readonly image: Image;
  readonly source: BlobSource;
  readonly name: string;
}

/** What a name meant when a registry was last asked, for when none can be reached. */
const bucket = 'resolved';

export function baseImages(ctx: Ctx, store: Store, snapshots: Snapshots, request: BuildRequest): Images {
  const registry = onceMap<Registry>();
  const open = async (): Promise<Registry> => registry('', async () => openRegistry(ctx, request.registries));
  const roots = onceMap<Descriptor>();
  const fetchOnce = onceMap<void>();
  const known = new WeakMap<SourceOp, Known>();
  const running = new WeakSet<SourceOp>();
  const names = new Map<string, Descriptor>();
  const used = new Set<Digest>();
  const homes = new Map<Digest, Reference>();

  const resolveName = async (reference: Reference): Promise<Descriptor> => {
    const name = formatReference(reference);
    const local = request.dockerfile.pull ? undefined : await store.refs.get(name);
    if (local) return local.descriptor;
    if (reference.digest && !request.dockerfile.pull) {
      const before = await store.cache.get<Descriptor>(bucket, name);
      if (before) return before;
    }
    try {
      const found = await (await open()).resolve(reference);
      await store.cache.set(bucket, name, found);
      return found;
    } catch (error) {
      const before =
        isToolError(error, 'NETWORK') && !request.dockerfile.pull
          ? await store.cache.get<Descriptor>(bucket, name)
          : undefined;
      if (!before) throw error;
      ctx.emit({
        kind: 'warning',
        message: `${name} could not be asked for; what it was last time is taken (${before.digest})`,
      });
      return before;
    }
  };

  const imageOf = async (
    ...[name, source, root, platform, home]: [...Parameters<Images['fromSource']>, home?: Reference]
  ): Promise<ResolvedImage> => {
    const target = await openTarget(source, root);
    const image = await imageFor(ctx, name, target, platform);
    const op: SourceOp = { kind: 'source', reference: name, digest: image.descriptor.digest, platform };
    const [{ config }, layers] = await Promise.all([image.manifest(), image.layers()]);
    for (const { digest } of [root, image.descriptor, config, ...layers]) used.add(digest);
    known.set(op, { image, source, name, ...(home && { home }) });
    return {
      reference: name,
      digest: root.digest,
      config: await image.config(),
      vertex: { op, inputs: [] },
    };
  };

  return {
    fromSource: imageOf,
    resolve: async (text, platform) => {
      const reference = withDefaultTag(parseReference(text));
      const name = formatReference(reference);
      const root = await roots(name, async () => resolveName(reference));
      names.set(name, root);
      const source = keeping(store, async () => (await open()).source(reference));
      return imageOf(name, source, root, platform, reference);
    },
    engine: {
      key: async () => undefined, // the store itself is the cache
      run: async (op) => {
        const found = known.get(op);
        if (!found) throw new ToolError('INTERNAL', `nobody asked for the image ${op.reference}`);
        const [config, layers] = await Promise.all([found.image.config(), found.image.layers()]);
        return {
          config,
          layers: layers.map((layer) => {
            const { mediaType, digest, size, diffId } = layer;
            if (found.home) homes.set(digest, found.home);
            const fetch = async (): Promise<void> =>
              fetchOnce(digest, async () =>
                download(ctx, store, found.source, { mediaType, digest, size }, found.name),
              );
            const blob = { descriptor: { mediaType, digest, size }, diffId };
            const id = snapshots.foreign(blob, fetch, { runs: running.has(op) });
            return { id, what: found.name, reused: true };
          }),
        };
      },
    },
    runsOn: (op) => running.add(op),
    homeOf: (digest) => homes.get(digest),
    resolved: () => [...names].map(([reference, { digest }]) => ({ reference, digest })),
    found: () => ({ names, blobs: used }),
  };
}

/** One image that says it is for another platform is taken all the same, as Docker does; the user is told. */
async function imageFor(
  ctx: Ctx,
  name: string,
  target: Awaited<ReturnType<typeof openTarget>>,
  platform: Platform,
): Promise<Image> {
  if (isIndex(target)) return platformImage(target, platform);
  const config = await target.config();
  if (!platformRuns(platform, config)) {
    ctx.emit({
      kind: 'warning',
      message: `${name} is an image for ${formatPlatform(config)}, and ${formatPlatform(platform)} is built`,
    });
  }
  return target;
}

/** Manifests and configs are kept in the store as they are read, and read from there the next time. */
function keeping(store: Store, remote: () => Promise<BlobSource>): BlobSource {
  return {
    read: async (descriptor) => {
      if ((await store.blobs.has(descriptor.digest)) === descriptor.size) return store.blobs.read(descriptor);
      const bytes = await (await remote()).read(descriptor);
      await store.blobs.put(bytes, { digest: descriptor.digest, size: descriptor.size });
      return bytes;
    },
    open: (descriptor) => openLater(remote, descriptor),
  };
}

async function* openLater(
  remote: () => Promise<BlobSource>,
  descriptor: Descriptor,
): AsyncGenerator<Uint8Array> {
  yield* (await remote()).open(descriptor);
}
