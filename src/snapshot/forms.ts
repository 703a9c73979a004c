import path from 'node:path';
import { onceMap } from '../core/concurrency.ts';
import type { Ctx } from '../core/ctx.ts';
import { withLock } from '../core/lock.ts';
import { removeDeep } from '../core/remove.ts';
import type { LayerIndex } from '../layer/layer-index.ts';
import type { Digest } from '../oci/digest.ts';
import type { Descriptor } from '../oci/types.ts';
import type { Store } from '../store/store.ts';
import type { LayerBlobs } from './blob-records.ts';
import { contextChanged, damaged, withContents, zipped } from './content.ts';
import { layerFolder } from './folder.ts';
import type { Folder, LayerDirectory } from './folder.ts';
import { indexForeign, readForeign, truncated } from './foreign.ts';
import type { ForeignBlob } from './foreign.ts';
import type { DirectoryForm } from './form.ts';
import { gone, otherLayer } from './known.ts';
import type { Added, KnownLayers } from './known.ts';
import type { ImportedLayer, LayerId } from './types.ts';
import { unpack } from './unpack.ts';
import type { DirectoryFacts } from './layer-writer.ts';
import type { Mismatch, Unpackable } from './unpackable.ts';
import { isWhole } from './whole.ts';

/** Layers as indexes and directories, each made once, kept in the store, and used by the next command. */
export interface LayerForms {
  folder(id: LayerId): Folder;
  /** @throws ToolError NOT_FOUND for a layer that is in no form there */
  index(id: LayerId): Promise<LayerIndex>;
  /** Unpacked if need be. @throws ToolError NOT_FOUND; what unpacking throws */
  directory(id: LayerId): Promise<LayerDirectory>;
  /** The directory if it is there and whole. */
  unpacked(id: LayerId): Promise<LayerDirectory | undefined>;
  /** Makes a finished directory a layer; it is moved away. */
  keep(
    index: LayerIndex,
    directory: string,
    facts: DirectoryFacts,
  ): Promise<{ readonly id: LayerId; readonly index: LayerIndex }>;
  /** Writes the index of a layer that this build made, for the next command. */
  saveIndex(id: LayerId, added: Added): Promise<void>;
  /** The contents of a layer from what it was added with, or from a blob that was written of it. */
  contents(id: LayerId): Promise<Contents>;
  /** True when the store has that blob. */
  isHere(descriptor: Descriptor): Promise<boolean>;
  /** The layer as it came, proven against its diffID. */
  prove(id: LayerId): Promise<{ readonly blob: ForeignBlob; readonly facts: LayerFacts }>;
}

/** Entries of a layer with their contents, and what it means when one is not what it must be. */
export interface Contents {
  readonly entries: Iterable<Unpackable> | AsyncIterable<Unpackable>;
  readonly mismatch: Mismatch;
}

/** What one reading of a layer's blob found; the same records as those of bases that are never looked into. */
export interface LayerFacts {
  readonly diffId: Digest;
  /** Bytes of the tar. */
  readonly uncompressedSize: number;
}

const factsBucket = 'layers';

