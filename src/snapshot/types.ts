/**
 * snapshot/ keeps layers in the three forms that a build needs, each made from another when it is asked for and kept for the next
 * build: an index (what it holds), a directory (for a process to run on), a blob (for an image). It shows stacks of layers as one
 * tree. It must not know Dockerfiles, how processes run, or where images come from.
 *
 * In `<home>/store/layers/<hex of the name>/`: `index.json`, `fs/` (the directory in overlayfs form), and records of its blobs in the
 * store's cache. A directory appears under its name only when it is whole.
 */
import type { Bytes } from '../oci/image.ts';
import type { Digest } from '../oci/digest.ts';
import type { Descriptor } from '../oci/types.ts';
import type { Compression } from '../layer/compress.ts';
import type { IndexEntry, LayerIndex } from '../layer/layer-index.ts';

/** A layer by what it holds (`index:` and the digest of its index), or by its diffID (`diff:`) when it came as a blob. */
export type LayerId = `index:${string}` | `diff:${string}`;

/** A layer as a blob in the store. */
export interface LayerBlob {
  readonly descriptor: Descriptor;
  readonly diffId: Digest;
  /** Bytes of the tar. */
  readonly uncompressedSize: number;
}

/** How a layer is to be written. */
export interface BlobForm {
  readonly compression: Compression;
  readonly mediaTypes: 'oci' | 'docker';
  /**
   * Seconds since the Unix epoch: times that the build made become it, later ones are brought down to it. Undefined keeps all times.
   */
  readonly epoch?: number;
}

/**
 * A file system that can be looked at and copied from: the build context, a stage, an image, a Git tree. Paths are as in `Entry`: relative,
 * `''` is the root. No link is followed. Entries are never of type `hardlink`: names of one file have the same `same`.
 */
export interface Tree {
  entry(path: string): Promise<TreeEntry | undefined>;
  /** What a directory holds, in byte order of names; empty when there is no such directory. */
  list(directory: string): Promise<readonly TreeEntry[]>;
  /** SHA-256 in hex of a file's content, read if it is not known. */
  digest(entry: TreeEntry): Promise<string>;
  /**
   * A file's content. Checks what it gives against `digest` if that was asked for before.
   * @throws ToolError CONTEXT_CHANGED when the file is not what it was
   */
  open(entry: TreeEntry): Bytes;
}

export interface TreeEntry extends IndexEntry {
  /** Entries with the same value are names of one file (hard links). */
  readonly same?: string;
}

/** A layer that another machine made, as it told us of it. What it says is not believed where it can be proven. */
export interface ImportedLayer {
  readonly blob: LayerBlob;
  /** Of a layer named by what it holds. A `diff:` layer comes from its image; only that it is sound was learned here. */
  readonly own?: {
    readonly form: BlobForm;
    readonly fetch: () => Promise<void>;
    /** The index that the blob was written from, out of what the blob itself says. The result must have the layer's name. */
    readonly restore: (read: LayerIndex) => LayerIndex;
    /** Told when the layer cannot be had, or is not what it was said to be. */
    readonly failed: (error: unknown) => void;
  };
}

export interface Snapshots {
  /**
   * Makes a layer known that came, or can come, as a blob: `fetch` brings it into the store when one of the three forms is needed first.
   * What was fetched is proven against its diffID when it is unpacked or indexed.
   * @param options.runs a process will most likely run on it: it is unpacked when it is first looked into, not read twice
   */
  foreign(
    blob: { readonly descriptor: Descriptor; readonly diffId: Digest },
    fetch: () => Promise<void>,
    options?: { readonly runs?: boolean },
  ): LayerId;
  /**
   * Makes a layer known as another machine made it. It comes when one of its forms is needed; asked for as a blob in the form that it has
   * there, it is given as it is, and may not be in the store then: `bring` fetches it.
   */
  imported(id: LayerId, layer: ImportedLayer): void;
  /** Brings a blob of a known layer into the store, unless it is there. @throws ToolError NOT_FOUND */
  bring(descriptor: Descriptor): Promise<void>;
  /**
   * Makes a layer known from its index and its contents. Nothing is written before one of its forms is asked for; `content` is then
   * called for each file, and what it gives is checked against the entry's digest and size.
   */
  add(index: LayerIndex, content: (entry: IndexEntry) => Bytes): Promise<LayerId>;
  /**
   * Takes over the upper directory that a process left behind (overlayfs form; `upper` is moved away), or, when the root was a copy, what
   * changed in it. Walks and hashes it. Times at or after `since` are `made`.
   * @param since milliseconds since the Unix epoch: when the process was started
   */
  adopt(
    root: WritableRoot,
    options: { readonly since: number; readonly omit?: ReadonlySet<string> },
  ): Promise<{ readonly id: LayerId; readonly index: LayerIndex }>;
  /** A root that a process may write to, over these layers (lowest first). `discard` removes it; `adopt` takes it over. */
  writable(layers: readonly LayerId[]): Promise<WritableRoot>;
  /** True when the layer's content can still be had: as a directory, as a blob, or from what `add` was given in this process. */
  available(id: LayerId): Promise<boolean>;
  index(id: LayerId): Promise<LayerIndex>;
  /** Absolute path of the layer's directory in overlayfs form, unpacked when it is not there. */
  directory(id: LayerId): Promise<string>;
  /** The layer as a blob in the store; a `diff:` layer is given as it came. Made at most once for each form. */
  blob(id: LayerId, form: BlobForm): Promise<LayerBlob>;
  /** The layers, lowest first, as one tree. */
  tree(layers: readonly LayerId[]): Promise<Tree>;
  /** The same, of which only what each step asks is looked at (see glance.ts): it mostly costs nothing. */
  glance(layers: readonly LayerId[]): Promise<Tree>;
}

/** Where a process may write. */
export type WritableRoot = OverlayRoot | CopiedRoot;

export interface OverlayRoot {
  readonly kind: 'overlay';
  /** Absolute directories, the highest layer first, as overlayfs lists them; an empty directory when there are no layers. */
  readonly lower: readonly string[];
  readonly upper: string;
  readonly work: string;
  /** Mount with `userxattr` (in a user namespace). */
  readonly userxattr: boolean;
  discard(): Promise<void>;
}

/** All layers laid out in one directory, where overlayfs is refused. */
export interface CopiedRoot {
  readonly kind: 'copy';
  readonly directory: string;
  discard(): Promise<void>;
}
