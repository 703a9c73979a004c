import { ToolError } from '../core/errors.ts';
import type { IndexEntry, LayerIndex } from '../layer/layer-index.ts';
import { unpackLayer } from '../layer/read-layer.ts';
import { readTar } from '../layer/tar-read.ts';
import type { Entry } from '../layer/entry.ts';
import type { Bytes } from '../oci/image.ts';
import type { Store } from '../store/store.ts';
import type { LayerBlobs } from './blob-records.ts';
import type { ForeignBlob } from './foreign.ts';
import type { LayerId, Snapshots } from './types.ts';

/** A layer that this build made, not written yet. */
export interface Added {
  readonly index: LayerIndex;
  readonly content: (entry: IndexEntry) => Bytes;
}

/** What this process was told of layers. */
export interface KnownLayers extends Pick<Snapshots, 'foreign' | 'add'> {
  /** True when the layer can be had without looking into the store. */
  has(id: LayerId): boolean;
  added(id: LayerId): Added | undefined;
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
  const addeds = new Map<LayerId, Added>();
  return {
    has: (id) => foreigns.has(id) || addeds.has(id),
    added: (id) => addeds.get(id),
    foreign: (blob, fetch) => {
      const id: LayerId = `diff:${blob.diffId}`;
      if (!foreigns.has(id)) foreigns.set(id, { ...blob, fetch });
      return id;
    },
    add: async (index, content) => {
      const id = nameOf(index);
      if (!addeds.has(id)) addeds.set(id, { index, content });
      return id;
    },
    blob: async (id) => {
      const foreign = foreigns.get(id);
      if (!foreign) return records.any(id);
      const { digest, size } = foreign.descriptor;
      if ((await store.blobs.has(digest)) !== size) await foreign.fetch();
      return foreign;
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
