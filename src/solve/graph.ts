/**
 * solve/ runs a graph of ops: content keys, cache look-up, parallel schedule, one engine per kind of op. Both frontends lower to
 * this graph, and it stays translatable to BuildKit's LLB. It must not know Go, Dockerfiles, registries or how images are exported.
 */
import type { Digest } from '../oci/digest.ts';
import type { ImageConfig, Platform } from '../oci/types.ts';
import type { SourceRange } from '../core/errors.ts';
import type { Entry } from '../layer/entry.ts';
import type { LayerBlob, LayerId, Tree } from '../snapshot/types.ts';
import type { Ulimit } from '../sandbox/types.ts';

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

/** A file system that is read and copied from: a build context, a URL, a Git repository. Nothing can run on it. */
export interface TreeOp {
  readonly kind: 'tree';
  /** As in BuildKit's sources: `local://context`, `https://…`, `git://…#ref`. */
  readonly identifier: string;
  readonly open: () => Promise<Tree>;
}

/** Files put above input 0 (nothing when it has no layers): one new layer. COPY, ADD and WORKDIR. */
export interface CopyOp {
  readonly kind: 'copy';
  readonly actions: readonly CopyAction[];
  /** COPY --link: what lies beneath is not looked at, so the layer is the same on any base. */
  readonly link: boolean;
}

export type CopyAction =
  | {
      readonly kind: 'copy';
      /** Which input is copied from: its tree, or its layers as one tree. */
      readonly input: number;
      /** Paths or patterns (Go's filepath.Match, and `**`) as the user wrote them, expanded. */
      readonly sources: readonly string[];
      /** Absolute in the image; with a trailing slash it is a directory. */
      readonly dest: string;
      /** `user`, `user:group`, `1000:1000`; undefined is 0:0 from a context, and as it is from a stage or image. */
      readonly owner?: string;
      /** Octal or symbolic (`u=rwX,go=rX`). */
      readonly mode?: string;
      readonly parents: boolean;
      readonly exclude: readonly string[];
      /** Local archives are unpacked (ADD), and directories of a URL's archive with `--unpack`. */
      readonly unpack: boolean;
      /**
       * Sources are names, not patterns: no link is followed, and a directory goes there with its own mode and owner. A URL's file, a Git
       * tree.
       */
      readonly literal?: boolean;
      /** Source and place of the instruction, for errors. */
      readonly where?: SourceRange;
    }
  /** A heredoc. */
  | {
      readonly kind: 'inline';
      readonly name: string;
      readonly bytes: Uint8Array;
      readonly dest: string;
      readonly owner?: string;
      readonly mode?: string;
      readonly where?: SourceRange;
    }
  /** WORKDIR: made with its parents, 0755, unless it is there. It belongs to `owner` (the USER of that moment), root without one. */
  | {
      readonly kind: 'directory';
      readonly path: string;
      readonly owner?: string;
      readonly where?: SourceRange;
    };

/** A process in the root file system of input 0; what it leaves behind is one new layer. RUN. */
export interface ExecOp {
  readonly kind: 'exec';
  readonly argv: readonly [string, ...string[]];
  /** `NAME=VALUE`. */
  readonly env: readonly string[];
  /** Variables that are given to the process and are in no key: proxies. */
  readonly unkeyedEnv: readonly string[];
  /** Absolute. */
  readonly cwd: string;
  /** As in USER: names or numbers; empty is root. */
  readonly user: string;
  readonly mounts: readonly ExecMount[];
  readonly network: 'host' | 'none';
  readonly privileged: boolean;
  readonly shmSize?: number;
  readonly ulimits: readonly Ulimit[];
  readonly addHosts: readonly { readonly name: string; readonly address: string }[];
  readonly hostname: string;
  readonly platform: Platform;
  /** The instruction's place, for errors. */
  readonly where?: SourceRange;
  readonly goCache?: GoCacheUse;
}

/**
 * A step that has Go's caches, which are kept between builds, or that stands above one: what they hold is in no layer, and no step may see
 * it that would keep it. See solve/exec/go-cache.ts.
 */
export interface GoCacheUse {
  readonly places: GoCachePlaces;
  /** Undefined: the step itself runs no go command and has no cache. */
  readonly takes?: GoCacheTaken;
}

