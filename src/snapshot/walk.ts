import { createHash, hash } from 'node:crypto';
import { closeSync, constants, lstatSync, openSync, readSync, readdirSync, readlinkSync } from 'node:fs';
import type { BigIntStats } from 'node:fs';
import { ToolError, systemCode } from '../core/errors.ts';
import { fileError } from '../core/files.ts';
import { fileCalls } from '../core/syscalls.ts';
import type { IndexEntry } from '../layer/layer-index.ts';
import { compareNames, decodeName } from '../layer/names.ts';
import type { DirectoryForm } from './form.ts';
import { breath } from './breath.ts';
import { readXattrs } from './xattrs.ts';

/** A file of a directory, not hashed yet. */
export interface Found {
  readonly entry: IndexEntry;
  readonly place: Buffer;
  readonly stat: BigIntStats;
  /** Of a directory: it hides what other layers have in it. */
  readonly opaque: boolean;
  /** overlayfs's mark that what other layers have here is gone. */
  readonly whiteout: boolean;
}

export interface WalkOptions {
  readonly signal: AbortSignal;
  /** Milliseconds since the Unix epoch: times at or after it are the build's. */
  readonly since: number;
  /** Sockets are in no layer: they mean nothing without the process that listens. */
  readonly onSocket?: (place: Buffer) => void;
}

/** Milliseconds by which the time of a file may lie behind the clock: the kernel takes it from its tick. */
const tick = 20;

/**
 * All that lies below a directory, in byte order of paths; the directory itself and sockets are left out. No link is followed.
 * @throws ToolError FILE_UNREADABLE; SANDBOX_FAILED, ARCHIVE_UNSAFE for what no layer can hold
 */
export async function walk(root: string, form: DirectoryForm, options: WalkOptions): Promise<Found[]> {
  const found: Found[] = [];
  const calls = fileCalls();
  const since = BigInt(Math.floor(options.since - tick)) * 1_000_000n;
  const left: { readonly path: string; readonly place: Buffer }[] = [{ path: '', place: Buffer.from(root) }];
  for (let next = left.pop(); next; next = left.pop()) {
    options.signal.throwIfAborted();
    await breath();
    for (const name of readdirSync(next.place, { encoding: 'buffer' })) {
      const place = Buffer.concat([next.place, slash, name]);
      const path = next.path === '' ? decodeName(name) : `${next.path}/${decodeName(name)}`;
      const stat = lstatSync(place, { bigint: true });
      if (stat.isSocket()) {
        options.onSocket?.(place);
        continue;
      }
      const { own, opaque } = readXattrs(calls, place, form);
      const entry = entryOf(path, place, stat, own, stat.mtimeNs >= since);
      found.push({ entry, place, stat, opaque, whiteout: stat.isCharacterDevice() && stat.rdev === 0n });
      if (stat.isDirectory()) left.push({ path, place });
    }
  }
  return found.sort((a, b) => compareNames(a.entry.path, b.entry.path));
}

const slash = Buffer.from('/');

function entryOf(
  path: string,
  place: Buffer,
  stat: BigIntStats,
  xattrs: IndexEntry['xattrs'],
  made: boolean,
): IndexEntry {
  const type = typeOf(stat);
  const { rdev } = stat;
  return {
    path,
    type,
    mode: Number(stat.mode & 0o7777n),
    uid: Number(stat.uid),
    gid: Number(stat.gid),
    mtime: seconds(stat.mtimeNs),
    size: type === 'file' ? Number(stat.size) : 0,
    ...(type === 'symlink' && { linkName: decodeName(readlinkSync(place, { encoding: 'buffer' })) }),
    ...((type === 'char' || type === 'block') && {
      major: Number(((rdev >> 8n) & 0xfffn) | ((rdev >> 32n) & 0xfffff000n)),
      minor: Number((rdev & 0xffn) | ((rdev >> 12n) & 0xffffff00n)),
    }),
    ...(xattrs && { xattrs }),
    ...(made && { made }),
  };
}

function typeOf(stat: BigIntStats): IndexEntry['type'] {
  if (stat.isFile()) return 'file';
  if (stat.isDirectory()) return 'directory';
  if (stat.isSymbolicLink()) return 'symlink';
  if (stat.isCharacterDevice()) return 'char';
  return stat.isBlockDevice() ? 'block' : 'fifo';
}

/** The number nearest to a time: exact to a quarter of a microsecond, and the same again when it is written and read. */
function seconds(nanoseconds: bigint): number {
  const billion = 1_000_000_000n;
  const rest = ((nanoseconds % billion) + billion) % billion;
  return Number((nanoseconds - rest) / billion) + Number(rest) / 1e9;
}

/** Bytes read at once. */
const chunkSize = 256 * 1024;
const buffer = Buffer.allocUnsafeSlow(chunkSize);

/**
 * Content and digest of one file in one go, for many small ones: reading and hashing each takes some twenty microseconds.
 * @returns SHA-256 in hex
 * @throws ToolError CONTEXT_CHANGED when it is not `size` bytes long
 */
export function digestFile(place: Buffer, size: number, path: string): string {
  const fd = openForReading(place, path);
  try {
    const first = readSync(fd, buffer, 0, chunkSize, 0);
    if (first < chunkSize) {
      if (first !== size) throw resized(path);
      return hash('sha256', buffer.subarray(0, first), 'hex');
    }
    const sum = createHash('sha256');
    let position = 0;
    for (let count = first; count > 0; count = readSync(fd, buffer, 0, chunkSize, position)) {
      sum.update(buffer.subarray(0, count));
      position += count;
    }
    if (position !== size) throw resized(path);
    return sum.digest('hex');
  } finally {
    closeSync(fd);
  }
}

/** @throws ToolError FILE_UNREADABLE */
export function openForReading(place: Buffer, path: string): number {
  try {
    return openSync(place, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    if (systemCode(error) !== 'ELOOP') throw fileError(error, 'read', place.toString());
    throw resized(path);
  }
}

function resized(path: string): ToolError {
  return new ToolError('CONTEXT_CHANGED', `${JSON.stringify(path)} changed while it was read`, {
    hint: 'Something still writes to it: a process that a step left behind, or another program.',
  });
}
