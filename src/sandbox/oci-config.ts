import { granted } from './init/capabilities.ts';
import { maskedPaths, readOnlyPaths } from './init/masks.ts';
import { seccompProfile } from './seccomp-profile.ts';
import type { ProcessSpec } from './types.ts';

export interface Place {
  /** In a user namespace: what the machine has is lent, not made. */
  readonly userNamespace: boolean;
  /** Where runc puts its control group; undefined where none may be made. */
  readonly cgroup: string | undefined;
}

/**
 * The configuration of an OCI runtime (runtime-spec 1.0) for a process, without root and the mounts of the process itself.
 * What is granted and hidden is what Docker grants and hides.
 */
export function ociConfig(spec: ProcessSpec, place: Place): { readonly mounts: readonly object[] } {
  const names = granted(spec);
  const capabilities = names.map((name) => `CAP_${name}`);
  const { uid, gid, groups } = spec.user;
  // Its own group among them, as Docker has it; in a user namespace with one id runc may not set any.
  const additionalGids = place.userNamespace && groups.length === 0 ? [] : [...new Set([gid, ...groups])];
  const guarded = spec.privileged !== true;
  const config = {
    ociVersion: '1.0.2',
    hostname: spec.hostname,
    process: {
      terminal: spec.stdio === 'tty',
      user: { uid, gid, umask: 0o022, ...(additionalGids.length > 0 && { additionalGids }) },
      args: spec.argv,
      env: spec.env,
      cwd: spec.cwd,
      capabilities: { bounding: capabilities, effective: capabilities, permitted: capabilities },
      noNewPrivileges: guarded,
      rlimits: (spec.ulimits ?? []).map(({ name, soft, hard }) => ({
        type: `RLIMIT_${name.toUpperCase()}`,
        soft: unlimited(soft),
        hard: unlimited(hard),
      })),
    },
    mounts: kernelMounts(spec, place),
    linux: {
      namespaces: [
        ...['pid', 'ipc', 'uts', 'mount'].map((type) => ({ type })),
        ...(spec.network === 'none' ? [networkOf(spec)] : []),
      ],
      ...(place.cgroup === undefined ? {} : { cgroupsPath: place.cgroup, resources: resourcesOf(spec) }),
      ...(guarded ? { maskedPaths, readonlyPaths: readOnlyPaths, seccomp: seccompProfile(names) } : {}),
    },
  };
  return config;
}

function networkOf({ networkNamespace: path }: ProcessSpec): object {
  return { type: 'network', ...(path !== undefined && { path }) };
}

function unlimited(value: number): number | bigint {
  return value < 0 ? Number.MAX_SAFE_INTEGER : value;
}

function resourcesOf({ limits = {}, privileged }: ProcessSpec): object {
  const { memory, cpus, pids } = limits;
  const period = 100_000; // microseconds
  return {
    // The usual ones are always allowed.
    devices: [{ allow: privileged === true, access: 'rwm' }],
    ...(memory === undefined ? {} : { memory: { limit: memory, swap: memory } }),
    ...(cpus === undefined ? {} : { cpu: { period, quota: Math.round(cpus * period) } }),
    ...(pids === undefined ? {} : { pids: { limit: pids } }),
  };
}

function kernelMounts(spec: ProcessSpec, { userNamespace, cgroup }: Place): object[] {
  const strict = ['nosuid', 'noexec', 'nodev'];
  const write = spec.privileged === true ? [] : ['ro'];
  // The machine's network in a user namespace: its sysfs is not ours to mount.
  const lentSys = userNamespace && spec.network === 'host';
  const gid = userNamespace ? [] : ['gid=5'];
  const tmpfs = (destination: string, options: readonly string[]): object => ({
    destination,
    type: 'tmpfs',
    source: 'tmpfs',
    options,
  });
  return [
    { destination: '/proc', type: 'proc', source: 'proc', options: strict },
    tmpfs('/dev', ['nosuid', 'strictatime', 'mode=755', 'size=65536k']),
    {
      destination: '/dev/pts',
      type: 'devpts',
      source: 'devpts',
      options: ['nosuid', 'noexec', 'newinstance', 'ptmxmode=0666', 'mode=0620', ...gid],
    },
    tmpfs('/dev/shm', [...strict, 'mode=1777', `size=${spec.shmSize ?? 64 * 1024 * 1024}`]),
    { destination: '/dev/mqueue', type: 'mqueue', source: 'mqueue', options: strict },
    lentSys
      ? { destination: '/sys', type: 'none', source: '/sys', options: ['rbind', ...strict, 'ro'] }
      : { destination: '/sys', type: 'sysfs', source: 'sysfs', options: [...strict, ...write] },
    ...(cgroup === undefined
      ? []
      : [
          {
            destination: '/sys/fs/cgroup',
            type: 'cgroup',
            source: 'cgroup',
            options: [...strict, 'relatime', ...write],
          },
        ]),
  ];
}
