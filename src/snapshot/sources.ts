import path from 'node:path';
import { onceMap } from '../core/concurrency.ts';
import type { Ctx } from '../core/ctx.ts';
import { ToolError, isToolError } from '../core/errors.ts';
import { withLock } from '../core/lock.ts';
import { removeDeep } from '../core/remove.ts';
import { indexDigest } from '../layer/layer-index.ts';
import type { IndexEntry, LayerIndex } from '../layer/layer-index.ts';
import { unpackLayer } from '../layer/read-layer.ts';
import { readTar } from '../layer/tar-read.ts';
import type { Digest } from '../oci/digest.ts';
import type { Bytes } from '../oci/image.ts';
import type { Store } from '../store/store.ts';
import { layerBlobs } from './blob.ts';
import { contextChanged, damaged, fileContent, verified, withContents, zipped } from './content.ts';
import { layerFolder } from './folder.ts';
import type { Folder, LayerDirectory } from './folder.ts';
import { indexForeign, readForeign, truncated } from './foreign.ts';
import type { ForeignBlob } from './foreign.ts';
import type { DirectoryForm } from './form.ts';
import type { Origin } from './merged.ts';
import type { LayerBlob, LayerId, Snapshots } from './types.ts';
import { unpack } from './unpack.ts';
import type { DirectoryFacts, Mismatch, Unpackable } from './unpack.ts';
import { isWhole } from './whole.ts';

export interface LayerSources extends Pick<Snapshots, 'foreign' | 'add' | 'available' | 'blob' | 'index'> {
  directory(id: LayerId): Promise<LayerDirectory>;
  /** Makes a finished directory a layer; it is moved away. */
  keep(
    index: LayerIndex,
    directory: string,
    facts: DirectoryFacts,
  ): Promise<{ readonly id: LayerId; readonly index: LayerIndex }>;
  /** The content of one file of a layer. */
  open(id: LayerId, origin: Origin): Bytes;
}

interface Foreign extends ForeignBlob {
  readonly fetch: () => Promise<void>;
}

interface Added {
  readonly index: LayerIndex;
  readonly content: (entry: IndexEntry) => Bytes;
}

/** What one reading of a layer found; the same records as those of bases that are not unpacked. */
interface LayerFacts {
  readonly diffId: Digest;
  readonly uncompressedSize: number;
}

/** Entries of a layer with their contents, and what it means when one is not what it must be. */
interface Contents {
  readonly entries: Iterable<Unpackable> | AsyncIterable<Unpackable>;
  readonly mismatch: Mismatch;
}