export function layerForms(
  ctx: Ctx,
  store: Store,
  form: DirectoryForm,
  known: KnownLayers,
  records: LayerBlobs,
  nameOf: (index: LayerIndex) => LayerId,
): LayerForms {
  const { signal } = ctx;
  const onceIndex = onceMap<LayerIndex>();
  const onceDirectory = onceMap<LayerDirectory>();
  const unpacking = new Map<LayerId, Promise<unknown>>();
  const folders = new Map<LayerId, Folder>();

  const folder = (id: LayerId): Folder => {
    const there = folders.get(id) ?? layerFolder(store.layers, id, form);
    folders.set(id, there);
    return there;
  };
  const foreignBlob = async (id: LayerId): Promise<ForeignBlob> => {
    const blob = id.startsWith('diff:') ? await known.blob(id) : undefined;
    if (!blob) throw gone(id);
    return blob;
  };
  const proven = async (
    id: LayerId,
    { descriptor, diffId }: ForeignBlob,
    index: LayerIndex,
    uncompressedSize: number,
  ): Promise<void> => {
    await folder(id).writeIndex(index);
    await store.cache.set(factsBucket, descriptor.digest, { diffId, uncompressedSize } satisfies LayerFacts);
    await records.note(id, { descriptor, diffId });
  };
  const readThrough = async (id: LayerId, blob: ForeignBlob): Promise<LayerIndex> => {
    const reading = readForeign(store.blobs, blob);
    const index = await indexForeign(reading.entries, signal);
    await proven(id, blob, index, reading.prove());
    return index;
  };
  const readImported = async (id: LayerId, { blob, own }: ImportedLayer): Promise<LayerIndex> => {
    try {
      await known.bring(blob.descriptor);
      const reading = readForeign(store.blobs, blob);
      const read = await indexForeign(reading.entries, signal);
      reading.prove();
      const index = own?.restore(read) ?? read;
      if (nameOf(index) !== id) throw otherLayer(id, blob);
      await folder(id).writeIndex(index);
      await records.note(id, blob);
      return index;
    } catch (error) {
      own?.failed(error);
      throw error;
    }
  };
  /** The index from an earlier build, or from another machine's. */
  const kept = async (id: LayerId): Promise<LayerIndex | undefined> => {
    const there = await folder(id).index();
    const imported = there ? undefined : known.imported(id);
    return imported?.own ? readImported(id, imported) : there;
  };
  const readIndex = async (id: LayerId): Promise<LayerIndex> => {
    const added = known.added(id);
    if (added) return added.index;
    await unpacking.get(id)?.catch(() => undefined); // it makes the index on the way
    const there = await kept(id);
    if (there) return there;
    // Unpacking makes the index on the way; where it is refused, whoever needs the directory will say so.
    if (known.runs(id)) await directory(id).catch(() => undefined);
    return (await kept(id)) ?? readThrough(id, await foreignBlob(id));
  };
  const index = async (id: LayerId): Promise<LayerIndex> => onceIndex(id, async () => readIndex(id));

  const unpacked = async (id: LayerId): Promise<LayerDirectory | undefined> =>
    folder(id).directory(async (directory) => {
      const kept = known.added(id)?.index ?? (await folder(id).index());
      return kept !== undefined && isWhole(directory, kept);
    });
  const saveIndex = async (id: LayerId, added: Added): Promise<void> => {
    if (!(await folder(id).hasIndex())) await folder(id).writeIndex(added.index);
  };
  const contents = async (id: LayerId): Promise<Contents> => {
    const added = known.added(id);
    if (added) return { entries: withContents(added.index, added.content), mismatch: contextChanged };
    // Not by `index`, which waits for a directory that is being made, perhaps from this.
    const index = await kept(id);
    const blob = await known.blob(id);
    if (!blob || !index) throw gone(id);
    return { entries: zipped(index, known.entries(blob)), mismatch: damaged };
  };

  const unpackTo = async (id: LayerId, directory: string): Promise<DirectoryFacts> => {
    if (id.startsWith('diff:')) {
      const blob = await foreignBlob(id);
      const reading = readForeign(store.blobs, blob);
      const made = await unpack(reading.entries, directory, form, { signal, mismatch: truncated });
      await proven(id, blob, made.index, reading.prove());
      return made;
    }
    const { entries, mismatch } = await contents(id);
    const made = await unpack(entries, directory, form, { signal, mismatch });
    const added = known.added(id);
    if (added) await saveIndex(id, added);
    return made;
  };
  const makeDirectory = async (id: LayerId): Promise<LayerDirectory> => {
    const there = await unpacked(id);
    if (there) return there;
    // Another process may be at it: waiting is faster than doing it twice.
    const lock = path.join(store.root, 'locks', `${id.replaceAll(':', '-')}-${form.name}`);
    return withLock(ctx, lock, async () => {
      const made = await unpacked(id);
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

  return {
    folder,
    index,
    unpacked,
    saveIndex,
    contents,
    directory,
    keep: async (index, from, facts) => {
      const id = nameOf(index);
      if (!(await folder(id).hasIndex())) await folder(id).writeIndex(index);
      if (!(await unpacked(id))) await folder(id).publish(from, facts);
      return { id, index };
    },
    isHere: async ({ digest, size }) => (await store.blobs.has(digest)) === size,
    prove: async (id) => {
      const blob = await foreignBlob(id);
      const { digest } = blob.descriptor;
      const facts = async (): Promise<LayerFacts | undefined> => {
        const found = await store.cache.get<LayerFacts>(factsBucket, digest);
        return found?.diffId === blob.diffId ? found : undefined;
      };
      const before = await facts();
      if (before) return { blob, facts: before };
      await readThrough(id, blob);
      const after = await facts();
      if (!after) throw gone(id);
      return { blob, facts: after };
    },
  };
}
