/**
 * base/debian/ makes bases from Debian's package archive: the signed index, what packages need, their files, and what their maintainer
 * scripts would have made. No dpkg, no shell; nothing is run. It must not know images, programs or the command line.
 */
import type { Entry } from '../../layer/entry.ts';

/** Where packages come from. */
export interface DebianSource {
  /** Codename or alias: `bookworm`, `trixie`, `stable`. */
  readonly release: string;
  /** Debian's name: `amd64`, `arm64`, `armhf`, `i386` … */
  readonly architecture: string;
  /** Base addresses of the archive and of the security archive. */
  readonly mirrors: { readonly archive: string; readonly security: string };
  /** `20261101T000000Z`: the archive as it stood then, from mirrors that keep it; validity is judged at that time. */
  readonly snapshot?: string;
  readonly components: readonly string[];
}

/** One suite's Release, its signature checked. */
export interface Release {
  readonly suite: string;
  readonly codename: string;
  readonly date: Date;
  readonly validUntil?: Date;
  /** Fingerprint of the primary key that signed it, upper-case hex. */
  readonly signedBy: string;
  /** SHA-256 (hex) and size of each index file, by its path. */
  readonly files: ReadonlyMap<string, { readonly sha256: string; readonly size: number }>;
}

/** A binary package as Packages describes it. */
export interface PackageRecord {
  readonly name: string;
  readonly version: string;
  /** Its own: `amd64` or `all`. */
  readonly architecture: string;
  readonly suite: string;
  readonly filename: string;
  readonly size: number;
  readonly sha256: string;
  /** Source package and its version, when they differ. */
  readonly source: { readonly name: string; readonly version: string };
  readonly essential: boolean;
  readonly priority: string;
  readonly section: string;
  readonly preDepends: Relations;
  readonly depends: Relations;
  readonly provides: Relations;
  readonly conflicts: Relations;
  readonly breaks: Relations;
}

/** Each inner list is of alternatives, of which one must hold. */
export type Relations = readonly (readonly Relation[])[];

export interface Relation {
  readonly name: string;
  readonly architecture?: string;
  readonly version?: { readonly operator: '<<' | '<=' | '=' | '>=' | '>>'; readonly version: string };
}

/** All packages that a source offers: its suites' indexes, verified down from the signed Release. */
export interface PackageIndex {
  readonly releases: readonly Release[];
  /** Newest first. */
  versions(name: string): readonly PackageRecord[];
  /** Packages that provide a virtual one. */
  providers(name: string): readonly PackageRecord[];
  /** Packages of priority required, and those marked Essential: the newest version of each, by name. */
  required(): readonly PackageRecord[];
}

/** What the lock holds of one package. */
export interface LockedPackage {
  readonly name: string;
  readonly version: string;
  readonly architecture: string;
  readonly sha256: string;
  readonly size: number;
  readonly filename: string;
}

/** A base ready to be a layer. */
export interface Composition {
  readonly packages: readonly LockedPackage[];
  /** Sorted, with directories; the same bytes for the same packages. */
  readonly entries: readonly Entry[];
  /** What no package holds, and which script would have made it. */
  readonly generated: readonly { readonly path: string; readonly instead: string }[];
  /** Left out of packages, by path or pattern, and why. */
  readonly omitted: readonly { readonly path: string; readonly why: string }[];
}
