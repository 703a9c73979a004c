import { chmodSync, chownSync, mkdirSync, openSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setAttributes } from './attributes.ts';
import { ATTR, MS, O_PATH } from './flags.ts';
import type { Job, JobMount, Stub } from './job.ts';
import type { Libc } from './libc.ts';
import { mountOverlay } from './overlay.ts';
import { step } from './step.ts';
import { makeStubs, resolveInside, type StubOwner } from './targets.ts';

/** What a mount shows, held open so that it can be mounted when the old root is no longer in sight. */
export interface Source {
  readonly handle: string;
  /** Where it lies, while the machine is in sight. */
  readonly place: string;
  readonly directory: boolean;
}

/** A path that means what `file` means now, whatever becomes the root. */
export function hold(file: string): string {
  return `/proc/self/fd/${openSync(file, O_PATH)}`;
}

/** Opens or makes what `mount` shows; before the new root is entered. Undefined: nothing is needed. */
export function openSource(libc: Libc, job: Job, mount: JobMount, index: number): Source | undefined {
  return step(`mount ${mount.target}`, () => {
    const place = path.join(job.stage, `m${index}`);
    if (mount.kind === 'tmpfs') return undefined;
    if (mount.kind === 'bind') return source(mount.source);
    if (mount.kind === 'file') {
      writeFileSync(place, Buffer.from(mount.bytes, 'base64'), { mode: 0o600 });
      if (mount.uid !== 0 || mount.gid !== 0) chownSync(place, mount.uid, mount.gid);
      chmodSync(place, mount.mode);
      return source(place);
    }
    mkdirSync(place);
    // Without a place to write to, overlayfs wants two layers; an empty one does no harm.
    const empty = path.join(job.stage, 'empty');
    const lower = mount.upper === undefined ? [...mount.lower, empty] : mount.lower;
    mountOverlay(libc, { ...mount, lower, userxattr: job.userxattr }, `${place}.l`, place);
    // A link in the stack leads nowhere out of it.
    const inner = resolveInside(place, mount.path ?? '');
    return source(path.join(place, inner.path));
  });
}

export function source(file: string): Source {
  return { handle: hold(file), place: file, directory: statSync(file).isDirectory() };
}

export function mountMemory(
  libc: Libc,
  { size, mode = 0o1777 }: Extract<JobMount, { kind: 'tmpfs' }>,
  target: string,
): void {
  const options = [`mode=${mode.toString(8)}`, ...(size === undefined ? [] : [`size=${size}`])];
  libc.mount('tmpfs', target, 'tmpfs', MS.nosuid | MS.nodev, options.join());
}

/** Mounts inside the new root, on a target that is made if it is not there. */
export function attach(
  libc: Libc,
  mount: JobMount,
  from: Source | undefined,
  privileged: boolean,
): readonly Stub[] {
  return step(`mount ${mount.target}`, () => {
    const { path: target, exists } = resolveInside('/', mount.target);
    const made = exists ? [] : makeStubs(target, from?.directory ?? true, madeFor(mount));
    if (from === undefined) {
      if (mount.kind === 'tmpfs') mountMemory(libc, mount, target);
      return made;
    }
    const recursive = mount.kind === 'bind' && mount.recursive === true;
    libc.mount(from.handle, target, null, MS.bind | (recursive ? MS.rec : 0), null);
    const attributes = attributesOf(mount) | (privileged ? 0 : ATTR.nodev);
    if (attributes !== 0) setAttributes(libc, target, attributes, recursive);
    return made;
  });
}

export function madeFor(mount: JobMount): StubOwner | undefined {
  return mount.kind === 'bind' ? mount.madeFor : undefined;
}

function attributesOf(mount: JobMount): number {
  if (mount.kind === 'overlay') return mount.upper === undefined ? ATTR.rdonly : 0;
  if (mount.kind === 'tmpfs') return 0;
  const write = mount.readOnly ? ATTR.rdonly : 0;
  return mount.kind === 'file' ? write | ATTR.nosuid | ATTR.nodev | ATTR.noexec : write;
}
