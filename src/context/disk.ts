/** The files of a directory tree as they are on disk: names in any bytes, no link followed, errors that name the file. */
import { closeSync, constants, fstatSync, lstatSync, openSync, readdirSync, readlinkSync } from 'node:fs';
import type { Stats } from 'node:fs';
import { ToolError, systemCode } from '../core/errors.ts';
import { fileError } from '../core/files.ts';
import { decodeName, encodeName } from '../layer/names.ts';
import type { EntryType } from '../layer/entry.ts';
import type { TreeEntry } from '../snapshot/types.ts';
import { contextKey } from './stat-key.ts';

/** Where a path of the tree lies on disk. */
export function onDisk(root: string, path: string): string | Buffer {
  const file = path === '' ? root : `${root}/${path}`;
  return file.isWellFormed() ? file : Buffer.concat([Buffer.from(`${root}/`), encodeName(path)]);
}

/** Metadata of what has that name; undefined when there is nothing, or something above it is no directory. */
export function lookAt(root: string, path: string): Stats | undefined {
  try {
    return lstatSync(onDisk(root, path), { throwIfNoEntry: false });
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'ELOOP', 'ENAMETOOLONG'].includes(systemCode(error) ?? '')) return undefined;
    throw unreadable(error, path);
  }
}

// oxlint-disable-next-line no-control-regex -- all of ASCII
const ascii = /^[\0-\x7f]*$/;

/** Names in a directory, in byte order. @throws ToolError FILE_UNREADABLE, CONTEXT_CHANGED */
export function namesIn(root: string, directory: string): string[] {
  try {
    // Each character is one byte: sorts as bytes do, and is mostly the name itself.
    const names = readdirSync(onDisk(root, directory), 'latin1').sort();
    return names.map((name) => (ascii.test(name) ? name : decodeName(Buffer.from(name, 'latin1'))));
  } catch (error) {
    throw unreadable(error, directory);
  }
}

/** An entry as a build from a context sees it: root's, with times that say nothing. A socket is an empty file, as in BuildKit. */
export function toEntry(root: string, path: string, stat: Stats): TreeEntry {
  const type = typeOf(stat);
  const mode = type === 'symlink' ? 0o777 : stat.mode & 0o7777;
  const size = type === 'file' && !stat.isSocket() ? stat.size : 0;
  const entry = { path, type, mode, uid: 0, gid: 0, mtime: stat.mtimeMs / 1000, made: true, size };
  if (type === 'directory') return entry;
  const same = stat.nlink > 1 ? { same: `${stat.dev}:${stat.ino}` } : undefined;
  // Most are files with one name: nothing is put together for them.
  if (type === 'file') return same ? { ...entry, ...same } : entry;
  if (type === 'symlink') return { ...entry, ...same, linkName: linkText(root, path) };
  return type === 'fifo' ? { ...entry, ...same } : { ...entry, ...same, ...deviceOf(stat.rdev) };
}

function typeOf(stat: Stats): EntryType {
  if (stat.isFile()) return 'file';
  if (stat.isDirectory()) return 'directory';
  if (stat.isSymbolicLink()) return 'symlink';
  if (stat.isFIFO()) return 'fifo';
  if (stat.isCharacterDevice()) return 'char';
  return stat.isBlockDevice() ? 'block' : 'file';
}

/** Linux's two numbers in one (makedev(3)). */
function deviceOf(rdev: number): { readonly major: number; readonly minor: number } {
  const device = BigInt(rdev);
  return {
    major: Number(((device >> 8n) & 0xfffn) | ((device >> 32n) & 0xfffff000n)),
    minor: Number((device & 0xffn) | ((device >> 12n) & 0xffffff00n)),
  };
}

function linkText(root: string, path: string): string {
  try {
    return decodeName(readlinkSync(onDisk(root, path), 'buffer'));
  } catch (error) {
    throw unreadable(error, path);
  }
}

/**
 * Opens a file that was looked at before, and no other: neither through a link nor one that was put in its place.
 * @param key of `contextKey`
 * @throws ToolError CONTEXT_CHANGED, FILE_UNREADABLE
 */
export function openAsSeen(
  root: string,
  path: string,
  key: string,
): { readonly descriptor: number; readonly stat: Stats } {
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;
  let descriptor: number;
  try {
    descriptor = openSync(onDisk(root, path), O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  } catch (error) {
    throw unreadable(error, path);
  }
  try {
    return { descriptor, stat: checkAsSeen(descriptor, path, key) };
  } catch (error) {
    closeSync(descriptor);
    throw error;
  }
}

/** @throws ToolError CONTEXT_CHANGED when the file is not what it was */
export function checkAsSeen(descriptor: number, path: string, key: string): Stats {
  const stat = fstatSync(descriptor);
  if (contextKey(stat) !== key) throw changed(path);
  return stat;
}

export function changed(path: string): ToolError {
  return new ToolError('CONTEXT_CHANGED', `${shown(path)} changed while the build read it`, {
    hint: 'Run the same command again when nothing writes there any more, or leave the file out by a line in .dockerignore.',
  });
}

function unreadable(error: unknown, path: string): unknown {
  const code = systemCode(error) ?? '';
  if (['ENOENT', 'ENOTDIR', 'ELOOP'].includes(code)) {
    return new ToolError('CONTEXT_CHANGED', `${shown(path)} is gone while the build reads it`, {
      cause: error,
      hint: 'Run the same command again when nothing writes there any more.',
    });
  }
  if (code !== 'EACCES' && code !== 'EPERM') return fileError(error, 'read', path);
  return new ToolError('FILE_UNREADABLE', `no permission to read ${shown(path)} of the build context`, {
    cause: error,
    hint: `If the build does not need it, add a line ${shown(path)} to .dockerignore; else change its owner or mode.`,
  });
}

/** A path as a person reads it. */
export function shown(path: string): string {
  if (path === '') return 'the root of the context';
  return /^[\w./@+,=:%-]+$/.test(path) ? path : JSON.stringify(path);
}
