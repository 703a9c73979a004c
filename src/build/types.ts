import type { BaseSettings } from '../bases/types.ts';
import type { Compression } from '../layer/compress.ts';
import type { Digest } from '../oci/digest.ts';
import type { Descriptor, HealthConfig, Platform } from '../oci/types.ts';
import type { Difference } from './dockerfile/compare-layers.ts';
import type { StepReport } from '../solve/solver.ts';

/** Where a result goes besides the store; buildx's `-o` grammar, parsed. */
export interface Output {
  readonly type: 'oci' | 'docker' | 'tar' | 'local' | 'registry' | 'load';
  /** A file or directory; `-` is standard output. Not for `registry` and `load`. */
  readonly dest?: string;
  /** False writes a directory (an OCI layout) in place of a tar. */
  readonly tar?: boolean;
}

/** A file of the build context that goes into the image. */
export interface ExtraFile {
  /** Absolute path on this machine. */
  readonly from: string;
  /** Absolute path in the image. */
  readonly to: string;
  readonly mode?: number;
  readonly uid?: number;
  readonly gid?: number;
}

/** What the image is to say about itself; undefined takes the default. */
export interface ImageSettings {
  readonly user?: string;
  readonly entrypoint?: readonly string[];
  readonly cmd?: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** `8080`, `8080/tcp`, `53/udp`. */
  readonly ports: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly workdir?: string;
  readonly stopSignal?: string;
  readonly healthcheck?: HealthConfig;
  readonly volumes: readonly string[];
  readonly files: readonly ExtraFile[];
  /** Annotations of the index, when there are several platforms. */
  readonly indexAnnotations?: Readonly<Record<string, string>>;
}

/** How the program is compiled. */
export interface GoSettings {
  /** `--go-version`; undefined follows go.mod and the lock. */
  readonly version?: string;
  readonly cgo: 'off' | 'dynamic' | 'static' | 'static-musl';
  readonly strip: boolean;
  readonly flags: readonly string[];
  readonly tags: readonly string[];
  readonly ldflags: readonly string[];
  readonly gcflags: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly vcs: boolean;
}

/** A secret of the build, by where its value is; the value itself is read when a step needs it. */
export interface SecretSource {
  readonly id: string;
  readonly from: { readonly file: string } | { readonly env: string };
}

/** An SSH agent, or keys for one of our own. */
export interface SshSource {
  readonly id: string;
  /** Absolute paths; empty is the agent of SSH_AUTH_SOCK. */
  readonly paths: readonly string[];
}

/** `--cache-to` or `--cache-from`, parsed. */
export type CacheSpec =
  | (CacheWay & { readonly type: 'registry'; readonly ref: string })
  | (CacheWay & { readonly type: 'local'; /** Absolute. */ readonly directory: string })
  | { readonly type: 'inline' };

interface CacheWay {
  readonly mode: 'min' | 'max';
  /** A cache that cannot be written does not fail the build. */
  readonly ignoreError?: boolean;
}

/** How a Dockerfile is built. */
export interface DockerfileSettings {
  /** As named on the command line, relative to the working directory; `-` is standard input. Undefined: the Dockerfile of the context. */
  readonly file?: string;
  readonly target?: string;
  readonly args: Readonly<Record<string, string>>;
  /** Where each named context is, as written. */
  readonly contexts: Readonly<Record<string, string>>;
  readonly secrets: readonly SecretSource[];
  readonly ssh: readonly SshSource[];
  readonly addHosts: readonly { readonly name: string; readonly address: string }[];
  readonly network: 'default' | 'host' | 'none';
  /** Bytes. */
  readonly shmSize?: number;
  readonly ulimits: readonly { readonly name: string; readonly soft: number; readonly hard: number }[];
  readonly allow: readonly string[];
  readonly sandbox: 'auto' | 'builtin' | 'runc' | 'chroot';
  readonly pull: boolean;
  readonly keepTimestamps: boolean;
  readonly noCacheStages: readonly string[];
  readonly cacheFrom: readonly CacheSpec[];
  readonly cacheTo: readonly CacheSpec[];
  readonly cacheMounts: boolean;
  readonly goCache: boolean;
  readonly explain: boolean;
  readonly dryRun: boolean;
  readonly verify: boolean;
}

