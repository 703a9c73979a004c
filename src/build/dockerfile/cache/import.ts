import type { Ctx } from '../../../core/ctx.ts';
import { onceMap } from '../../../core/concurrency.ts';
import type { Digest } from '../../../oci/digest.ts';
import type { Reference } from '../../../oci/reference.ts';
import type { LayerId, Snapshots } from '../../../snapshot/types.ts';
import type { Snapshot } from '../../../solve/graph.ts';
import type { Store } from '../../../store/store.ts';
import type { CacheSpec, RegistrySettings } from '../../types.ts';
import { download } from '../download.ts';
import type { FoundCache } from './find.ts';
import type { LayerRecord, MountRecord } from './records.ts';
import { withTimes } from './times.ts';

/** What other machines know of this build. Nothing but records is fetched before something needs it. */
export interface Imports {
  lookUp(key: string): Promise<Snapshot | undefined>;
  layer(id: LayerId): Promise<LayerRecord | undefined>;
  /** All results that consist of these layers. */
  resultsOf(has: (id: LayerId) => boolean): Promise<[key: string, layers: readonly LayerRecord[]][]>;
  mounts(): Promise<readonly ImportedMount[]>;
  /** The repository that has the blob. */
  homeOf(digest: Digest): Reference | undefined;
}

export interface ImportedMount {
  readonly record: MountRecord;
  /** Brings its blob into the store. */
  readonly fetch: () => Promise<void>;
}

interface Place {
  readonly store: Store;
  readonly snapshots: Snapshots;
  readonly registries: Readonly<Record<string, RegistrySettings>>;
  /** Told when something of a cache cannot be had, or is not what it was said to be: the build must do without it. */
  readonly failed: (error: unknown) => void;
}

/** Reads the caches, in the background. Of two that know the same, the first counts. */
export function openImports(ctx: Ctx, specs: readonly CacheSpec[], place: Place): Imports {
  const homes = new Map<Digest, Reference>();
  const opening = (async () => {
    const { findCaches } = await import('./find.ts');
    const found = await findCaches(ctx, specs, place.registries);
    return known(ctx, found, homes, place);
  })();
  opening.catch(() => undefined); // told to whoever asks
  return {
    lookUp: async (key) => (await opening).lookUp(key),
    layer: async (id) => (await opening).layers.get(id),
    resultsOf: async (has) => (await opening).resultsOf(has),
    mounts: async () => (await opening).mounts,
    homeOf: (digest) => homes.get(digest),
  };
}

function known(
  ctx: Ctx,
  caches: readonly FoundCache[],
  homes: Map<Digest, Reference>,
  { store, snapshots, failed }: Place,
) {
  const layers = new Map<LayerId, LayerRecord>();
  const results = new Map<string, readonly LayerRecord[]>();
  const mounts = new Map<string, ImportedMount>();
  const once = onceMap<void>();

  for (const { records, source, name, home } of caches) {
    const fetcher = (descriptor: MountRecord['blob']) => async () =>
      once(descriptor.digest, async () => download(ctx, store, source, descriptor, name));
    for (const layer of records.layers) {
      if (layers.has(layer.id) || !layer.blob) continue;
      layers.set(layer.id, layer);
      snapshots.imported(layer.id, imported(layer, fetcher(layer.blob.descriptor), failed));
      if (layer.own && home) homes.set(layer.blob.descriptor.digest, home);
    }
    for (const [key, numbers] of Object.entries(records.results)) {
      if (!results.has(key))
        results.set(
          key,
          numbers.flatMap((number) => records.layers[number] ?? []),
        );
    }
    for (const record of records.mounts) {
      if (!mounts.has(record.name)) {
        mounts.set(record.name, { record, fetch: fetcher(record.blob) });
        if (home) homes.set(record.blob.digest, home);
      }
    }
  }

  return {
    layers,
    mounts: [...mounts.values()],
    lookUp: async (key: string): Promise<Snapshot | undefined> => {
      const found = results.get(key);
      if (!found) return undefined;
      for (const { id } of found) if (!(await snapshots.available(id))) return undefined;
      return {
        layers: found.map(({ id, what, goCache }) => ({
          id,
          what,
          reused: true,
          ...(goCache && { goCache }),
        })),
      };
    },
    resultsOf: (has: (id: LayerId) => boolean) =>
      [...results].filter(([, list]) => list.every(({ id }) => has(id))),
  };
}

function imported({ blob, own }: LayerRecord, fetch: () => Promise<void>, failed: Place['failed']) {
  if (!blob) throw new TypeError('a layer without a blob');
  if (!own) return { blob };
  const fetchOrTell = async (): Promise<void> => {
    try {
      await fetch();
    } catch (error) {
      failed(error);
      throw error;
    }
  };
  const { form, times } = own;
  return {
    blob,
    own: {
      form,
      fetch: fetchOrTell,
      restore: (read: Parameters<typeof withTimes>[0]) => withTimes(read, times),
      failed,
    },
  };
}
