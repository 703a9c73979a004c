/**
 * explain/ says where the bytes of an image, a program or a directory come from, which of them are waste, and what to do about it. It reads
 * and never changes what it explains; how its answers look it must not know.
 */
import type { Ledger } from '../golang/ledger/types.ts';
import type { RegistryAccess } from '../images/registries.ts';
import type { Descriptor, ImageConfig } from '../oci/types.ts';
import type { ByteTree } from './tree.ts';

export interface ExplainRequest {
  /** As typed: an image anywhere, a file, a directory. */
  readonly what: string;
  /** How people know it, where `what` is the name of a temporary copy. */
  readonly called?: string;
  readonly platform?: string;
  /** Of coracle.yaml, for what Go source is built with; none by default. */
  readonly environment?: string;
  readonly access: RegistryAccess;
  /** Open the binaries of an image for their ledgers. */
  readonly binaries: boolean;
  /** Of a binary: the directory of its main package, for what only the source tells (`costsWithSource`). */
  readonly goSource?: string;
  /** Of Go source: build it in other ways too, to measure advice; undefined is yes. */
  readonly measure?: boolean;
  /**
   * Told what is known of an image before its programs are read, if it has any. They are then read in another thread, so that this one stays
   * free for who looks at it.
   */
  readonly early?: (explanation: ImageExplanation) => void;
}

export type Explanation = ImageExplanation | BinaryExplanation | DirectoryExplanation;

/** Of a tree of files that is no image and no Go source. Same words, one layer. */
export interface DirectoryExplanation extends FilesExplanation {
  readonly kind: 'directory';
  readonly source: string;
  /** Bytes of all files. */
  readonly size: number;
}

export interface ImageExplanation extends FilesExplanation {
  readonly kind: 'image';
  /** For people: where it was found. */
  readonly source: string;
  readonly descriptor: Descriptor;
  readonly platform: string;
  readonly config: ImageConfig;
  /** Bytes of manifest, config and compressed layers: what a pull moves. */
  readonly size: number;
  /** Bytes of the layers' tar archives. */
  readonly unpacked: number;
  readonly layers: readonly LayerExplanation[];
  /** A Dockerfile that would make the like, with a first line that says it is reconstructed. */
  readonly dockerfile: string;
}

/** What is said of files, wherever they are. */
export interface FilesExplanation {
  readonly files: number;
  /** 1 - waste / size of all files, each byte of waste counted once; see docs/explain.md. */
  readonly efficiency: number;
  /** Largest first. */
  readonly waste: readonly Waste[];
  readonly access: AccessFindings;
  readonly binaries: readonly BinaryExplanation[];
  /** By view: `layers`, `files`, `modules`. */
  readonly trees: Readonly<Partial<Record<TreeName, ByteTree>>>;
  /** SHA-256 in hex of what regular files hold, by their node in `trees.files`; so that a change that keeps the size is seen. */
  readonly digests?: ReadonlyMap<number, string>;
  /** What could not be read. */
  readonly problems: readonly string[];
}

export type TreeName = 'layers' | 'files' | 'modules';

export interface LayerExplanation {
  readonly index: number;
  readonly digest: string;
  readonly diffId: string;
  readonly mediaType: string;
  /** Compressed bytes. */
  readonly size: number;
  /** Bytes of the tar: contents, and headers and padding. */
  readonly unpacked: number;
  readonly overhead: number;
  /** The instruction that made it. */
  readonly createdBy?: string;
  /**
   * Who says so. `graph`: the history of a Go program's image names the vertices of the graph that it was built by. `history`: an image of
   * a Dockerfile, ours too: our builder writes one entry for each layer that a vertex made, in the words of BuildKit, so that the two
   * cannot be told apart by the image; both are exact. `unknown`: the history does not have as many entries as there are layers.
   */
  readonly from: 'history' | 'graph' | 'unknown';
  /** Counts of entries, and bytes of contents. */
  readonly added: Amount;
  readonly changed: Amount;
  /** Bytes: of what it hides below. */
  readonly removed: Amount;
}

export interface Amount {
  readonly files: number;
  readonly bytes: number;
}

/** What kinds of waste there are; docs/explain.md says what each means. */
export const wasteKinds = [
  'overwritten',
  'deleted',
  'duplicate',
  'package cache',
  'log',
  'documentation',
  'build leftover',
  'debug data',
  'unstripped binary',
  'secret',
  'only for the build',
] as const;
export type WasteKind = (typeof wasteKinds)[number];

