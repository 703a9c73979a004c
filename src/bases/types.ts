/**
 * bases/ makes the bases that have a name: composed from Debian's or Alpine's packages, exact libraries for one program, or a whole
 * small distribution. It takes settings to files or to an image in the store, says what is in them and why, and proves that they work. It must
 * not know flags, YAML, or how results look.
 */
import type { AlpineSettings } from '../base/alpine/types.ts';
import type { DebianSettings } from '../base/debian/source.ts';
import type { LockedPackage } from '../base/debian/types.ts';
import type { Entry } from '../layer/entry.ts';
import type { ContainerConfig, Descriptor } from '../oci/types.ts';

/** What `base:`, `debian:` and `alpine:` of coracle.yaml and the flags come to; checked at the door, trusted from there on. */
export interface BaseSettings {
  /** A name of names.ts, or the reference of an image. */
  readonly name: string;
  /** Of `debian` and `alpine`, and added to those of the other composed ones: `libpq5`, `curl=7.88.1-10+deb12u8`. */
  readonly packages: readonly string[];
  /** Documents, locales, caches and logs are left out. */
  readonly slim: boolean;
  /** Further paths to leave out, as globs of absolute paths: `/usr/share/zoneinfo/right/**`. */
  readonly omit: readonly string[];
  /** What `base verify` runs inside besides its own tests; each must exit 0. */
  readonly verify: readonly (readonly string[])[];
  readonly debian: DebianSettings;
  readonly alpine: AlpineSettings;
}

export type { LockedPackage };

/** What coracle.lock holds of one composed base on one platform. */
export interface LockedBase {
  /** For people: `debian bookworm`, `alpine`. */
  readonly source: string;
  /** What was asked for, from which an update finds the packages again. */
  readonly wanted?: readonly string[];
  readonly packages: readonly LockedPackage[];
}

/** What was left out of a base, by kind. Bytes are of contents. */
export interface OmittedKind {
  /** `documents`, `locales`, `caches`, `logs`, or the glob of the user's own. */
  readonly kind: string;
  readonly files: number;
  readonly bytes: number;
}

/** What is common to all bases that are made here. */
export interface MadeBase {
  readonly name: string;
  /** SHA-256 in hex of everything that decides its files. */
  readonly key: string;
  readonly locked?: LockedBase;
  /** What no package holds, and which script would have made it. */
  readonly generated: readonly { readonly path: string; readonly instead: string }[];
  readonly omitted: readonly OmittedKind[];
  /** Why this base for this program, a sentence each; empty when it was asked for by name. */
  readonly reasons: readonly string[];
  /** What must be said wherever the base is shown: that it is an equivalent, and of what. */
  readonly statement?: string;
}

/** A base of files that nothing had to run for. */
export interface ComposedBase extends MadeBase {
  readonly kind: 'files';
  /** Sorted, with directories. Contents are read when they are asked for. */
  entries(): Promise<readonly Entry[]>;
}

/** A base that is an image in the store: a distribution whose scripts ran in the sandbox, or an image made slim. */
export interface BaseImage extends MadeBase {
  readonly kind: 'image';
  /** The name it has in the store. */
  readonly reference: string;
  readonly descriptor: Descriptor;
  readonly config: ContainerConfig;
  /** Absolute paths of programs that run as their owner or group, whoever starts them: told, not removed. */
  readonly setuid?: readonly string[];
}
