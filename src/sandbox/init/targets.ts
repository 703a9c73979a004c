import { chownSync, lstatSync, mkdirSync, readlinkSync, statSync, writeFileSync, type Stats } from 'node:fs';
import path from 'node:path';
import type { Stub } from './job.ts';

export interface Target {
  /** With no link in it, as seen from inside. */
  readonly path: string;
  readonly exists: boolean;
}

/** As many as the kernel follows. */
const mostLinks = 40;

function lstat(file: string): Stats | undefined {
  return lstatSync(file, { throwIfNoEntry: false });
}

/**
 * Where a path leads when `root` is the root directory: links are followed inside of it only. Nothing may change the tree
 * meanwhile.
 * @throws ENOTDIR, ELOOP
 */
export function resolveInside(root: string, target: string): Target {
  let left = target.split('/').filter(Boolean);
  let at: string[] = [];
  let links = 0;
  let exists = true;
  while (left.length > 0) {
    const [name = '', ...rest] = left;
    left = rest;
    if (name === '.') continue;
    if (name === '..') {
      at.pop();
      continue;
    }
    const place = [...at, name];
    const stat: Stats | undefined = exists ? lstat(path.join(root, ...place)) : undefined;
    if (stat?.isSymbolicLink()) {
      if (++links > mostLinks) throw Object.assign(new Error('too many links'), { code: 'ELOOP' });
      const to = readlinkSync(path.join(root, ...place));
      if (to.startsWith('/')) at = [];
      left = [...to.split('/').filter(Boolean), ...left];
      continue;
    }
    if (stat && !stat.isDirectory() && left.length > 0)
      throw Object.assign(new Error('not a directory'), { code: 'ENOTDIR' });
    exists &&= stat !== undefined;
    at = place;
  }
  return { path: `/${at.join('/')}`, exists };
}

/** Whose a stub is. */
export interface StubOwner {
  readonly uid: number;
  readonly gid: number;
}

/** Makes an empty directory or file to mount on, with all its parents. */
export function makeStub(file: string, directory: boolean, owner?: StubOwner): void {
  const last = directory ? file : path.dirname(file);
  const first = mkdirSync(last, { recursive: true });
  if (!directory) writeFileSync(file, '', { flag: 'a' });
  if (first === undefined || !owner) return;
  for (let at = file; at.length >= first.length; at = path.dirname(at)) chownSync(at, owner.uid, owner.gid);
}

/** As makeStub, after the root was entered; gives what was made, outermost first. */
export function makeStubs(target: string, directory: boolean, owner?: StubOwner): Stub[] {
  const missing: string[] = [];
  for (let at = target; !lstat(at); at = path.dirname(at)) missing.unshift(at);
  return missing.map((file, index) => {
    const parent = path.dirname(file);
    const before = changed(parent);
    if (index < missing.length - 1 || directory) mkdirSync(file);
    else writeFileSync(file, '', { flag: 'wx' });
    if (owner) chownSync(file, owner.uid, owner.gid);
    return { path: file, before, after: changed(parent) };
  });
}

function changed(directory: string): string {
  return String(statSync(directory, { bigint: true }).mtimeNs);
}
