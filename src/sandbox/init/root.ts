import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { setAttributes } from './attributes.ts';
import { ATTR, detach, MS } from './flags.ts';
import type { Job, Report, Stub } from './job.ts';
import { kernelPlaces, lent, mountKernel } from './kernel-fs.ts';
import type { Libc } from './libc.ts';
import { attach, hold, openSource, type Source } from './mounts.ts';
import { mountOverlay } from './overlay.ts';
import { step } from './step.ts';
import { makeStub, makeStubs, resolveInside } from './targets.ts';

/**
 * Makes the root file system and enters it. Everything is opened while the machine is in sight, then the root is changed, and only then
 * is mounted: so no link inside leads out, and nothing of the machine stays.
 */
export function enterRoot(libc: Libc, job: Job, report: (report: Report) => void): void {
  step('mount memory for the sandbox', () => mountStage(libc, job.stage));
  const root = path.join(job.stage, 'root');
  const sources = job.mounts.map((mount, index) => openSource(libc, job, mount, index));
  step('mount the root file system', () => mountRoot(libc, job, root, sources, report));
  const held = new Map(lent.map((file) => [file, hold(file)]));
  step('enter the root file system', () => {
    process.chdir(root);
    libc.callWith('pivot_root', [Buffer.from('.\0'), Buffer.from('.\0')]);
  });
  const stubs: Stub[] = step('make /proc, /sys and /dev', () =>
    kernelPlaces.flatMap((place) => (resolveInside('/', place).exists ? [] : makeStubs(place, true))),
  );
  mountKernel(libc, job, (file) => held.get(file) ?? file);
  for (const [index, mount] of job.mounts.entries()) stubs.push(...attach(libc, mount, sources[index]));
  step(`make the working directory ${job.cwd}`, () => {
    mkdirSync(job.cwd, { recursive: true });
  });
  step('leave the old root file system', () => libc.umount('.', detach));
  if (job.readOnlyRoot === true)
    step('make the root read-only', () => setAttributes(libc, '/', ATTR.rdonly, false));
  if (stubs.length > 0) report({ says: 'stubs', stubs });
}

function mountStage(libc: Libc, stage: string): void {
  const flags = MS.nosuid | MS.nodev;
  try {
    libc.mount('sandbox', stage, 'tmpfs', flags, 'mode=700,noswap');
  } catch {
    libc.mount('sandbox', stage, 'tmpfs', flags, 'mode=700'); // before Linux 6.4, and in user namespaces
  }
  mkdirSync(path.join(stage, 'root'));
  mkdirSync(path.join(stage, 'empty'));
}

function mountRoot(
  libc: Libc,
  job: Job,
  root: string,
  sources: readonly (Source | undefined)[],
  report: (report: Report) => void,
): void {
  if (job.root.kind === 'directory') {
    libc.mount(job.root.directory, root, null, MS.bind | MS.rec, null);
    return;
  }
  const links = path.join(job.stage, 'l');
  mountOverlay(libc, job.root, `${links}0`, root);
  const missing = missingTargets(job, root, sources);
  if (missing.length === 0) return;
  // What is to be mounted on lies in a layer of its own below all others: so it shows, and nothing is written to `upper`.
  const layer = `${job.root.work}.mounts`;
  report({ says: 'stubs', stubs: [], layer });
  mkdirSync(layer, { mode: 0o755 });
  for (const { target, directory } of missing) makeStub(path.join(layer, target), directory);
  libc.umount(root, 0);
  const lower = [...job.root.lower, layer];
  mountOverlay(libc, { ...job.root, lower }, `${links}1`, root);
}

/** Those in the root file system itself: what lies below another mount is made when that one is there. */
function missingTargets(
  job: Job,
  root: string,
  sources: readonly (Source | undefined)[],
): { target: string; directory: boolean }[] {
  const wanted = [
    ...kernelPlaces.map((target) => ({ target, directory: true })),
    ...job.mounts.map(({ target }, index) => ({ target, directory: sources[index]?.directory ?? true })),
  ];
  const covered: string[] = [];
  return wanted.flatMap(({ target, directory }) => {
    const { path: place, exists } = resolveInside(root, target);
    const below = covered.some((other) => place === other || place.startsWith(`${other}/`));
    covered.push(place);
    return exists || below ? [] : [{ target: place, directory }];
  });
}