/** A build, validated once at the door and trusted from there on. */
export interface BuildRequest {
  /** As the user named it: `.`, `./cmd/...`, `path/to/dir`, `example.com/m/cmd@v1.2.3`. */
  readonly what: string;
  /** The main packages of a project (`main:` of coracle.yaml), relative to WHAT; empty means WHAT itself. */
  readonly main: readonly string[];
  readonly frontend: 'auto' | 'go' | 'dockerfile';
  /** How a Dockerfile is built, should this be one. */
  readonly dockerfile: DockerfileSettings;
  /** Flags that were given and that only a Go build understands, for the error when this is a Dockerfile; and the other way round. */
  readonly given: { readonly goOnly: readonly string[]; readonly dockerfileOnly: readonly string[] };
  /** Full references; empty takes the program's name, kept in the store only. */
  readonly tags: readonly string[];
  readonly platforms: readonly Platform[];
  readonly base: BaseSettings;
  /** PEM files added to the CA bundle. */
  readonly ca: readonly string[];
  readonly go: GoSettings;
  readonly image: ImageSettings;
  readonly compression: Compression;
  readonly mediaTypes: 'oci' | 'docker';
  readonly outputs: readonly Output[];
  readonly push: boolean;
  readonly noCache: boolean;
  /** `file`: where coracle.lock is, when not beside coracle.yaml or go.mod. `frozen` (--locked): fail rather than change it. */
  readonly lock: { readonly file?: string; readonly frozen: boolean };
  /** How to talk to registries, by host. */
  readonly registries: Readonly<Record<string, RegistrySettings>>;
  /** Files that this request was made from, there or not (coracle.yaml, .ko.yaml, kodata): when one changes, it must be made anew. */
  readonly consulted: readonly string[];
}

export interface RegistrySettings {
  readonly insecure?: boolean;
  /** PEM file. */
  readonly ca?: string;
  readonly mirrors?: readonly string[];
}

export interface BuiltPlatform {
  readonly platform: string;
  readonly descriptor: Descriptor;
  readonly configDigest: Digest;
  /** Of a Go build. */
  readonly base?: { readonly name: string; readonly digest?: string; readonly reasons: readonly string[] };
  /** Bytes of all layers as stored. */
  readonly size: number;
  readonly uncompressedSize: number;
  readonly layers: readonly {
    readonly digest: Digest;
    readonly mediaType: string;
    readonly size: number;
    readonly uncompressedSize: number;
    readonly what: string;
    readonly reused: boolean;
  }[];
  /** Of a Go build. */
  readonly go?: { readonly version: string; readonly origin: 'host' | 'fetched' };
}

export interface BuiltImage {
  readonly program: string;
  /** The import path of the main package; of a Dockerfile, undefined. */
  readonly package?: string;
  readonly references: readonly string[];
  /** The manifest, or the index when there are several platforms. */
  readonly descriptor: Descriptor;
  readonly platforms: readonly BuiltPlatform[];
  readonly pushed: readonly string[];
  readonly notes: readonly string[];
}

/** A layer that two builds of the same did not make the same. */
export interface VerifiedLayer {
  readonly platform: string;
  /** The step that made it. */
  readonly what: string;
  readonly digests: readonly [Digest, Digest];
  readonly differences: readonly Difference[];
  /** Differences that are not listed. */
  readonly more: number;
}

export interface BuildResult {
  readonly images: readonly BuiltImage[];
  /** True when nothing was compiled, compressed or uploaded. */
  readonly unchanged: boolean;
  /** Why a build that was remembered had to be made again: `internal/handler/x.go changed`. */
  readonly because?: string;
  /** Of `--verify`: the layers that came out differently the second time; empty when the build is reproducible. */
  readonly differing?: readonly VerifiedLayer[];
  /** Of a Dockerfile: its steps, when they were asked for. */
  readonly steps?: readonly StepReport[];
  /** Milliseconds by step. */
  readonly times: Readonly<Record<string, number>>;
}

export type { StepReport };
