/**
 * solve/ runs a graph of ops: content keys, cache look-up, parallel schedule, one engine per kind of op. Both frontends lower to
 * this graph, and it stays translatable to BuildKit's LLB. It must not know Go, Dockerfiles, registries or how images are exported.
 */
import type { Digest } from '../oci/digest.ts';
import type { Descriptor, ImageConfig, Platform } from '../oci/types.ts';
import type { Entry } from '../layer/entry.ts';

/** An image that already exists: its layers and its config. */
export interface SourceOp {
  readonly kind: 'source';
  readonly reference: string;
  /** The manifest or index, pinned. */
  readonly digest: Digest;
  readonly platform: Platform;
}

/** One main package compiled to one executable. `compile` is a thunk over the Go room's request, so that this room need not know it. */
export interface GoOp {
  readonly kind: 'go';
  readonly package: string;
  readonly platform: Platform;
  readonly compile: (output: string) => Promise<void>;
}

/** Entries put into a new layer above nothing; what lies beneath is joined by `merge`, so the layer is the same on any base. */
export interface FileOp {
  readonly kind: 'file';
  readonly actions: readonly FileAction[];
}

export type FileAction =
  /** Entries that are known by value; `key` stands for all that their content depends on. */
  | { readonly kind: 'entries'; readonly key: string; readonly entries: () => Promise<readonly Entry[]> }
  /** The executable of a `go` op, given as input number `input`. */
  | {
      readonly kind: 'copy';
      readonly input: number;
      readonly to: string;
      readonly mode: number;
      readonly mtime: number;
    };

/** The inputs' layers, one above the other. */
export interface MergeOp {
  readonly kind: 'merge';
}

export type Op = SourceOp | GoOp | FileOp | MergeOp;
export type OpOf<K extends Op['kind']> = Extract<Op, { kind: K }>;

/** A node of the graph. Identity is the object: the same vertex used twice runs once. */
export interface Vertex {
  readonly op: Op;
  readonly inputs: readonly Vertex[];
  /** As shown: `compile ./cmd/api (linux/amd64)`. Without one the vertex is not shown. */
  readonly name?: string;
}

/** A layer in the store. */
export interface SolvedLayer {
  readonly descriptor: Descriptor;
  readonly diffId: Digest;
  /** Bytes of the tar. */
  readonly uncompressedSize: number;
  /** What it holds, for people: `base`, `program`. */
  readonly what: string;
  /** True when it was in the store before. */
  readonly reused: boolean;
}

/** What a vertex gives. */
export interface Snapshot {
  readonly layers: readonly SolvedLayer[];
  /** Of a source. */
  readonly config?: ImageConfig;
  /** Of a `go` op: the executable on this machine, and the SHA-256 of its bytes. */
  readonly executable?: { readonly path: string; readonly digest: Digest; readonly size: number };
}