export interface Waste {
  readonly kind: WasteKind;
  /** Bytes that would go; 0 for a secret in a needed file. */
  readonly bytes: number;
  readonly path: string;
  /** Where the copy that is needed lies, or the sort of thing. */
  readonly detail: string;
  /** Index of the layer that holds the bytes. */
  readonly layer: number;
  /** Index of the layer whose step made them waste, when it is another. */
  readonly causedBy?: number;
  /** What to do about it, as an instruction where there is one. */
  readonly fix: string;
}

/** Who could do what in a container of it. */
export interface AccessFindings {
  readonly setuid: readonly FileFinding[];
  readonly capabilities: readonly FileFinding[];
  readonly worldWritable: readonly FileFinding[];
  readonly devices: readonly FileFinding[];
  readonly users: readonly { readonly name: string; readonly uid: number; readonly shell: string }[];
  readonly shells: readonly string[];
  readonly packageManagers: readonly string[];
}

export interface FileFinding {
  readonly path: string;
  readonly layer: number;
  /** `4755 root`, `2755 root, group 42`, `cap_net_bind_service=ep`, … */
  readonly detail: string;
}

/** Of one ELF file. */
export interface BinaryExplanation {
  readonly kind: 'binary';
  /** Path inside the image, or as typed. */
  readonly source: string;
  /** SHA-256 of the content, in hex. */
  readonly digest: string;
  readonly layer?: number;
  readonly ledger: Ledger;
  /** What can only be known with the source at hand. */
  readonly costs?: Costs;
}

/** What dependencies cost, from the import graph. Bytes are of the ledger's packages. */
export interface Costs {
  /** Largest first. */
  readonly modules: readonly ModuleCost[];
  /** Imports of other modules and the standard library that the main module alone needs, largest `drop` first; undefined when the source is not at hand. */
  readonly imports?: readonly ImportCost[];
  readonly advice: readonly Advice[];
  /** What could not be said of this program and why, a sentence each. */
  readonly limits?: readonly string[];
  /** What `--why` asks (`whyModule`); undefined when the source is not at hand. Not for JSON: it is as large as the program. */
  readonly graph?: ImportGraph;
}

export interface ModuleCost {
  readonly path: string;
  readonly version: string;
  /** Bytes of its own packages. */
  readonly own: number;
  /**
   * Bytes that would go if nothing imported it: its own, and those of all that nothing else needs (dominators). Without the source
   * it is `own`: the least that would go.
   */
  readonly drop: number;
  /** Modules that would go with it. */
  readonly alone: readonly string[];
  /** The shortest import chain from the main package to it, of import paths; empty without the source. */
  readonly chain: readonly string[];
}

/** One package of the main module importing one package of anything else: what removing that import would do. */
export interface ImportCost {
  /** Import path of the package that imports. */
  readonly from: string;
  /** Import path of the package that is imported. */
  readonly to: string;
  /** Its module; undefined for the standard library. */
  readonly module?: string;
  /** Bytes of all that would go; never 0: an import whose package something else imports too is not listed. */
  readonly drop: number;
  /** Modules of which nothing would be left. */
  readonly alone: readonly string[];
}

/** The packages of a program and who imports whom. Plain data. */
export interface ImportGraph {
  /** The main package first. */
  readonly packages: readonly GraphPackage[];
  /** For each package the indexes of those that it imports; for the main package those of `linker` too. */
  readonly imports: readonly (readonly number[])[];
  /** Packages that every program gets from the linker, or this one for its flags (runtime, race detector, cgo): nobody imports them for a reason. */
  readonly linker: readonly number[];
}

export interface GraphPackage {
  /** Import path. */
  readonly path: string;
  /** Undefined for the standard library. */
  readonly module?: { readonly path: string; readonly version: string; readonly main: boolean };
}

/** Something that makes the program bigger than it must be. */
export interface Advice {
  readonly what: string;
  /** Evidence: a call chain, the versions, the importing package. */
  readonly because: readonly string[];
  /** Bytes that it would save: measured when `measured`, else what ledger and import graph count; undefined when nothing tells. */
  readonly saves?: number;
  /** By building it so. */
  readonly measured: boolean;
  readonly fix: string;
}
