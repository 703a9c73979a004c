/**
 * Single files of a layer's directory. `place` is a whole path below a directory that this process made for itself alone, and whose parents
 * it made as directories; each call makes something new there and follows no link.
 */
import {
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  ftruncateSync,
  futimesSync,
  linkSync,
  openSync,
  symlinkSync,
  lchownSync,
  chmodSync,
  mkdirSync,
  writeSync,
} from 'node:fs';
import { systemCode } from '../core/errors.ts';
import { fileCalls } from '../core/syscalls.ts';
import type { IndexEntry } from '../layer/layer-index.ts';
import { encodeName } from '../layer/names.ts';
import type { DirectoryForm } from './form.ts';
import { storedXattrs } from './xattrs.ts';

const { O_CREAT, O_EXCL, O_NOFOLLOW, O_WRONLY, S_IFBLK, S_IFCHR, S_IFIFO } = constants;

/** Bytes below which nobody looks for zeros, and of the pieces in which they are looked for. */
const page = 4096;
const zeros = Buffer.alloc(page);

/** A file that is being written. */
export interface OpenFile {
  write(chunk: Uint8Array): void;
  /** Sets all that the entry says and closes. */
  finish(): void;
  /** Closes, whatever happened. */
  abort(): void;
}

export function openFile(place: Buffer, entry: IndexEntry, form: DirectoryForm): OpenFile {
  const mode = openMode(entry.mode);
  const fd = openSync(place, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode);
  let position = 0;
  let end = 0;
  let open = true;
  const abort = (): void => {
    if (open) closeSync(fd);
    open = false;
  };
  return {
    abort,
    write: (chunk) => {
      for (const [from, to] of entry.size < page ? whole(chunk) : runs(chunk)) {
        writeAll(fd, chunk.subarray(from, to), position + from);
        end = position + to;
      }
      position += chunk.length;
    },
    finish: () => {
      if (end !== position) ftruncateSync(fd, position); // a hole at the end
      const [uid, gid] = ownerOf(entry, form);
      if (!isOwn(uid, gid) && form.owners) fchownSync(fd, uid, gid);
      if (mode !== entry.mode || !isOwn(uid, gid)) fchmodSync(fd, entry.mode);
      setXattrs(place, entry, form);
      if (Number.isInteger(entry.mtime)) futimesSync(fd, entry.mtime, entry.mtime);
      abort();
      if (!Number.isInteger(entry.mtime)) setMtime(place, entry.mtime);
    },
  };
}

/** The mode itself where the file can be made with it: one call less for each of many files. */
function openMode(mode: number): number {
  umask ??= process.umask();
  return (mode & (umask | 0o7000)) === 0 && (mode & 0o200) !== 0 ? mode : 0o600;
}
let umask: number | undefined;

/** Sets what the entry says of a file whose content is there. */
export function settleFile(place: Buffer, entry: IndexEntry, form: DirectoryForm): void {
  settle(place, entry, form);
  setMtime(place, entry.mtime);
}

/** A directory that this process can write to until `settleDirectory`. */
export function makeDirectory(place: Buffer): void {
  mkdirSync(place, 0o700);
}

/** @param opaque what lies below it in other layers is not seen */
export function settleDirectory(
  place: Buffer,
  entry: IndexEntry,
  form: DirectoryForm,
  opaque: boolean,
): void {
  settle(place, entry, form);
  if (opaque && form.overlayPrefix !== undefined)
    fileCalls().setxattr(place, `${form.overlayPrefix}opaque`, Buffer.from('y'));
  setMtime(place, entry.mtime);
}

export function makeSymlink(place: Buffer, entry: IndexEntry, form: DirectoryForm): void {
  symlinkSync(Buffer.from(encodeName(entry.linkName ?? '')), place);
  const [uid, gid] = ownerOf(entry, form);
  if (!isOwn(uid, gid) && form.owners) lchownSync(place, uid, gid);
  setXattrs(place, entry, form);
  setMtime(place, entry.mtime);
}