/** Each layer's forms, one made from another. */
export function layerSources(ctx: Ctx, store: Store, form: DirectoryForm): LayerSources {
  const foreigns = new Map<LayerId, Foreign>();
  const addeds = new Map<LayerId, Added>();
  const blobs = layerBlobs(store);
  const onceIndex = onceMap<LayerIndex>();
  const onceDirectory = onceMap<LayerDirectory>();
  const onceBlob = onceMap<LayerBlob>();
  const folders = new Map<LayerId, Folder>();
  const unpacking = new Map<LayerId, Promise<unknown>>();

  const folder = (id: LayerId): Folder => {
    const known = folders.get(id) ?? layerFolder(store.layers, id, form);
    folders.set(id, known);
    return known;
  };

  /** The layer's blob, in the store. */
  const presentBlob = async (id: LayerId): Promise<ForeignBlob | undefined> => {
    const foreign = foreigns.get(id);
    if (!foreign) return blobs.any(id);
    const { digest, size } = foreign.descriptor;
    if ((await store.blobs.has(digest)) !== size) await foreign.fetch();
    return foreign;
  };

  const proven = async (id: LayerId, blob: ForeignBlob, index: LayerIndex, uncompressedSize: number) => {
    const { descriptor, diffId } = blob;
    await folder(id).writeIndex(index);
    await store.cache.set('layers', descriptor.digest, { diffId, uncompressedSize } satisfies LayerFacts);
    await blobs.note(id, { descriptor, diffId });
  };

  const readIndex = async (id: LayerId): Promise<LayerIndex> => {
    const added = addeds.get(id);
    if (added) return added.index;
    await unpacking.get(id)?.catch(() => undefined); // it makes the index on the way
    const kept = await folder(id).index();
    if (kept) return kept;
    const blob = id.startsWith('diff:') ? await presentBlob(id) : undefined;
    if (!blob) throw gone(id);
    const reading = readForeign(store.blobs, blob);
    const index = await indexForeign(reading.entries, ctx.signal);
    await proven(id, blob, index, reading.prove());
    return index;
  };
  const index = async (id: LayerId): Promise<LayerIndex> => onceIndex(id, async () => readIndex(id));

  /** A directory that is there and whole. */
  const thereDirectory = async (id: LayerId): Promise<LayerDirectory | undefined> =>
    folder(id).directory(async (directory) => {
      const kept = addeds.get(id)?.index ?? (await folder(id).index());
      return kept !== undefined && isWhole(directory, kept);
    });

  /** Contents from a blob that was written from the index. */
  const fromBlob = async (id: LayerId): Promise<Contents> => {
    const blob = await blobs.any(id);
    if (!blob) throw gone(id);
    const { mediaType } = blob.descriptor;
    const tar = unpackLayer({ mediaType, open: () => store.blobs.open(blob.descriptor) });
    return { entries: zipped(await index(id), readTar(tar)), mismatch: damaged };
  };
  const fromAdded = ({ index, content }: Added): Contents => ({
    entries: withContents(index, content),
    mismatch: contextChanged,
  });

  const unpackTo = async (id: LayerId, directory: string): Promise<DirectoryFacts> => {
    const { signal } = ctx;
    const blob = id.startsWith('diff:') ? await presentBlob(id) : undefined;
    if (blob) {
      const reading = readForeign(store.blobs, blob);
      const made = await unpack(reading.entries, directory, form, { signal, mismatch: truncated });
      await proven(id, blob, made.index, reading.prove());
      return made;
    }
    const added = addeds.get(id);
    const { entries, mismatch } = added ? fromAdded(added) : await fromBlob(id);
    const made = await unpack(entries, directory, form, { signal, mismatch });
    if (added) await saveIndex(id, added);
    return made;
  };
  const saveIndex = async (id: LayerId, added: Added): Promise<void> => {
    if (!(await folder(id).hasIndex())) await folder(id).writeIndex(added.index);
  };

  const makeDirectory = async (id: LayerId): Promise<LayerDirectory> => {
    const there = await thereDirectory(id);
    if (there) return there;
    // Another process may be at it: waiting is faster than doing it twice.
    const lock = path.join(store.root, 'locks', `${id.replaceAll(':', '-')}-${form.name}`);
    return withLock(ctx, lock, async () => {
      const made = await thereDirectory(id);
      if (made) return made;
      const temp = await store.layers.temp();
      try {
        const to = path.join(temp, 'fs');
        return await folder(id).publish(to, await unpackTo(id, to));
      } finally {
        await removeDeep(temp);
      }
    });
  };
  const directory = async (id: LayerId): Promise<LayerDirectory> =>
    onceDirectory(id, async () => {
      const making = makeDirectory(id);
      unpacking.set(id, making);
      return making;
    });

  const contents = async (id: LayerId): Promise<Contents> => {
    const added = addeds.get(id);
    const there = unpacking.has(id) || !added ? await thereDirectory(id) : undefined;
    if (there && !there.facts.relocated) {
      return {
        entries: withContents(await index(id), (entry) => fileContent(there.path, entry)),
        mismatch: damaged,
      };
    }
    return added ? fromAdded(added) : fromBlob(id);
  };

  const writeBlob: Snapshots['blob'] = async (id, as) => {
    const known = await blobs.find(id, as);
    if (known) return known;
    const added = addeds.get(id);
    const { entries, mismatch } = await contents(id);
    try {
      const blob = await blobs.write(id, as, entries, mismatch);
      if (added) await saveIndex(id, added);
      return blob;
    } catch (error) {
      if (mismatch === damaged && isToolError(error, 'BLOB_CORRUPT')) await folder(id).discard();
      throw error;
    }
  };

  const foreignBlob = async (id: LayerId): Promise<LayerBlob> => {
    const blob = await presentBlob(id);
    if (!blob) throw gone(id);
    const { descriptor, diffId } = blob;
    const facts = async (): Promise<LayerFacts | undefined> => {
      const found = await store.cache.get<LayerFacts>('layers', descriptor.digest);
      return found?.diffId === diffId ? found : undefined;
    };
    let known = await facts();
    if (!known) {
      // Not proven yet, or the record is gone.
      const reading = readForeign(store.blobs, blob);
      await proven(id, blob, await indexForeign(reading.entries, ctx.signal), reading.prove());
      known = await facts();
    }
    return { descriptor, diffId, uncompressedSize: known?.uncompressedSize ?? 0 };
  };

  return {
    index,
    directory,
    foreign: (blob, fetch) => {
      const id: LayerId = `diff:${blob.diffId}`;
      if (!foreigns.has(id)) foreigns.set(id, { ...blob, fetch });
      return id;
    },
    add: async (index, content) => {
      const id: LayerId = `index:${indexDigest(index)}`;
      if (!addeds.has(id)) addeds.set(id, { index, content });
      return id;
    },
    keep: async (index, from, facts) => {
      const id: LayerId = `index:${indexDigest(index)}`;
      if (!(await folder(id).hasIndex())) await folder(id).writeIndex(index);
      if (!(await thereDirectory(id))) await folder(id).publish(from, facts);
      return { id, index };
    },
    available: async (id) => {
      if (addeds.has(id) || foreigns.has(id)) return true;
      if ((await blobs.any(id)) && (id.startsWith('diff:') || (await folder(id).hasIndex()))) return true;
      return (await thereDirectory(id)) !== undefined && folder(id).hasIndex();
    },
    blob: async (id, as) =>
      id.startsWith('diff:')
        ? onceBlob(id, async () => foreignBlob(id))
        : onceBlob(`${id} ${JSON.stringify(as)}`, async () => writeBlob(id, as)),
    open: (id, origin) => openFile(id, origin),
  };

  async function* openFile(id: LayerId, { entry }: Origin): AsyncGenerator<Uint8Array> {
    const there = await thereDirectory(id);
    if (there && !there.facts.relocated) yield* verified(entry, fileContent(there.path, entry), damaged);
    else {
      const added = addeds.get(id);
      if (added) yield* verified(entry, added.content(entry), contextChanged);
      else throw gone(id);
    }
  }
}

function gone(id: LayerId): ToolError {
  return new ToolError('NOT_FOUND', `the layer ${id} is not in the store any more`, {
    hint: 'Something removed it (coracle prune) while it was needed. Run the same command again.',
  });
}
