import path from 'node:path';
import { checkSettings, plainSettings } from '../bases/settings.ts';
import type { BaseSettings } from '../bases/types.ts';
import type { BuildRequest, ExtraFile, GoSettings, ImageSettings, Output } from '../build/types.ts';
import { ToolError } from '../core/errors.ts';
import { parsePlatform } from '../oci/platform.ts';
import { formatReference, parseReference, withDefaultTag } from '../oci/reference.ts';
import type { Config, FileConfig, GoConfig, RegistryConfig } from './types.ts';
import { compressionOf, fileMode, fileOwner, healthOf, type From } from './values.ts';

/** What only a command line says, never a file. */
export interface Invocation {
  readonly what: string;
  /** Main packages relative to it, when the config is that of WHAT itself. */
  readonly main: readonly string[];
  readonly frontend: BuildRequest['frontend'];
  readonly dockerfile: BuildRequest['dockerfile'];
  readonly given: BuildRequest['given'];
  readonly tags: readonly string[];
  readonly push: boolean;
  readonly outputs: readonly Output[];
  readonly noCache: boolean;
  readonly indexAnnotations: Readonly<Record<string, string>>;
  readonly locked: boolean;
  /** Absolute. */
  readonly lockFile?: string;
  /** `--insecure-registry`. */
  readonly insecure: readonly string[];
  /** `--ca`: absolute. */
  readonly ca?: string;
  readonly consulted: readonly string[];
}

/** Where each value of a merged Config came from; see merge.ts. */
export type OriginOf = (...keys: readonly (string | number)[]) => From;

/**
 * The one place where a Config becomes a request: every value is parsed and checked here, and an error names the flag or the line of
 * the file that it came from. All paths in `config` are absolute.
 * @throws ToolError USAGE, CONFIG_INVALID, REFERENCE_INVALID
 */
export function toRequest(config: Config, origin: OriginOf, call: Invocation): BuildRequest {
  const names = call.tags.length > 0 ? call.tags : config.image === undefined ? [] : [config.image];
  return {
    what: call.what,
    main: call.main,
    frontend: call.frontend,
    dockerfile: call.dockerfile,
    given: call.given,
    tags: names.map((name) =>
      at(call.tags.length > 0 ? { name: '--tag' } : origin('image'), () =>
        formatReference(withDefaultTag(parseReference(name))),
      ),
    ),
    platforms: (config.platforms ?? []).map((text) => at(origin('platforms'), () => parsePlatform(text))),
    base: baseOf(config, origin),
    ca: config.addCa ?? [],
    go: goOf(config.go ?? {}),
    image: imageOf(config, origin, call),
    compression: compressionOf(config.compression, origin('compression')),
    mediaTypes: config.mediaTypes ?? 'oci',
    outputs: call.outputs,
    push: call.push,
    noCache: call.noCache,
    lock: { frozen: call.locked, ...(call.lockFile === undefined ? {} : { file: call.lockFile }) },
    registries: registriesOf(config.registries ?? {}, call),
    consulted: call.consulted,
  };
}

/** What coracle.yaml and the flags come to for a base. @throws ToolError USAGE, CONFIG_INVALID, REFERENCE_INVALID */
export function baseOf({ base = {}, debian, alpine = {} }: Config, origin: OriginOf): BaseSettings {
  const plain = plainSettings(base.name ?? 'auto');
  const all = { ...plain, ...base, debian: debian ?? {}, alpine: { ...plain.alpine, ...alpine } };
  return checkSettings(all, origin);
}

function goOf(go: GoConfig): GoSettings {
  return {
    ...(go.version === undefined ? {} : { version: go.version }),
    cgo: go.cgo ?? 'off',
    strip: go.strip ?? true,
    vcs: go.vcs ?? true,
    flags: go.flags ?? [],
    tags: go.tags ?? [],
    ldflags: go.ldflags ?? [],
    gcflags: go.gcflags ?? [],
    env: {
      ...go.env,
      ...(go.amd64 === undefined ? {} : { GOAMD64: go.amd64 }),
      ...(go.arm === undefined ? {} : { GOARM: go.arm }),
    },
  };
}

function imageOf(config: Config, origin: OriginOf, call: Invocation): ImageSettings {
  const optional = {
    user: config.user,
    entrypoint: config.entrypoint,
    cmd: config.cmd,
    workdir: config.workdir,
    stopSignal: config.stopSignal,
    healthcheck:
      config.healthcheck === undefined ? undefined : healthOf(config.healthcheck, origin('healthcheck')),
  };
  return {
    ...(Object.fromEntries(
      Object.entries(optional).filter(([, value]) => value !== undefined),
    ) as Partial<ImageSettings>),
    env: config.env ?? {},
    ports: (config.ports ?? []).map((port) => portOf(port, origin('ports'))),
    labels: config.labels ?? {},
    annotations: config.annotations ?? {},
    ...(Object.keys(call.indexAnnotations).length > 0 ? { indexAnnotations: call.indexAnnotations } : {}),
    volumes: config.volumes ?? [],
    files: (config.files ?? []).map((file, index) => fileOf(file, origin('files', index))),
  };
}

function fileOf(file: FileConfig, from: From): ExtraFile {
  if (!path.posix.isAbsolute(file.to) || path.posix.normalize(file.to).split('/').includes('..')) {
    throw problem(from, `${JSON.stringify(file.to)} is no absolute path in the image`);
  }
  return {
    from: file.from,
    to: file.to,
    ...(file.mode === undefined ? {} : { mode: fileMode(file.mode, from) }),
    ...(file.owner === undefined ? {} : fileOwner(file.owner, from)),
  };
}

/** `8080`, `8080/tcp`, `53/udp` and ranges, as EXPOSE takes them. */
function portOf(text: string, from: From): string {
  const form = /^(\d+)(?:-(\d+))?(?:\/(tcp|udp|sctp))?$/.exec(text);
  const numbers = form ? [form[1], form[2] ?? form[1]].map(Number) : [];
  if (!form || numbers.some((port) => port < 1 || port > 65535) || (numbers[0] ?? 0) > (numbers[1] ?? 0)) {
    throw problem(from, `${JSON.stringify(text)} is no port`, 'Write it as 8080, 8080/tcp or 53/udp.');
  }
  return text;
}

function problem(from: From, message: string, hint?: string): ToolError {
  return new ToolError(from.where ? 'CONFIG_INVALID' : 'USAGE', `${from.name}: ${message}`, {
    ...(from.where ? { where: from.where } : {}),
    ...(hint === undefined ? {} : { hint }),
  });
}

/** Adds to an error where the value came from. */
function at<R>(from: From, work: () => R): R {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof ToolError) || error.where) throw error;
    throw new ToolError(error.code, `${from.name}: ${error.message}`, {
      ...(error.hint === undefined ? {} : { hint: error.hint }),
      ...(from.where ? { where: from.where } : {}),
      cause: error,
    });
  }
}

/** Settings by host; the flags' hosts join those of the files, and `*` stands for every host. */
/** How registries are talked to, by host. */
export function registriesOf(
  config: Readonly<Record<string, RegistryConfig>>,
  call: Pick<Invocation, 'insecure' | 'ca'>,
): Record<string, RegistryConfig> {
  const all: Record<string, RegistryConfig> = { ...config };
  for (const host of call.insecure) all[host] = { ...all[host], insecure: true };
  if (call.ca !== undefined) all['*'] = { ...all['*'], ca: call.ca };
  return all;
}