export function makeLink(place: Buffer, target: Buffer): void {
  linkSync(target, place); // a link to a symbolic link links the link itself
}

/** A device or a pipe. In a user namespace nobody may make devices: an empty file stands there then, and false is the result. */
export function makeSpecial(place: Buffer, entry: IndexEntry, form: DirectoryForm): boolean {
  const type = entry.type === 'fifo' ? S_IFIFO : entry.type === 'char' ? S_IFCHR : S_IFBLK;
  let made = true;
  try {
    fileCalls().mknod(place, type | 0o600, entry.major ?? 0, entry.minor ?? 0);
  } catch (error) {
    if (entry.type === 'fifo' || !isRefusal(error)) throw error;
    closeSync(openSync(place, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600));
    made = false;
  }
  settleFile(place, entry, form);
  return made;
}

/**
 * A character device 0:0 hides what other layers have there. One that is there is linked to: there may be thousands.
 * @returns false where none can be made, as on an overlay
 */
export function makeWhiteout(place: Buffer, other: Buffer | undefined): boolean {
  try {
    if (other) {
      linkSync(other, place);
      return true;
    }
  } catch (error) {
    if (systemCode(error) !== 'EMLINK') throw error;
  }
  try {
    fileCalls().mknod(place, S_IFCHR, 0, 0);
    return true;
  } catch (error) {
    if (systemCode(error) === 'EPERM') return false;
    throw error;
  }
}

/** Owner before mode and attributes: changing the owner takes set-id bits and capabilities away. */
function settle(place: Buffer, entry: IndexEntry, form: DirectoryForm): void {
  const [uid, gid] = ownerOf(entry, form);
  if (!isOwn(uid, gid) && form.owners) lchownSync(place, uid, gid);
  chmodSync(place, entry.mode);
  setXattrs(place, entry, form);
}

function ownerOf(entry: IndexEntry, form: DirectoryForm): readonly [number, number] {
  return [form.uid(entry.uid), form.gid(entry.gid)];
}

function isOwn(uid: number, gid: number): boolean {
  own ??= [process.geteuid?.() ?? -1, process.getegid?.() ?? -1];
  return uid === own[0] && gid === own[1];
}

/** Asked once: there are two system calls in it, for each of tens of thousands of files. */
let own: readonly [uid: number, gid: number] | undefined;

function setXattrs(place: Buffer, entry: IndexEntry, form: DirectoryForm): void {
  if (!entry.xattrs) return;
  const calls = fileCalls();
  for (const [name, value] of storedXattrs(entry, form)) calls.setxattr(place, name, value);
}

/** To the nanosecond, as far as a number in seconds knows it. */
function setMtime(place: Buffer, seconds: number): void {
  const whole = Math.floor(seconds);
  fileCalls().setMtime(place, BigInt(whole) * 1_000_000_000n + BigInt(Math.round((seconds - whole) * 1e9)));
}

function isRefusal(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EPERM';
}

function writeAll(fd: number, bytes: Uint8Array, position: number): void {
  for (let done = 0; done < bytes.length;)
    done += writeSync(fd, bytes, done, bytes.length - done, position + done);
}

function whole(chunk: Uint8Array): readonly (readonly [number, number])[] {
  return [[0, chunk.length]];
}

/** The parts of a chunk that are not pages of zeros. */
function* runs(chunk: Uint8Array): Generator<readonly [number, number]> {
  let from = 0;
  for (let at = 0; at < chunk.length; at += page) {
    const to = Math.min(at + page, chunk.length);
    const empty = chunk[at] === 0 && zeros.subarray(0, to - at).equals(chunk.subarray(at, to));
    if (!empty) continue;
    if (from < at) yield [from, at];
    from = to;
  }
  if (from < chunk.length) yield [from, chunk.length];
}
