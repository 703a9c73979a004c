import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { MS } from './flags.ts';
import type { Job } from './job.ts';
import { CallError, type Libc } from './libc.ts';
import { leaveNetwork, newKeyring } from './namespaces.ts';
import { step } from './step.ts';

const CLONE_NEWNS = 0x00020000;

/** Enters a directory as the root, where neither namespaces nor mounts are to be had; takes those that are. */
export function enterDirectory(libc: Libc, job: Job): void {
  if (job.root.kind !== 'directory') throw new Error('chroot takes a directory');
  const root = job.root.directory;
  step('begin a session', () => libc.call('setsid'));
  if (job.network === 'none') step('leave the network', () => leaveNetwork(libc, job.networkNamespace));
  attempt(() => newKeyring(libc));
  attempt(() => {
    libc.call('unshare', CLONE_NEWNS);
    libc.mount('none', '/', null, MS.rec | MS.private, null);
    libc.mount('proc', path.join(root, 'proc'), 'proc', MS.nosuid | MS.nodev | MS.noexec, null);
  });
  step('enter the root file system', () => {
    libc.callWith('chroot', [Buffer.from(`${root}\0`)]);
    process.chdir('/');
  });
  step(`make the working directory ${job.cwd}`, () => {
    mkdirSync(job.cwd, { recursive: true });
  });
}

/** What is good to have. */
function attempt(work: () => void): void {
  try {
    work();
  } catch (error) {
    if (!(error instanceof CallError)) throw error;
  }
}
