import {
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { setAttributes } from './attributes.ts';
import { devices } from './devices.ts';
import { ATTR, MS } from './flags.ts';
import type { Job } from './job.ts';
import { CallError, type Libc } from './libc.ts';
import { maskedPaths, readOnlyPaths } from './masks.ts';
import { step } from './step.ts';

/** /proc, /sys and /dev as Docker's containers have them. Called inside the new root. */

/** Where to mount what; they have to be there. */
export const kernelPlaces = ['/proc', '/sys', '/dev'] as const;

/** What of the machine is lent; opened before the old root is left. */
export function lent(job: Job): readonly string[] {
  return ['/sys', ...devices.map(([name]) => `/dev/${name}`), ...(job.terminal ? [terminal()] : [])];
}

let terminalName: string | undefined;

/**
 * The file of our terminal. By its name, as only what lies in our own mount namespace can be mounted again, and our streams
 * were opened in another one.
 */
function terminal(): string {
  terminalName ??= readlinkSync('/proc/self/fd/0');
  return terminalName;
}

const strict = MS.nosuid | MS.nodev | MS.noexec;
const regular = 0o100000;

function refused(error: unknown, ...codes: readonly string[]): boolean {
  return error instanceof CallError && codes.includes(error.code);
}

/** @param handle the place of the machine that `lent` names, as a path */
export function mountKernel(libc: Libc, job: Job, handle: (file: string) => string): void {
  step('mount /proc', () => libc.mount('proc', '/proc', 'proc', strict, null));
  step('mount /sys', () => mountSys(libc, job, handle));
  step('mount /dev', () => mountDev(libc, job, handle));
  if (job.privileged !== true) step('mask kernel files', () => mask(libc));
}

function mountSys(libc: Libc, job: Job, handle: (file: string) => string): void {
  const write = job.privileged === true ? 0 : MS.rdonly;
  try {
    libc.mount('sysfs', '/sys', 'sysfs', strict | write, null);
  } catch (error) {
    // The machine's network in a user namespace: its sysfs is not ours to mount.
    if (!refused(error, 'EPERM')) throw error;
    libc.mount(handle('/sys'), '/sys', null, MS.bind | MS.rec, null);
    setAttributes(libc, '/sys', ATTR.rdonly | ATTR.nosuid | ATTR.nodev | ATTR.noexec, true);
  }
  try {
    mountCgroups(libc, write);
  } catch (error) {
    if (!refused(error, 'EPERM', 'ENOENT', 'EBUSY', 'EINVAL', 'ENODEV')) throw error;
  }
}

/** A view of our own control group, as its limits are asked by some programs. */
function mountCgroups(libc: Libc, write: number): void {
  const place = '/sys/fs/cgroup';
  if (!existsSync(place)) return;
  const controllers = readFileSync('/proc/self/cgroup', 'utf8')
    .split('\n')
    .map((line) => line.split(':')[1])
    .filter((name): name is string => Boolean(name));
  if (controllers.length === 0) {
    libc.mount('cgroup', place, 'cgroup2', strict | write, null);
    return;
  }
  libc.mount('tmpfs', place, 'tmpfs', strict, 'mode=755,size=64k');
  for (const name of controllers) {
    const directory = path.join(place, name.replace(/^name=/, ''));
    mkdirSync(directory);
    try {
      libc.mount('cgroup', directory, 'cgroup', strict | write, name);
    } catch (error) {
      if (!refused(error, 'EPERM', 'EBUSY', 'EINVAL')) throw error;
    }
  }
  if (write) setAttributes(libc, place, ATTR.rdonly, false);
}

function mountDev(libc: Libc, job: Job, handle: (file: string) => string): void {
  // Nodes are the machine's, mounted one by one: so that those which a program makes (with CAP_MKNOD) open nothing.
  const nodev = job.privileged === true ? 0 : MS.nodev;
  libc.mount('tmpfs', '/dev', 'tmpfs', MS.nosuid | MS.strictatime | nodev, 'mode=755,size=64m');
  for (const [name] of devices) {
    const file = `/dev/${name}`;
    writeFileSync(file, '');
    libc.mount(handle(file), file, null, MS.bind, null);
  }
  for (const name of ['pts', 'shm', 'mqueue']) mkdirSync(`/dev/${name}`);
  const pts = 'newinstance,ptmxmode=0666,mode=0620';
  try {
    libc.mount('devpts', '/dev/pts', 'devpts', MS.nosuid | MS.noexec, `${pts},gid=5`);
  } catch (error) {
    if (!refused(error, 'EINVAL')) throw error; // with a single id there is no group 5
    libc.mount('devpts', '/dev/pts', 'devpts', MS.nosuid | MS.noexec, pts);
  }
  const size = job.shmSize ?? 64 * 1024 * 1024;
  libc.mount('shm', '/dev/shm', 'tmpfs', strict, `mode=1777,size=${size}`);
  try {
    libc.mount('mqueue', '/dev/mqueue', 'mqueue', strict, null);
  } catch (error) {
    if (!refused(error, 'ENODEV', 'EPERM')) throw error;
  }
  symlinkSync('pts/ptmx', '/dev/ptmx');
  symlinkSync('/proc/self/fd', '/dev/fd');
  for (const [index, name] of ['stdin', 'stdout', 'stderr'].entries())
    symlinkSync(`/proc/self/fd/${index}`, `/dev/${name}`);
  if (job.terminal) {
    writeFileSync('/dev/console', '');
    libc.mount(handle(terminal()), '/dev/console', null, MS.bind, null);
  }
}

function mask(libc: Libc): void {
  for (const file of maskedPaths) {
    const stat = lstatSync(file, { throwIfNoEntry: false });
    if (stat?.isDirectory()) libc.mount('tmpfs', file, 'tmpfs', strict | MS.rdonly, 'size=0');
    else if (stat && (stat.mode & 0o170000) === regular) libc.mount('/dev/null', file, null, MS.bind, null);
  }
  for (const file of readOnlyPaths) {
    if (!existsSync(file)) continue;
    libc.mount(file, file, null, MS.bind | MS.rec, null);
    setAttributes(libc, file, ATTR.rdonly | ATTR.nosuid | ATTR.nodev | ATTR.noexec, true);
  }
}
