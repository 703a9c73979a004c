import { ToolError } from '../core/errors.ts';
import type { Entry } from './entry.ts';
import { safeLinkText, safePath } from './safe-path.ts';
import { blockSize, paddingOf } from './tar-format.ts';
import { encodeHeader } from './tar-header.ts';

const zeros = new Uint8Array(2 * blockSize);
/** Bytes given out at a time, about: what is small travels together, as each piece costs the same on its way. */
const load = 64 * 1024;

/**
 * Writes entries, in their order, as a POSIX tar archive: USTAR, with PAX records only for what USTAR cannot say. The bytes
 * depend on the entries alone. Each chunk is in memory of its own.
 * @throws ToolError ARCHIVE_UNSAFE for a path that a reader must refuse; FILE_UNREADABLE when a content is not `size` bytes long
 */
export async function* writeTar(entries: Iterable<Entry> | AsyncIterable<Entry>): AsyncGenerator<Uint8Array> {
  let loaded = Buffer.allocUnsafeSlow(load);
  let used = 0;
  /** Takes a piece on; gives what has to go before it, or with it. */
  const add = (piece: Uint8Array): readonly Uint8Array[] => {
    if (piece.length <= load - used) {
      loaded.set(piece, used);
      used += piece.length;
      return none;
    }
    const full = loaded.subarray(0, used);
    used = 0;
    loaded = Buffer.allocUnsafeSlow(load);
    if (piece.length > load / 2) return full.length === 0 ? [piece] : [full, piece];
    loaded.set(piece);
    used = piece.length;
    return [full];
  };
  for await (const entry of entries) {
    checkEntry(entry);
    for (const ready of add(encodeHeader(entry))) yield ready;
    if (entry.type !== 'file' || entry.size === 0) continue;
    if (!entry.content) throw internal(entry, 'it has no content');
    let written = 0;
    for await (const chunk of entry.content()) {
      written += chunk.length;
      if (written > entry.size) break;
      for (const ready of add(chunk)) yield ready;
    }
    if (written !== entry.size) throw otherSize(entry, written);
    for (const ready of add(zeros.subarray(0, paddingOf(written)))) yield ready;
  }
  for (const ready of add(zeros)) yield ready; // the end of an archive is two blocks of zeros
  if (used > 0) yield loaded.subarray(0, used);
}

const none: readonly Uint8Array[] = [];

/** Entries are made in many places; what they must be is held here, the one door to the archive. */
function checkEntry(entry: Entry): void {
  const clean = entry.path === '' ? '' : safePath(entry.path, 'entry');
  if (clean !== entry.path)
    throw internal(entry, `its path is not in normal form (${JSON.stringify(clean)})`);
  if (entry.path === '' && entry.type !== 'directory')
    throw internal(entry, 'only a directory can be the root');
  if (!Number.isInteger(entry.mode) || entry.mode < 0 || entry.mode > 0o7777)
    throw internal(entry, 'its mode is not 12 bits');
  if (!isCount(entry.uid) || !isCount(entry.gid))
    throw internal(entry, 'its owner is not a number from 0 up');
  if (!Number.isFinite(entry.mtime) || Math.abs(entry.mtime) > Number.MAX_SAFE_INTEGER)
    throw internal(entry, 'it has no time');
  if (!isCount(entry.size) || (entry.type !== 'file' && entry.size !== 0))
    throw internal(entry, 'its size is wrong for its type');
  const link = entry.type === 'symlink' || entry.type === 'hardlink';
  if (link !== (entry.linkName !== undefined)) throw internal(entry, 'links have a target, and only links');
  if (entry.type === 'symlink') safeLinkText(entry.linkName ?? '');
  if (entry.type === 'hardlink' && safePath(entry.linkName ?? '', 'hard link target') !== entry.linkName) {
    throw internal(entry, 'its link target is not in normal form');
  }
}

function otherSize(entry: Entry, written: number): ToolError {
  return new ToolError(
    'FILE_UNREADABLE',
    `${entry.path} should have ${entry.size} bytes but gave ${written > entry.size ? 'more' : String(written)}`,
    { hint: 'It was changed while it was read; run the same command again when nothing writes to it.' },
  );
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}

function internal(entry: Entry, what: string): ToolError {
  return new ToolError('INTERNAL', `the tar entry ${JSON.stringify(entry.path)} cannot be written: ${what}`);
}
