import { mkdirSync, rmSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import type { Libc } from './libc.ts';

export interface Overlay {
  /** Highest first. */
  readonly lower: readonly string[];
  readonly upper?: string | undefined;
  readonly work?: string | undefined;
  readonly userxattr: boolean;
}

/**
 * Mounts a stack of directories. They are named by short links in `links`, a directory in memory: so 500 layers fit into the
 * page that mount(2) takes, no character of a path means anything to overlayfs, and no path of the machine is seen in
 * /proc/mounts.
 */
export function mountOverlay(libc: Libc, overlay: Overlay, links: string, target: string, flags = 0): void {
  mkdirSync(links, { recursive: true });
  const names = overlay.lower.map((directory, index) => link(directory, path.join(links, String(index))));
  const options = [`lowerdir=${names.join(':')}`, 'index=off'];
  // Renames of directories stay copies, names and contents stay together: what is in `upper` is a layer and nothing else. With
  // `userxattr` it is so anyway.
  options.push(...(overlay.userxattr ? ['userxattr'] : ['redirect_dir=off', 'metacopy=off']));
  if (overlay.upper !== undefined && overlay.work !== undefined) {
    options.push(`upperdir=${link(overlay.upper, path.join(links, 'u'))}`);
    options.push(`workdir=${link(overlay.work, path.join(links, 'w'))}`);
  }
  process.chdir(links);
  const mount = (more: readonly string[]): void =>
    libc.mount('overlay', target, 'overlay', flags, [...options, ...more].join());
  if (overlay.work === undefined) return mount([]);
  // A program's fsync costs much and gains nothing: after a crash nobody looks at what a half-done step has written. (Linux 5.10.)
  try {
    rmSync(path.join(overlay.work, 'work/incompat'), { recursive: true, force: true }); // an earlier mount left that mark
    mount(['volatile']);
  } catch {
    mount([]);
  }
}

function link(to: string, name: string): string {
  symlinkSync(to, name);
  return path.basename(name);
}
