/**
 * base/alpine/ makes bases from an Alpine repository: the signed index, what packages need, their files, and what their install
 * scripts would have made. No apk, no shell; nothing is run. It must not know images, programs or the command line.
 */

/** Where packages come from. */
export interface AlpineSource {
  /** Base addresses, in order of preference: each has ARCHITECTURE/APKINDEX.tar.gz below it. */
  readonly repositories: readonly string[];
  /** Alpine's name: `x86_64`, `aarch64`, `armv7`, `x86` … */
  readonly architecture: string;
  readonly keys: readonly AlpineKeySetting[];
}

/** `alpine:` of coracle.yaml. */
export interface AlpineSettings {
  /** As in /etc/apk/repositories; empty when none is named. */
  readonly repositories: readonly string[];
  readonly keys: readonly AlpineKeySetting[];
  /** Packages whose scripts the user knows to be needless. */
  readonly ignoreScripts: readonly string[];
}

/** A key that may sign: itself, or where it is with the fingerprint that it must have. */
export type AlpineKeySetting =
  | { readonly pem: string; readonly fingerprint?: string }
  | { readonly url: string; readonly fingerprint: string };

/** A public RSA key that may sign. */
export interface AlpineKey {
  /** SHA-256 (lower-case hex) of the key as DER SubjectPublicKeyInfo. */
  readonly fingerprint: string;
  readonly pem: string;
}

/** `!name`, `name`, `name>=1.2`, `so:libz.so.1`. */
export interface AlpineRelation {
  readonly name: string;
  /** It must not be there. */
  readonly conflict: boolean;
  readonly version?: { readonly operator: '<' | '<=' | '=' | '>=' | '>' | '~'; readonly version: string };
}

/** A package as the index describes it. */
export interface AlpinePackage {
  readonly name: string;
  readonly version: string;
  readonly architecture: string;
  /** The address that it is found at, without the file's name. */
  readonly repository: string;
  /** Place of the repository in the settings. */
  readonly rank: number;
  /** Hash of the control member, which holds the hash of the data: SHA-1, or SHA-256 in newer indexes. */
  readonly identity: { readonly algorithm: 'sha1' | 'sha256'; readonly hex: string };
  /** Bytes of the file. */
  readonly size: number;
  readonly depends: readonly AlpineRelation[];
  readonly provides: readonly AlpineRelation[];
  /** Installed by itself when all of these are there. */
  readonly installIf: readonly AlpineRelation[];
  /** Of several that provide the same, the highest is taken. */
  readonly priority: number;
  readonly licence: string;
}

/** All packages of a source's repositories, their signatures checked. */
export interface AlpineIndex {
  /** For each repository: which key signed its index, and when the index was made. */
  readonly repositories: readonly {
    readonly address: string;
    readonly description: string;
    readonly signedBy: string;
    readonly date: Date;
  }[];
  /** Newest first, then by the order of repositories. */
  versions(name: string): readonly AlpinePackage[];
  /** Packages that provide a name besides their own, with the version that they provide it in. */
  providers(name: string): readonly { readonly package: AlpinePackage; readonly version?: string }[];
  all(): Iterable<AlpinePackage>;
}
