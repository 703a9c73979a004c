import { fchownSync, fstatSync, readdirSync, writeSync } from 'node:fs';
import path from 'node:path';
import type { Job } from './job.ts';
import { granted, held, limitCapabilities, setCapabilities } from './capabilities.ts';
import { CallError, type Libc } from './libc.ts';
import { limitProcess } from './limits.ts';
import { feignIds, refuseKeyrings } from './seccomp.ts';
import { step } from './step.ts';

const PR_SET_PDEATHSIG = 1;
const PR_SET_NO_NEW_PRIVS = 38;
const F_SETFD = 2;
const SIG_SETMASK = 2;
const SIGKILL = 9;
const CLOSE_RANGE_CLOEXEC = 4;

/** Takes away from this process what the command may not have, and makes it the command's user. Called inside the new root. */
export function becomeUser(libc: Libc, job: Job): void {
  limitProcess(libc, job.ulimits ?? []);
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
      if (job.feignIds === true) feignIds(libc);
    }
    libc.prctl(PR_SET_PDEATHSIG, SIGKILL); // a change of user took it back
    process.umask(0o022);
    for (let signal = 1; signal <= 64; signal++) libc.defaultSignal(signal);
    libc.callWith('rt_sigprocmask', [SIG_SETMASK, new Uint8Array(8), null, 8]);
    closeOthers(libc);
  });
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
      // Of somebody whom this user namespace does not know (`coracle run … | cat`): it stays theirs, and can be written to all
      // the same.
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
