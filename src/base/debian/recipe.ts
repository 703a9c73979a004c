import type { Entry } from '../../layer/entry.ts';
import type { Owner } from '../parts/entry.ts';
import type { OpenPackage } from './kept-debs.ts';

/** Scripts that dpkg runs at a first installation; the others are for upgrades and removal. */
export const installScripts = ['preinst', 'postinst'] as const;
export type InstallScript = (typeof installScripts)[number];

/** What stands in the place of one package's maintainer scripts, of the forms in known-scripts.ts. */
export interface Recipe {
  readonly package: string;
  /** What the scripts do that matters in an image, for the documents. */
  readonly does: string;
  /** Makes it. Absent when there is nothing to make. */
  readonly make?: (base: BaseInProgress, own: OpenPackage) => Promise<void> | void;
}

/** A base while recipes add to it. Paths are as in Entry; links of directories in them are followed. */
export interface BaseInProgress {
  has(path: string): boolean;
  /** Whether a package is part of the base. */
  hasPackage(name: string): boolean;
  /** Paths of the directory's children, sorted. */
  children(path: string): readonly string[];
  entry(path: string): Entry | undefined;
  /** A file's content; undefined when there is none, or it is larger than a script would copy. */
  read(path: string): Promise<Buffer | undefined>;
  /** Each of these leaves what is there already as it is; `replace` does not. */
  file(path: string, content: Uint8Array | string, options?: Attributes): void;
  directory(path: string, options?: Attributes): void;
  link(path: string, target: string): void;
  replace(entry: Entry): void;
  /** Seconds since the epoch, of all that is made. */
  readonly mtime: number;
}

export interface Attributes extends Partial<Owner> {
  readonly mode?: number;
}
