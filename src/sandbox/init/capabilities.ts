import type { Libc } from './libc.ts';

/** Bit numbers as in linux/capability.h. */
export const capabilities = [
  'CHOWN',
  'DAC_OVERRIDE',
  'DAC_READ_SEARCH',
  'FOWNER',
  'FSETID',
  'KILL',
  'SETGID',
  'SETUID',
  'SETPCAP',
  'LINUX_IMMUTABLE',
  'NET_BIND_SERVICE',
  'NET_BROADCAST',
  'NET_ADMIN',
  'NET_RAW',
  'IPC_LOCK',
  'IPC_OWNER',
  'SYS_MODULE',
  'SYS_RAWIO',
  'SYS_CHROOT',
  'SYS_PTRACE',
  'SYS_PACCT',
  'SYS_ADMIN',
  'SYS_BOOT',
  'SYS_NICE',
  'SYS_RESOURCE',
  'SYS_TIME',
  'SYS_TTY_CONFIG',
  'MKNOD',
  'LEASE',
  'AUDIT_WRITE',
  'AUDIT_CONTROL',
  'SETFCAP',
  'MAC_OVERRIDE',
  'MAC_ADMIN',
  'SYSLOG',
  'WAKE_ALARM',
  'BLOCK_SUSPEND',
  'AUDIT_READ',
  'PERFMON',
  'BPF',
  'CHECKPOINT_RESTORE',
] as const;

/** What Docker leaves to a container. */
const usual: ReadonlySet<string> = new Set([
  'CHOWN',
  'DAC_OVERRIDE',
  'FSETID',
  'FOWNER',
  'MKNOD',
  'NET_RAW',
  'SETGID',
  'SETUID',
  'SETFCAP',
  'SETPCAP',
  'NET_BIND_SERVICE',
  'SYS_CHROOT',
  'KILL',
  'AUDIT_WRITE',
]);

export interface Granting {
  readonly privileged?: boolean;
  readonly capAdd?: readonly string[];
  readonly capDrop?: readonly string[];
}

/** Names without `CAP_`, in the kernel's order. `ALL` may be added or dropped; what is added by name stays when all are dropped. */
export function granted({ privileged, capAdd = [], capDrop = [] }: Granting): string[] {
  const added = new Set(capAdd.map(plainName));
  const dropped = new Set(capDrop.map(plainName));
  const all = privileged === true || added.has('ALL');
  return capabilities.filter((name) => {
    if (dropped.has(name)) return false;
    if (added.has(name)) return true;
    return !dropped.has('ALL') && (all || usual.has(name));
  });
}

function plainName(name: string): string {
  return name.toUpperCase().replace(/^CAP_/, '');
}

const CAPBSET_DROP = 24;
const CAPBSET_READ = 23;
const CAP_AMBIENT = 47;
const CAP_AMBIENT_CLEAR_ALL = 4;
const version3 = 0x20080522;

/** What no program inside can ever have again. Before the user changes. */
export function limitCapabilities(libc: Libc, names: readonly string[]): void {
  const kept = new Set(names);
  for (let bit = 0; bit < 64; bit++) {
    if (kept.has(capabilities[bit] ?? '')) continue;
    try {
      libc.prctl(CAPBSET_READ, bit);
    } catch {
      break; // the kernel has no more
    }
    libc.prctl(CAPBSET_DROP, bit);
  }
  libc.prctl(CAP_AMBIENT, CAP_AMBIENT_CLEAR_ALL);
}

/** What root itself has: permitted and effective, never inheritable. Another user has none. */
export function setCapabilities(libc: Libc, names: readonly string[]): void {
  const bits = names.reduce((sum, name) => sum | (1n << BigInt(capabilityBit(name))), 0n);
  const low = Number(bits & 0xffffffffn);
  const high = Number(bits >> 32n);
  const header = new Uint8Array(new Uint32Array([version3, 0]).buffer);
  const data = new Uint8Array(new Uint32Array([low, low, 0, high, high, 0]).buffer);
  libc.callWith('capset', [header, data]);
}

/** Those of `names` that this process has itself: in a container it cannot give more than it was given. */
export function held(libc: Libc, names: readonly string[]): string[] {
  const header = new Uint8Array(new Uint32Array([version3, 0]).buffer);
  const data = new Uint32Array(6);
  libc.callWith('capget', [header, new Uint8Array(data.buffer)]);
  const [, low = 0, , , high = 0] = data;
  const permitted = (BigInt(high) << 32n) | BigInt(low);
  return names.filter((name) => (permitted >> BigInt(capabilityBit(name))) & 1n);
}

function capabilityBit(name: string): number {
  return capabilities.findIndex((each) => each === name);
}
