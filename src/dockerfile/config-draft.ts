import type { ContainerConfig, HealthConfig } from '../oci/types.ts';

/** A container config while instructions change it. */
export interface ConfigDraft {
  readonly env: Map<string, string>;
  readonly labels: Map<string, string>;
  readonly ports: Set<string>;
  readonly volumes: Set<string>;
  readonly onBuild: string[];
  user: string;
  workingDir: string;
  stopSignal: string;
  entrypoint: readonly string[];
  cmd: readonly string[];
  shell: readonly string[];
  healthcheck: HealthConfig | undefined;
  argsEscaped: boolean;
}

/** Where programs are looked up when a base says nothing: Docker's and BuildKit's own. */
export const defaultPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** A draft that begins with what a base says; what it does not say may also be null, as Docker writes it. */
export function draftOf(config: Loose<ContainerConfig>): ConfigDraft {
  return {
    env: new Map((config.Env ?? []).map(assignment)),
    labels: new Map(Object.entries(config.Labels ?? {})),
    ports: new Set(Object.keys(config.ExposedPorts ?? {})),
    volumes: new Set(Object.keys(config.Volumes ?? {})),
    onBuild: [...(config.OnBuild ?? [])],
    user: config.User ?? '',
    workingDir: config.WorkingDir ?? '',
    stopSignal: config.StopSignal ?? '',
    entrypoint: config.Entrypoint ?? [],
    cmd: config.Cmd ?? [],
    shell: config.Shell ?? [],
    healthcheck: config.Healthcheck ?? undefined,
    argsEscaped: config.ArgsEscaped ?? false,
  };
}

/** The draft as a config; what is empty is left out, as Docker and BuildKit do. */
export function configOf(draft: ConfigDraft): ContainerConfig {
  return {
    ...(draft.user === '' ? {} : { User: draft.user }),
    ...(draft.ports.size === 0 ? {} : { ExposedPorts: keysOf(draft.ports) }),
    ...(draft.env.size === 0 ? {} : { Env: Array.from(draft.env, ([name, value]) => `${name}=${value}`) }),
    ...(draft.entrypoint.length === 0 ? {} : { Entrypoint: draft.entrypoint }),
    ...(draft.cmd.length === 0 ? {} : { Cmd: draft.cmd }),
    ...(draft.volumes.size === 0 ? {} : { Volumes: keysOf(draft.volumes) }),
    ...(draft.workingDir === '' ? {} : { WorkingDir: draft.workingDir }),
    ...(draft.labels.size === 0 ? {} : { Labels: Object.fromEntries(draft.labels) }),
    ...(draft.stopSignal === '' ? {} : { StopSignal: draft.stopSignal }),
    ...(draft.healthcheck === undefined ? {} : { Healthcheck: draft.healthcheck }),
    ...(draft.shell.length === 0 ? {} : { Shell: draft.shell }),
    ...(draft.onBuild.length === 0 ? {} : { OnBuild: [...draft.onBuild] }),
    ...(draft.argsEscaped ? { ArgsEscaped: true } : {}),
  };
}

type Loose<T> = { readonly [K in keyof T]?: T[K] | null };

function keysOf(set: ReadonlySet<string>): Record<string, Record<string, never>> {
  return Object.fromEntries(Array.from(set, (key) => [key, {}]));
}

function assignment(text: string): [name: string, value: string] {
  const at = text.indexOf('=');
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}
