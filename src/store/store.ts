/**
 * store/ keeps what Coracle makes and fetches, below `<home>/store`: blobs by digest, names of images, facts that save work.
 * Any number of processes share it, any of them may die at any moment, and everything in it may be deleted; that only costs time.
 * It must not know where images come from, or what the facts mean.
 */
import type { Ctx } from '../core/ctx.ts';
import { sweepTempDirs } from '../core/temp.ts';
import { openBlobs } from './blobs.ts';
import type { BlobStore } from './blobs.ts';
import { openCache } from './cache.ts';
import type { KeyValue } from './cache.ts';
import { openLayers } from './layers.ts';
import type { LayerFolders } from './layers.ts';
import { openPlace } from './place.ts';
import type { Pruned, PruneOptions } from './prune.ts';
import { openRefs } from './refs.ts';
import type { RefStore } from './refs.ts';
import type { Usage } from './usage.ts';
import type { Verdict } from './verify.ts';

export interface Store {
  /** `<home>/store`. */
  readonly root: string;
  readonly blobs: BlobStore;
  readonly refs: RefStore;
  readonly cache: KeyValue;
  readonly layers: LayerFolders;
  /** Hashes every blob and looks that every name has all it needs. Damaged blobs are set aside. */
  verify(): AsyncGenerator<Verdict, void, undefined>;
  prune(options?: PruneOptions): Promise<Pruned>;
  usage(): Promise<Usage>;
}

/** Opens the store. Touches no disk: directories are made when something is written. */
export async function openStore(ctx: Ctx): Promise<Store> {
  const place = openPlace(ctx.home);
  const blobs = openBlobs(place);
  const refs = openRefs(place, () => ctx.now());
  return {
    root: place.root,
    blobs,
    refs,
    cache: openCache(place),
    layers: openLayers(place),
    verify: async function* () {
      const { verify } = await import('./verify.ts');
      yield* verify(place, blobs, refs);
    },
    prune: async (options = {}) => {
      const { prune } = await import('./prune.ts');
      if (!options.dryRun) await sweepTempDirs(ctx.home);
      return prune(place, blobs, refs, ctx.now().getTime(), options);
    },
    usage: async () => {
      const { usage } = await import('./usage.ts');
      return usage(place.root, refs);
    },
  };
}
