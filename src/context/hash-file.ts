/** The content of a directory's files: hashed or streamed, and never other than what was seen. */
import { createHash, hash } from 'node:crypto';
import { closeSync, read as readCallback, readSync } from 'node:fs';
import { promisify } from 'node:util';
import type { TreeEntry } from '../snapshot/types.ts';
import { changed, checkAsSeen, openAsSeen } from './disk.ts';
import { isSettled } from './stat-key.ts';

/** What was seen of one path. */
export interface Seen {
  readonly entry: TreeEntry;
  /** Of `contextKey`. */
  readonly key: string;
  /** The build depends on more than that it is there. */
  used: boolean;
  digest?: string;
  /** The key stands for the content that the digest was taken from. */
  settled: boolean;
}

/** Files up to so many bytes are read at once, synchronously. */
const small = 256 * 1024;
const read = promisify(readCallback);

export const emptyDigest = createHash('sha256').digest('hex');

/** @throws ToolError CONTEXT_CHANGED, FILE_UNREADABLE */
export async function hashFile(
  root: string,
  { entry, key }: Seen,
): Promise<{ readonly digest: string; readonly settled: boolean }> {
  const now = Date.now();
  const { descriptor, stat } = openAsSeen(root, entry.path, key);
  try {
    const settled = isSettled(stat, now);
    let digest: string;
    if (entry.size <= small) digest = hash('sha256', readWhole(descriptor, entry), 'hex');
    else {
      const sum = createHash('sha256');
      for await (const chunk of chunks(descriptor)) sum.update(chunk);
      digest = sum.digest('hex');
    }
    checkAsSeen(descriptor, entry.path, key);
    return { digest, settled };
  } finally {
    closeSync(descriptor);
  }
}

/** Room for one small file, used again and again: what it holds is good until the next read. */
const room = Buffer.allocUnsafeSlow(small + 1);

/** @param into one byte larger than the file, so that it is seen to end */
function readWhole(descriptor: number, { path: at, size }: TreeEntry, into = room): Buffer {
  let length = 0;
  // Less than was asked for, and all that there should be: a file gives that only where it ends.
  do {
    const count = readSync(descriptor, into, length, size + 1 - length, null);
    if (count === 0) break;
    length += count;
  } while (length < size);
  if (length !== size) throw changed(at);
  return into.subarray(0, length);
}

const chunkSize = 128 * 1024;

async function* chunks(descriptor: number): AsyncGenerator<Buffer> {
  for (;;) {
    const { bytesRead, buffer } = await read(
      descriptor,
      Buffer.allocUnsafeSlow(chunkSize),
      0,
      chunkSize,
      null,
    );
    if (bytesRead === 0) return;
    yield buffer.subarray(0, bytesRead);
  }
}

/** A file's bytes; the last ones only when the whole is known to be what it was. */
export async function* content(
  root: string,
  find: () => Seen | Promise<Seen>,
  pause: () => Promise<void> | undefined,
): AsyncGenerator<Uint8Array> {
  const found = find();
  const file = found instanceof Promise ? await found : found;
  const { entry, key } = file;
  if (entry.type !== 'file' || entry.size === 0) return;
  const wait = pause();
  if (wait) await wait;
  const { descriptor } = openAsSeen(root, entry.path, key);
  try {
    if (entry.size <= small) {
      const bytes = readWhole(descriptor, entry, Buffer.allocUnsafe(entry.size + 1));
      check(file, descriptor, () => hash('sha256', bytes, 'hex'));
      yield bytes;
      return;
    }
    const sum = createHash('sha256');
    let held: Buffer | undefined;
    let size = 0;
    for await (const chunk of chunks(descriptor)) {
      if (held) yield held;
      held = chunk;
      size += chunk.length;
      sum.update(chunk);
      if (size > entry.size) throw changed(entry.path);
    }
    if (size !== entry.size) throw changed(entry.path);
    check(file, descriptor, () => sum.digest('hex'));
    if (held) yield held;
  } finally {
    closeSync(descriptor);
  }
}

function check({ entry, key, digest }: Seen, descriptor: number, actual: () => string): void {
  if (digest === undefined) checkAsSeen(descriptor, entry.path, key);
  else if (digest !== actual()) throw changed(entry.path);
}
