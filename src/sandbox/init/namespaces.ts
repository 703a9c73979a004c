import { closeSync, openSync } from 'node:fs';
import type { Job } from './job.ts';
import type { Libc } from './libc.ts';
import { step } from './step.ts';

const CLONE_NEWNET = 0x40000000;
const CLONE_NEWCGROUP = 0x02000000;
const KEYCTL_JOIN_SESSION_KEYRING = 1;
const AF_INET = 2;
const SOCK_DGRAM = 2;
const SIOCSIFFLAGS = 0x8914;
const IFF_UP = 1;

/** Leaves what a process shares with its starter besides files and processes: name, session, keyring, control groups, network. */
export function joinNothing(libc: Libc, job: Job): void {
  step('set the host name', () => {
    const name = Buffer.from(job.hostname);
    libc.callWith('sethostname', [name, name.length]);
  });
  if (!job.terminal) step('begin a session', () => libc.call('setsid'));
  step('begin a keyring', () => newKeyring(libc));
  step('leave the control group', () => libc.call('unshare', CLONE_NEWCGROUP));
  if (job.network === 'none') step('leave the network', () => leaveNetwork(libc, job.networkNamespace));
}

/** The session's keyring is inherited by every process. */
export function newKeyring(libc: Libc): void {
  libc.callWith('keyctl', [KEYCTL_JOIN_SESSION_KEYRING, null]);
}

/**
 * Only the loopback device is left, of a network of our own.
 * @param joined the network to be in, in place of a new one: a file of a namespace
 */
export function leaveNetwork(libc: Libc, joined?: string): void {
  if (joined !== undefined) {
    const file = openSync(joined, 'r');
    libc.call('setns', file, CLONE_NEWNET);
    closeSync(file);
    return;
  }
  libc.call('unshare', CLONE_NEWNET);
  const handle = libc.call('socket', AF_INET, SOCK_DGRAM);
  const request = Buffer.alloc(40);
  request.write('lo');
  request.writeInt16LE(IFF_UP, 16);
  libc.callWith('ioctl', [handle, SIOCSIFFLAGS, request]);
}
