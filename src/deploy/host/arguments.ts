import type { Accessory, ContainerSettings, HostFacts, PublishedPort } from '../types.ts';

/** What the runtimes take differently. */
export type RuntimeFacts = Pick<HostFacts, 'runtime' | 'runtimeVersion' | 'rootless'>;

/** Who a container belongs to. */
export interface Labels {
  readonly service: string;
  readonly kind: 'release' | 'job' | 'accessory';
  readonly release?: string;
}

/**
 * Arguments of `run` for a release, or for a job with its settings; the image and its command are behind them. Name, slot and its own port are added on
 * the host, which chooses them.
 * @param environment arguments of its variables; their values are not in them
 */
export function releaseArguments(
  facts: RuntimeFacts,
  labels: Labels,
  settings: ContainerSettings,
  environment: readonly string[],
): readonly string[] {
  const { memory, cpus, user, stopSignal, grace, readOnly, tmpfs } = settings;
  return [
    ...labelArguments(labels),
    '--pull=never',
    ...environment,
    ...(settings.network === 'host' ? ['--network', 'host'] : []),
    ...volumeArguments(labels.service, settings.volumes),
    ...(readOnly ? ['--read-only'] : []),
    // Podman would put writable directories of its own on a root that is to be read only.
    ...(readOnly && facts.runtime === 'podman' ? ['--read-only-tmpfs=false'] : []),
    // The same on both runtimes. Without a mode runc takes that of the image's directory (and older ones do all the same).
    ...(readOnly
      ? tmpfs.flatMap((directory) => ['--tmpfs', `${directory}:rw,noexec,nosuid,nodev,mode=1777`])
      : []),
    ...settings.dropCapabilities.flatMap((name) => ['--cap-drop', name]),
    ...settings.addCapabilities.flatMap((name) => ['--cap-add', name]),
    ...(settings.noNewPrivileges ? ['--security-opt', 'no-new-privileges'] : []),
    '--pids-limit',
    String(settings.pids),
    ...limitArguments(memory, cpus),
    ...logArguments(facts, settings.log),
    ...(user === undefined ? [] : ['--user', user]),
    ...(stopSignal === undefined ? [] : ['--stop-signal', stopSignal]),
    '--stop-timeout',
    String(wholeSeconds(grace)),
  ];
}

/** As a release's, of what an accessory says; what it does not say is as careful as it can be without knowing the program. */
export function accessoryArguments(
  facts: RuntimeFacts,
  service: string,
  accessory: Accessory,
  environment: readonly string[],
): readonly string[] {
  return [
    ...labelArguments({ service, kind: 'accessory' }),
    '--label',
    `coracle.accessory=${accessory.name}`,
    '--restart',
    restartPolicy(facts, 'unless-stopped'),
    ...environment,
    ...publishArguments(accessory.ports),
    ...volumeArguments(service, accessory.volumes),
    '--security-opt',
    'no-new-privileges',
    ...limitArguments(accessory.memory, accessory.cpus),
    ...logArguments(facts, { size: 10_000_000, files: 3 }),
  ];
}

function labelArguments({ service, kind, release }: Labels): string[] {
  const labels = [`coracle.service=${service}`, `coracle.kind=${kind}`];
  if (release !== undefined) labels.push(`coracle.release=${release}`);
  return labels.flatMap((label) => ['--label', label]);
}

export function publishArguments(ports: readonly PublishedPort[]): string[] {
  return ports.flatMap((port) => [
    '--publish',
    `${port.public ? '' : '127.0.0.1:'}${port.host}:${port.container}/${port.protocol}`,
  ]);
}

/** No swap, which would only hide that there is too little memory. */
function limitArguments(memory: number | undefined, cpus: number | undefined): string[] {
  return [
    ...(memory === undefined ? [] : ['--memory', String(memory), '--memory-swap', String(memory)]),
    ...(cpus === undefined ? [] : ['--cpus', String(cpus)]),
  ];
}

/** Podman keeps one old file, whatever it is told. */
function logArguments({ runtime }: RuntimeFacts, log: ContainerSettings['log']): string[] {
  return runtime === 'podman'
    ? ['--log-driver', 'k8s-file', '--log-opt', `max-size=${log.size}`]
    : [
        ...['--log-driver', 'json-file', '--log-opt', `max-size=${log.size}`],
        ...['--log-opt', `max-file=${log.files}`],
      ];
}

/** Directories of the host by their path; volumes with the service's name in front, so that two services never share one by chance. */
function volumeArguments(service: string, volumes: ContainerSettings['volumes']): string[] {
  return volumes.flatMap(({ source, target, readOnly }) => {
    const type = source.startsWith('/') ? 'bind' : 'volume';
    const from = type === 'bind' ? source : `${service}-${source}`;
    const fields = [`type=${type}`, `source=${from}`, `target=${target}`, ...(readOnly ? ['readonly'] : [])];
    return ['--mount', fields.map((field) => csv(field)).join(',')];
  });
}

/** A field of `--mount` (RFC 4180). */
function csv(field: string): string {
  return /[",]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field;
}

export function wholeSeconds(milliseconds: number): number {
  return Math.ceil(milliseconds / 1000);
}

/** Podman starts at boot what has `always`, and nothing else. */
export function restartPolicy(
  { runtime }: RuntimeFacts,
  policy: ContainerSettings['restart'],
): ContainerSettings['restart'] {
  return runtime === 'podman' && policy === 'unless-stopped' ? 'always' : policy;
}

/** Podman can change a container's restart policy from 5.1 on. Before, it has it from its start. */
export function canChangeRestart({ runtime, runtimeVersion }: RuntimeFacts): boolean {
  if (runtime === 'docker') return true;
  const [major = 0, minor = 0] = runtimeVersion.split('.').map(Number);
  return major > 5 || (major === 5 && minor >= 1);
}
