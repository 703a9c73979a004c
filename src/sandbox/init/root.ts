import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { setAttributes } from './attributes.ts';
import { ATTR, detach, MS } from './flags.ts';
import type { Job, Report, Stub } from './job.ts';
import { kernelPlaces, lent, mountKernel } from './kernel-fs.ts';
import type { Libc } from './libc.ts';
import { attach, hold, madeFor, openSource, type Source } from './mounts.ts';
import { mountOverlay } from './overlay.ts';
import { step } from './step.ts';
import { makeStub, makeStubs, resolveInside, type StubOwner } from './targets.ts';

/**
 * Makes the root file system and enters it. Everything is opened while the machine is in sight, then the root is changed, and
 * only then is mounted: so no link inside leads out, and nothing of the machine stays.
 */
export function enterRoot(libc: Libc, job: Job, report: (report: Report) => void): void {
  step('mount memory for the sandbox', () => mountStage(libc, job));
  const root = path.join(job.stage, 'root');
  const sources = job.mounts.map((mount, index) => openSource(libc, job, mount, index));
  step('mount the root file system', () => mountRoot(libc, job, root, sources, report));
  const held = new Map(lent(job).map((file) => [file, hold(file)]));
  step('enter the root file system', () => {
    process.chdir(root);
    libc.callWith('pivot_root', [Buffer.from('.\0'), Buffer.from('.\0')]);
  });
  const stubs: Stub[] = step('make /proc, /sys and /dev', () =>
    kernelPlaces.flatMap((place) => (resolveInside('/', place).exists ? [] : makeStubs(place, true))),
  );
  mountKernel(libc, job, (file) => held.get(file) ?? file);
  for (const [index, mount] of job.mounts.entries())
    stubs.push(...attach(libc, mount, sources[index], job.privileged === true));
  step(`make the working directory ${job.cwd}`, () => {
    mkdirSync(job.cwd, { recursive: true });
  });
  step('leave the old root file system', () => libc.umount('.', detach));
  if (job.readOnlyRoot === true)
    step('make the root read-only', () => setAttributes(libc, '/', ATTR.rdonly, false));
  if (stubs.length > 0) report({ says: 'stubs', stubs });
}

/** Secrets lie there: not to be swapped to a disk where that can be had (not in user namespaces, not before Linux 6.4). */
export function mountStage(libc: Libc, { stage, userxattr }: Job): void {
  const mount = (options: string): void =>
    libc.mount('sandbox', stage, 'tmpfs', MS.nosuid | MS.nodev, options);
  try {
    mount(userxattr ? 'mode=700' : 'mode=700,noswap');
  } catch {
    mount('mode=700');
  }
  mkdirSync(path.join(stage, 'root'));
  mkdirSync(path.join(stage, 'empty'));
}

export function mountRoot(
  libc: Libc,
  job: Job,
  root: string,
  sources: readonly (Source | undefined)[],
  report: (report: Report) => void,
): void {
  if (job.root.kind === 'directory') {
    libc.mount(job.root.directory, root, null, MS.bind | MS.rec, null);
    if (job.privileged !== true) setAttributes(libc, root, ATTR.nodev, true);
    return;
  }
  const { upper, work, lower, userxattr } = job.root;
  // First only to look: two layers at least, as nothing is to be written.
  const view = path.join(job.stage, 'view');
  mkdirSync(view);
  const seen = [upper, ...lower, ...(lower.length === 0 ? [path.join(job.stage, 'empty')] : [])];
  mountOverlay(libc, { lower: seen, userxattr }, `${view}.l`, view);
  const missing = missingTargets(job, view, sources);
  // What is to be mounted on lies in a layer of its own below all others: so it shows, and nothing is written to `upper`.
  const layer = missing.length === 0 ? [] : [`${work}.mounts`];
  for (const directory of layer) {
    report({ says: 'stubs', stubs: [], layer: directory });
    for (const { target, directory: whole, owner } of missing)
      makeStub(path.join(directory, target), whole, owner);
  }
  mountOverlay(
    libc,
    { upper, work, lower: [...lower, ...layer], userxattr },
    `${root}.l`,
    root,
    job.privileged === true ? 0 : MS.nodev,
  );
}

/** As `mountRoot` makes them for an overlay, in a directory, before it is entered and while no process is in it. */
export function stubsBefore(job: Job, root: string, sources: readonly (Source | undefined)[]): Stub[] {
  return missingTargets(job, root, sources).flatMap(({ target, directory, owner }) =>
    makeStubs(path.join(root, target), directory, owner).map((stub) => ({
      ...stub,
      path: stub.path.slice(root.length),
    })),
  );
}

/** Those in the root file system itself: what lies below another mount is made when that one is there. */
function missingTargets(
  job: Job,
  root: string,
  sources: readonly (Source | undefined)[],
): { target: string; directory: boolean; owner: StubOwner | undefined }[] {
  const wanted = [
    ...kernelPlaces.map((target) => ({ target, directory: true, owner: undefined })),
    ...job.mounts.map((mount, index) => ({
      target: mount.target,
      directory: sources[index]?.directory ?? true,
      owner: madeFor(mount),
    })),
  ];
  const covered: string[] = [];
  return wanted.flatMap(({ target, directory, owner }) => {
    const { path: place, exists } = resolveInside(root, target);
    const below = covered.some((other) => place === other || place.startsWith(`${other}/`));
    covered.push(place);
    return exists || below ? [] : [{ target: place, directory, owner }];
  });
}
