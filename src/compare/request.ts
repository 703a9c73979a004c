import { plainDockerfile } from '../build/dockerfile/settings.ts';
import type { BuildRequest } from '../build/types.ts';
import { loadLayers } from '../config/load.ts';
import { mergeConfig } from '../config/merge.ts';
import type { Layer } from '../config/merge.ts';
import { toRequest } from '../config/request.ts';
import type { Ctx } from '../core/ctx.ts';
import type { CgoMode } from '../golang/build-flags.ts';
import type { RegistryAccess } from '../images/registries.ts';
import type { ProbeWish } from './measure/types.ts';
import type { MethodName } from './types.ts';
import { methodNames } from './types.ts';

export type { ProbeWish } from './measure/types.ts';

/** A comparison, validated once at the door and trusted from there on. */
export interface CompareRequest {
  /** As it was named: a directory, a package or a pattern on this machine. */
  readonly what: string;
  /** What `coracle build WHAT` would be asked. */
  readonly build: BuildRequest;
  /** As configuration or flags say; undefined is found out. */
  readonly cgo?: CgoMode;
  /** The program that is started, by name or by package, when there are several. */
  readonly main?: string;
  readonly methods: readonly MethodName[];
  /** Dockerfiles and images that are measured too, as they were named. */
  readonly with: readonly string[];
  /** Starts that each median is of. */
  readonly starts: number;
  readonly buildTimes: boolean;
  readonly probe: ProbeWish;
  /** How registries are talked to. */
  readonly access: RegistryAccess;
}

export interface CompareOptions {
  /** The configuration file, in place of the one beside WHAT. */
  readonly config?: string;
  /** Of the configuration, whose settings count. */
  readonly environment?: string;
  /** What flags say, in the words of the configuration; it wins. */
  readonly said?: Layer;
  readonly main?: string;
  readonly methods?: readonly MethodName[];
  readonly with?: readonly string[];
  readonly starts?: number;
  readonly buildTimes?: boolean;
  readonly probe?: ProbeWish;
  /** Registries that may be talked to in the clear. */
  readonly insecure?: readonly string[];
  /** Absolute: certificate authorities to trust when talking to registries. */
  readonly ca?: string;
}

/** Enough for a median that one hiccup does not move. */
export const defaultStarts = 5;

/**
 * The request that WHAT, the configuration beside it and the flags come to.
 * @throws ToolError CONFIG_INVALID, FILE_UNREADABLE, REFERENCE_INVALID
 */
export async function compareRequest(
  ctx: Ctx,
  what: string,
  options: CompareOptions = {},
): Promise<CompareRequest> {
  const files = await loadLayers(ctx, what, options.config, () => options.environment);
  const { config, origin } = mergeConfig([...files.layers, ...(options.said ? [options.said] : [])]);
  const build = toRequest(config, origin, {
    what,
    main: files.mainOf(config),
    frontend: 'go',
    // A request has it even when a Go program is meant.
    dockerfile: plainDockerfile,
    given: { goOnly: [], dockerfileOnly: [] },
    ...{ tags: [], push: false, outputs: [], noCache: false, indexAnnotations: {}, locked: false },
    insecure: options.insecure ?? [],
    ...(options.ca !== undefined && { ca: options.ca }),
    consulted: files.consulted,
  });
  return {
    ...{ what, build },
    ...(config.go?.cgo !== undefined && { cgo: config.go.cgo }),
    ...(options.main !== undefined && { main: options.main }),
    methods: options.methods ?? methodNames,
    with: options.with ?? [],
    starts: options.starts ?? defaultStarts,
    buildTimes: options.buildTimes ?? false,
    probe: options.probe ?? {},
    access: { insecure: options.insecure ?? [], ...(options.ca !== undefined && { ca: options.ca }) },
  };
}