/** Absolute paths inside, worked out from the Dockerfile alone; a step in whose tree they would be others is refused. */
export interface GoCachePlaces {
  /** GOMODCACHE. */
  readonly modules: string;
  /** GOCACHE. */
  readonly builds: string;
  /** What is not what it would be without the caches: both, and what the go command keeps beside them. */
  readonly unseen: readonly string[];
}

export interface GoCacheTaken {
  /** For people: `stage build`. */
  readonly stage: string;
  /** Keeps caches of other projects apart. */
  readonly scope: string;
  /** What of the project is copied in: as `scope`, but the same on every machine. A cache that travels belongs to a project by its address. */
  readonly project: string;
  /** How many of the layers beneath, from the top, may hold files of the build context. */
  readonly changing: number;
  /** A C compiler may run. */
  readonly cgo: boolean;
  /** It compiles, so its share of GOCACHE counts too. */
  readonly compiles: boolean;
  readonly tests: boolean;
  /** Steps beneath that had the caches too, the lowest first. */
  readonly earlier: readonly GoCacheEarlier[];
}

export interface GoCacheEarlier {
  readonly op: ExecOp;
  /** Which of this vertex's inputs are its inputs from number 1 on. */
  readonly inputs: readonly number[];
  /** How many layers are beneath this step and not beneath that one. */
  readonly above: number;
}

/** `target` is absolute, inside. Inputs are numbers of the vertex's inputs. */
export type ExecMount =
  | {
      readonly type: 'bind';
      readonly target: string;
      readonly input: number;
      /** Path in the input. */
      readonly source: string;
      /** What is written is thrown away afterwards. */
      readonly readOnly: boolean;
    }
  | {
      readonly type: 'cache';
      readonly target: string;
      readonly id: string;
      readonly sharing: 'shared' | 'private' | 'locked';
      /** What it holds at first. */
      readonly input?: number;
      readonly source: string;
      readonly readOnly: boolean;
      readonly mode?: number;
      readonly uid?: number;
      readonly gid?: number;
    }
  | { readonly type: 'tmpfs'; readonly target: string; readonly size?: number }
  | {
      readonly type: 'secret';
      readonly id: string;
      /** A file, a variable, or both. */
      readonly target?: string;
      readonly env?: string;
      readonly required: boolean;
      readonly mode: number;
      readonly uid: number;
      readonly gid: number;
    }
  | {
      readonly type: 'ssh';
      readonly id: string;
      readonly target: string;
      readonly required: boolean;
      readonly mode: number;
      readonly uid: number;
      readonly gid: number;
    };

/** The inputs' layers, one above the other. */
export interface MergeOp {
  readonly kind: 'merge';
}

export type Op = SourceOp | TreeOp | GoOp | FileOp | CopyOp | ExecOp | MergeOp;
export type OpOf<K extends Op['kind']> = Extract<Op, { kind: K }>;

/** A node of the graph. Identity is the object: the same vertex used twice runs once. */
export interface Vertex {
  readonly op: Op;
  readonly inputs: readonly Vertex[];
  /** As shown: `compile ./cmd/api (linux/amd64)`. Without one the vertex is not shown. */
  readonly name?: string;
  /**
   * The same for the same place of the same build tomorrow (`Dockerfile build 3/5 linux/amd64`): what the step of that place depended on
   * last time tells why it runs again.
   */
  readonly slot?: string;
  /** Never looked up (`--no-cache-filter`). */
  readonly fresh?: boolean;
}

/** A layer of a snapshot, in whichever form it exists; see snapshot/. */
export interface SolvedLayer {
  readonly id: LayerId;
  /** What it holds, for people: `base`, `program`, `COPY . .`. */
  readonly what: string;
  /** True when nothing had to run for it. */
  readonly reused: boolean;
  /** Its form as a blob of the store, when the op made it one at once. */
  readonly blob?: LayerBlob;
  /** The step that left it had Go's caches: it lacks what lies at these paths. */
  readonly goCache?: { readonly unseen: readonly string[] };
}

/** What a vertex gives. */
export interface Snapshot {
  /** Lowest first. */
  readonly layers: readonly SolvedLayer[];
  /** Of a source. */
  readonly config?: ImageConfig;
  /** Of a `tree` op, which has no layers. */
  readonly tree?: Tree;
  /** Of a `go` op: the executable on this machine, and the SHA-256 of its bytes. */
  readonly executable?: { readonly path: string; readonly digest: Digest; readonly size: number };
}
