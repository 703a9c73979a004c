import { ToolError } from '../core/errors.ts';
import type { IndexEntry, LayerIndex } from '../layer/layer-index.ts';
import { unpackLayer } from '../layer/read-layer.ts';
import { readTar } from '../layer/tar-read.ts';
import type { Entry } from '../layer/entry.ts';
import type { Digest } from '../oci/digest.ts';
import type { Bytes } from '../oci/image.ts';
import type { Descriptor } from '../oci/types.ts';
import type { Store } from '../store/store.ts';
import type { LayerBlobs } from './blob-records.ts';
import type { ForeignBlob } from './foreign.ts';
import type { ImportedLayer, LayerId, Snapshots } from './types.ts';

/** A layer that this build made, not written yet. */
export interface Added {
  readonly index: LayerIndex;
  readonly content: (entry: IndexEntry) => Bytes;
}

/** What this process was told of layers. */
export interface KnownLayers extends Pick<Snapshots, 'foreign' | 'add' | 'bring'> {
  /** True when the layer can be had without looking into the store. */
  has(id: LayerId): boolean;
  added(id: LayerId): Added | undefined;
  import(id: LayerId, layer: ImportedLayer): void;
  imported(id: LayerId): ImportedLayer | undefined;
  /** A process will most likely run on it. */
  runs(id: LayerId): boolean;
  /** The blob that the layer came as, or can come as. */
  came(id: LayerId): ForeignBlob | undefined;
  /** A blob of the layer, brought into the store if need be: the one that it came as, or any that was written. */
  blob(id: LayerId): Promise<ForeignBlob | undefined>;
  /** The entries of a blob, which is proven against its digest when it is read to the end. */
  entries(blob: ForeignBlob): AsyncIterable<Entry>;
}

export function knownLayers(
  store: Store,
  records: LayerBlobs,
  nameOf: (index: LayerIndex) => LayerId,
): KnownLayers {
  const foreigns = new Map<LayerId, ForeignBlob & { readonly fetch: () => Promise<void> }>();
  const running = new Set<LayerId>();
  const addeds = new Map<LayerId, Added>();
  const importeds = new Map<LayerId, ImportedLayer>();
  const fetches = new Map<Digest, () => Promise<void>>();
  const bring = async ({ digest, size }: Descriptor): Promise<void> => {
    if ((await store.blobs.has(digest)) === size) return;
    const fetch = fetches.get(digest);
    if (!fetch) throw gone(`diff:${digest}`);
    await fetch();
  };
  return {
    has: (id) => foreigns.has(id) || addeds.has(id) || importeds.get(id)?.own !== undefined,
    added: (id) => addeds.get(id),
    imported: (id) => importeds.get(id),
    import: (id, layer) => {
      if (importeds.has(id)) return;
      importeds.set(id, layer);
      if (layer.own) fetches.set(layer.blob.descriptor.digest, layer.own.fetch);
    },
    came: (id) => foreigns.get(id),
    bring,
    runs: (id) => running.has(id),
    foreign: (blob, fetch, options) => {
      const id: LayerId = `diff:${blob.diffId}`;
      if (options?.runs === true) running.add(id);
      if (!foreigns.has(id)) foreigns.set(id, { ...blob, fetch });
      fetches.set(blob.descriptor.digest, fetch);
      return id;
    },
    add: async (index, content) => {
      const id = nameOf(index);
      if (!addeds.has(id)) addeds.set(id, { index, content });
      return id;
    },
    blob: async (id) => {
      const foreign = foreigns.get(id);
      const there = foreign ?? (await records.any(id));
      const found = there ?? (importeds.get(id)?.own && importeds.get(id)?.blob);
      if (found) await bring(found.descriptor);
      return found;
    },
    entries: ({ descriptor }) =>
      readTar(unpackLayer({ mediaType: descriptor.mediaType, open: () => store.blobs.open(descriptor) })),
  };
}

/** The layer was there when the build was planned. */
export function gone(id: LayerId): ToolError {
  return new ToolError('NOT_FOUND', `the layer ${id} is not in the store any more`, {
    hint: 'Something removed it (coracle prune) while it was needed. Run the same command again.',
  });
}

/** Somebody said that a blob is this layer, and it is another. */
export function otherLayer(id: LayerId, { descriptor }: ForeignBlob): ToolError {
  return new ToolError('IMAGE_INVALID', `the blob ${descriptor.digest} is not the layer ${id}`, {
    hint: 'The cache that says so is broken or was tampered with: nothing of it is used. Build without it (--cache-from).',
  });
}
