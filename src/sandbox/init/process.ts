import { fchownSync, fstatSync, readdirSync, writeSync } from 'node:fs';
import path from 'node:path';
import type { Job } from './job.ts';
import { granted, held, limitCapabilities, setCapabilities } from './capabilities.ts';
import { CallError, type Libc } from './libc.ts';
import { refuseKeyrings } from './seccomp.ts';
import { step } from './step.ts';

const PR_SET_PDEATHSIG = 1;
const PR_SET_NO_NEW_PRIVS = 38;
const F_SETFD = 2;
const SIG_SETMASK = 2;
const SIGKILL = 9;
const CLOSE_RANGE_CLOEXEC = 4;

/** Resources as in bits/resource.h, by the names of `--ulimit`. */
const resources: Readonly<Record<string, number>> = {
  cpu: 0,
  fsize: 1,
  data: 2,
  stack: 3,
  core: 4,
  rss: 5,
  nproc: 6,
  nofile: 7,
  memlock: 8,
  as: 9,
  locks: 10,
  sigpending: 11,
  msgqueue: 12,
  nice: 13,
  rtprio: 14,
  rttime: 15,
};
/** More open files than this make some old programs spend minutes on closing them all. */
const mostFiles = 1_048_576n;

/** Takes away from this process what the command may not have, and makes it the command's user. Called inside the new root. */
export function becomeUser(libc: Libc, job: Job): void {
  for (const { name, soft, hard } of job.ulimits ?? []) {
    step(`set the limit ${name}`, () => {
      const resource = resources[name];
      if (resource === undefined) throw Object.assign(new Error('unknown'), { code: 'unknown limit' });
      setLimit(libc, resource, toLimit(soft), toLimit(hard));
    });
  }
  if (!job.ulimits?.some(({ name }) => name === 'nofile')) step('limit open files', () => limitFiles(libc));
  step(`change to ${job.cwd}`, () => process.chdir(job.cwd));
  const { uid, gid, groups } = job.user;
  step('give the standard streams to the user', () => giveStreams(uid, gid));
  const names = job.privileged === true ? held(libc, granted(job)) : granted(job);
  step('drop capabilities', () => limitCapabilities(libc, names));
  step(`become user ${uid}, group ${gid}`, () => setUser(libc, uid, gid, groups));
  if (uid === 0) step('drop capabilities', () => setCapabilities(libc, names));
  step('clear the way for the command', () => {
    if (job.privileged !== true) {
      libc.prctl(PR_SET_NO_NEW_PRIVS, 1);
      refuseKeyrings(libc);
    }
    libc.prctl(PR_SET_PDEATHSIG, SIGKILL); // a change of user took it back
    process.umask(0o022);
    for (let signal = 1; signal <= 64; signal++) libc.defaultSignal(signal);
    libc.callWith('rt_sigprocmask', [SIG_SETMASK, new Uint8Array(8), null, 8]);
    closeOthers(libc);
  });
}

function toLimit(value: number): bigint {
  return value < 0 ? 0xffffffffffffffffn : BigInt(value);
}

function setLimit(libc: Libc, resource: number, soft: bigint, hard: bigint): void {
  libc.callWith('prlimit64', [0, resource, bytesOf(soft, hard), null]);
}

function bytesOf(...values: readonly bigint[]): Uint8Array {
  return new Uint8Array(new BigUint64Array(values).buffer);
}

function limitFiles(libc: Libc): void {
  const now = new BigUint64Array(2);
  const { nofile = 7 } = resources;
  libc.callWith('prlimit64', [0, nofile, null, new Uint8Array(now.buffer)]);
  const hard = now[1] ?? 0n;
  const most = hard < mostFiles ? hard : mostFiles;
  setLimit(libc, nofile, most, most);
}

/** So that /dev/stdout can be opened also by an ordinary user: its pipe is as good as a file of root. */
function giveStreams(uid: number, gid: number): void {
  if (uid === 0) return;
  for (const handle of [0, 1, 2]) {
    const stat = fstatSync(handle);
    if (!stat.isFIFO() && !stat.isSocket()) continue;
    try {
      fchownSync(handle, uid, gid);
    } catch {
      // Of somebody whom this user namespace does not know (`coracle run … | cat`): it stays theirs, and can be written to all the same.
    }
  }
}

/** For this thread alone, which is the one that becomes the command: the C library would stop all others to tell them. */
function setUser(libc: Libc, uid: number, gid: number, groups: readonly number[]): void {
  try {
    // Its own group among them, as Docker's runtime has it.
    const all = new Uint32Array(new Set([gid, ...groups]));
    libc.callWith('setgroups', [all.length, new Uint8Array(all.buffer)]);
  } catch (error) {
    // Where only one id is mapped the kernel refuses it; there are no other groups to be in then.
    if (groups.length > 0) throw error;
  }
  libc.call('setgid', gid);
  libc.call('setuid', uid);
}

/** Nothing but the standard streams goes on to what is executed. */
export function closeOthers(libc: Libc): void {
  for (const handle of [0, 1, 2]) libc.call('fcntl', handle, F_SETFD, 0);
  try {
    libc.call('close_range', 3, 0xffffffff, CLOSE_RANGE_CLOEXEC);
  } catch (error) {
    if (!(error instanceof CallError)) throw error;
    for (const name of readdirSync('/proc/self/fd')) {
      if (Number(name) > 2) closeOnExec(libc, Number(name));
    }
  }
}

function closeOnExec(libc: Libc, handle: number): void {
  try {
    libc.call('fcntl', handle, F_SETFD, 1);
  } catch {
    // the handle that listed them
  }
}

/** Becomes the command. Comes back, with the exit code that a shell would give, only when that cannot be. */
export function becomeCommand(libc: Libc, job: Job): 126 | 127 {
  const [program] = job.argv;
  const search = job.env.find((each) => each.startsWith('PATH='))?.slice('PATH='.length);
  const directories = (search ?? '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin').split(':');
  const files = program.includes('/')
    ? [program]
    : directories.map((each) => path.posix.join(each || '.', program));
  let refused: string | undefined;
  for (const file of files) {
    const { code } = libc.execve(file, job.argv, job.env);
    if (code === 'ENOENT' || code === 'ENOTDIR') continue;
    refused = refusals[code] ?? code;
    if (code !== 'EACCES') break;
  }
  const missing = program.includes('/') ? 'no such file or directory' : 'executable file not found in $PATH';
  writeSync(2, `exec: ${JSON.stringify(program)}: ${refused ?? missing}\n`);
  return refused === undefined ? 127 : 126;
}

const refusals: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  ENOEXEC: 'exec format error',
  E2BIG: 'argument list too long',
  ELOOP: 'too many levels of symbolic links',
};
