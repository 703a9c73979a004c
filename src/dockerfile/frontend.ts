/** The shapes between the Dockerfile frontend and the build that asks for it. */
import type { Digest } from '../oci/digest.ts';
import type { ContainerConfig, ImageConfig, Platform } from '../oci/types.ts';
import type { Ulimit } from '../sandbox/types.ts';
import type { Vertex } from '../solve/graph.ts';

export interface LowerOptions {
  /** Name or number of a stage; undefined takes the last. */
  readonly target?: string;
  readonly buildArgs: Readonly<Record<string, string>>;
  /** Added to the result's labels. */
  readonly labels: Readonly<Record<string, string>>;
  readonly platform: Platform;
  /** True when nobody named `platform`: the result then says of itself what its base says. */
  readonly platformImplied?: boolean;
  readonly buildPlatform: Platform;
  /** Of several platforms: the steps' names begin with the platform. */
  readonly several?: boolean;
  /** Stages whose steps run anew; `true` for all. */
  readonly noCache: boolean | readonly string[];
  /** For RUN steps that do not say. */
  readonly network: 'default' | 'host' | 'none';
  readonly addHosts: readonly { readonly name: string; readonly address: string }[];
  readonly shmSize?: number;
  readonly ulimits: readonly Ulimit[];
  /** HTTP_PROXY and the like, as RUN steps see them; they are in no key and in no image. */
  readonly proxy: Readonly<Record<string, string>>;
}

/** What the frontend must know of the world. Its vertices are made once for each name and platform. */
export interface Resolver {
  /**
   * The image behind a reference or a named context that is an image or layout. Asked only for what the target needs.
   * @throws ToolError NOT_FOUND and what registries answer
   */
  image(reference: string, platform: Platform): Promise<ResolvedImage>;
  /** The main build context. */
  context(): Vertex;
  /** `--build-context`: undefined when there is none of that name. */
  named(
    name: string,
    platform: Platform,
  ): Promise<{ readonly vertex: Vertex } | { readonly image: ResolvedImage } | undefined>;
  /** ADD of a URL: a tree with one file of the name that the URL ends in. */
  http(url: string, options: { readonly checksum?: Digest }): Vertex;
  /** ADD of a Git repository: a tree. */
  git(url: string, options: { readonly keepGitDir: boolean; readonly checksum?: string }): Vertex;
}

export interface ResolvedImage {
  readonly reference: string;
  readonly digest: Digest;
  readonly config: ImageConfig;
  /** Its layers. */
  readonly vertex: Vertex;
}

/** One platform of the result. */
export interface Lowered {
  /** The last state of the target stage. */
  readonly vertex: Vertex;
  /** Of the image, without `rootfs` and dates. */
  readonly config: ContainerConfig;
  readonly platform: Platform;
  /** Fields of the base's image config that pass on (author, os.version …). */
  readonly author?: string;
  readonly baseHistory: readonly NonNullable<ImageConfig['history']>[number][];
  /** One for each instruction of ours that leaves a trace; those without `empty` have one layer each, in the order of `vertex`'s layers. */
  readonly history: readonly {
    readonly createdBy: string;
    readonly empty: boolean;
    readonly comment?: string;
  }[];
  /** Stages, in order, that the target needs; for `--explain` and the Go cache. */
  readonly stages: readonly LoweredStage[];
  /** What is most likely not what was meant, and no error: one sentence each. */
  readonly warnings: readonly string[];
}

export interface LoweredStage {
  readonly name: string;
  /** Vertices of the stage's own steps, in order. */
  readonly steps: readonly Vertex[];
  readonly isTarget: boolean;
}
