import type { Bytes } from '../../oci/image.ts';
import type { Entry } from '../../layer/entry.ts';
import type { BlobStore } from '../../store/blobs.ts';
import type { Tree } from '../../snapshot/types.ts';

/** What this room is given because it stands in another: patterns as Docker reads them, archives in all their compressions. */
export interface CopyEngineOptions {
  /** Compiles Go's filepath.Match. @throws ToolError when the pattern is malformed */
  readonly glob: (pattern: string) => (path: string) => boolean;
  /** Compiles patterns of --exclude and --parents, which are those of .dockerignore. @throws ToolError when one is malformed */
  readonly patterns: (patterns: readonly string[]) => PatternSet;
  /**
   * The entries of a tar archive in their order, packed or not, each content read before the next entry is asked for; undefined when the
   * bytes are none. @throws ToolError ARCHIVE_UNSAFE, IMAGE_INVALID …
   */
  readonly unpackArchive: (bytes: Bytes) => Promise<AsyncIterable<Entry> | undefined>;
  /** Where the contents of unpacked archives are kept. */
  readonly blobs: BlobStore;
  /** Why a path that is not in a tree is not: `.dockerignore leaves it out (line 3: *.log)`. */
  readonly hidden?: (tree: Tree, path: string) => Promise<string | undefined>;
}

/** As of .dockerignore: the last pattern that matches wins, and a pattern that matches a directory matches all below it. */
export interface PatternSet {
  readonly patterns: readonly string[];
  /** @param parent what `matched` was given for the directory it stands in; nothing at the top */
  ignores(path: string, parent: Uint8Array | undefined, matched?: Uint8Array): boolean;
  /** True when an exception could bring back something below a directory that is left out. */
  mayHold(directory: string): boolean;
}
