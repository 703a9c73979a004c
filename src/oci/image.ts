import type { Digest } from './digest.ts';
import type { Descriptor, ImageConfig, Index, Manifest, Platform } from './types.ts';

/** A readable stream of bytes; whoever opens it reads it to the end or stops iterating. */
export type Bytes = AsyncIterable<Uint8Array>;

/** A layer as it is stored: `open` gives the compressed bytes, verified against `digest` when read to the end. */
export interface Layer {
  readonly mediaType: string;
  readonly digest: Digest;
  /** Compressed bytes. */
  readonly size: number;
  /** Digest of the uncompressed tar. */
  readonly diffId: Digest;
  readonly annotations?: Readonly<Record<string, string>>;
  open(): Bytes;
  /** As BlobSource. */
  locate?(): Promise<FilePlace | undefined>;
}

/** Bytes as they lie in a file of this machine. Who reads them there goes round the verification. */
export interface FilePlace {
  /** Absolute. */
  readonly file: string;
  /** Bytes before the first. */
  readonly offset: number;
}

/** A lazy, immutable view of one image. Nothing is fetched before it is asked for; each answer is verified and kept. */
export interface Image {
  readonly descriptor: Descriptor;
  /** The manifest's exact bytes. */
  raw(): Promise<Uint8Array>;
  manifest(): Promise<Manifest>;
  rawConfig(): Promise<Uint8Array>;
  config(): Promise<ImageConfig>;
  layers(): Promise<readonly Layer[]>;
}

/** A lazy, immutable view of an index; `image` opens one of its manifests. */
export interface ImageIndex {
  readonly descriptor: Descriptor;
  raw(): Promise<Uint8Array>;
  index(): Promise<Index>;
  /** Opens a manifest of the index, which may be an index again. */
  child(descriptor: Descriptor): Promise<Image | ImageIndex>;
}

/**
 * Where blobs and manifests come from: the store, a registry repository, an OCI layout, a docker archive. Small, so that an
 * Image is made the same way from each (see view.ts).
 */
export interface BlobSource {
  /** Verified: whole bytes of a small blob (manifest, index, config; at most 4 MiB). @throws ToolError BLOB_CORRUPT, NOT_FOUND */
  read(descriptor: Descriptor): Promise<Uint8Array>;
  /** Verified at the end of the stream; a mismatch throws BLOB_CORRUPT from the iterator before its last chunk is given. */
  open(descriptor: Descriptor): Bytes;
  /** Where the blob lies in a file, if it does: for who reads it out of order. @throws ToolError BLOB_CORRUPT, NOT_FOUND */
  locate?(descriptor: Descriptor): Promise<FilePlace | undefined>;
}

/** Narrowing of what a reference can point to. */
export function isIndex(target: Image | ImageIndex): target is ImageIndex {
  return 'index' in target;
}

export type { Platform };
