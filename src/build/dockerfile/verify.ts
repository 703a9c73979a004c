import { constants, promises as fs } from 'node:fs';
import path from 'node:path';
import type { Ctx } from '../../core/ctx.ts';
import { makeDirectory } from '../../core/files.ts';
import { withTempDir } from '../../core/temp.ts';
import { openStore } from '../../store/store.ts';
import type { Store } from '../../store/store.ts';
import type { BuildRequest, BuiltImage, BuiltPlatform, VerifiedLayer } from '../types.ts';
import type { Door } from './build.ts';
import { secondTime } from './second.ts';
import type { FoundImages } from './images.ts';
import { compareLayers } from './compare-layers.ts';

/** Files named for one layer; a person reads the first few. */
const most = 20;

/**
 * Builds a second time, without cache and in a home of its own, and compares.
 * @param images what the names of base images meant
 * @param again builds
 * @returns the layers that are not the same; empty when the build is reproducible
 */
export async function verifyAgain(
  ctx: Ctx,
  request: BuildRequest,
  first: BuiltImage,
  images: FoundImages,
  door: Door,
  again: (ctx: Ctx, request: BuildRequest, door: Door) => Promise<BuiltImage | undefined>,
): Promise<VerifiedLayer[]> {
  return withTempDir(ctx, async (home) => {
    const place = { ...secondTime(ctx, 'second build: '), home };
    const [store, other] = [await openStore(ctx), await openStore(place)];
    await seed(store, other, images);
    const settings = {
      verify: false,
      pull: false,
      explain: false,
      cacheTo: [],
      cacheFrom: [],
      cacheMounts: false,
    };
    const second = await again(
      place,
      {
        ...request,
        dockerfile: { ...request.dockerfile, ...settings },
        noCache: true,
        outputs: [],
        push: false,
      },
      door,
    );
    if (!second || second.descriptor.digest === first.descriptor.digest) return [];
    const differing = await Promise.all(
      first.platforms.map(async (platform, index) => {
        const twin = second.platforms[index];
        return twin ? layersThatDiffer(store, platform, other, twin) : [];
      }),
    );
    return differing.flat();
  });
}

async function layersThatDiffer(
  store: Store,
  first: BuiltPlatform,
  other: Store,
  second: BuiltPlatform,
): Promise<VerifiedLayer[]> {
  const found: VerifiedLayer[] = [];
  for (const [index, layer] of first.layers.entries()) {
    const twin = second.layers[index];
    if (!twin || twin.digest === layer.digest) continue;
    const differences = await compareLayers(opened(store, layer), opened(other, twin));
    found.push({
      platform: first.platform,
      what: layer.what,
      digests: [layer.digest, twin.digest],
      differences: differences.slice(0, most),
      more: Math.max(0, differences.length - most),
    });
  }
  if (found.length > 0 || first.configDigest === second.configDigest) return found;
  const digests = [first.configDigest, second.configDigest] as const;
  return [{ platform: first.platform, what: 'the config', digests, differences: [], more: 0 }];
}

function opened(store: Store, layer: BuiltPlatform['layers'][number]) {
  const { digest, size, mediaType } = layer;
  return { mediaType, open: () => store.blobs.open({ mediaType, digest, size }) };
}

/**
 * Base images mean what they meant, and need not come over the network again: copies, proven at each use. Results of steps stay behind.
 */
async function seed(from: Store, to: Store, { names, blobs }: FoundImages): Promise<void> {
  await makeDirectory(path.join(to.root, 'blobs', 'sha256'));
  for (const digest of blobs) {
    // What nothing needed is not here either.
    await fs
      .copyFile(from.blobs.path(digest), to.blobs.path(digest), constants.COPYFILE_FICLONE)
      .catch(() => undefined);
  }
  for (const [name, descriptor] of names) await to.refs.set(name, descriptor);
}
