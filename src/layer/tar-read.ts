import { ToolError } from '../core/errors.ts';
import type { Bytes } from '../oci/image.ts';
import { byteReader, cut } from './byte-reader.ts';
import type { ByteReader } from './byte-reader.ts';
import type { Entry } from './entry.ts';
import { parsePax } from './pax.ts';
import type { PaxRecords } from './pax.ts';
import { blockSize, paddingOf } from './tar-format.ts';
import { toEntry } from './tar-entry.ts';
import type { Extended } from './tar-entry.ts';
import { gnuName, invalid, parseHeader } from './tar-parse.ts';

/** Bytes of all extended headers that one entry may have, and of all global ones of an archive. They are kept in memory. */
const longestHeaders = 1024 * 1024;

/**
 * Reads a tar archive from a stream: USTAR, PAX, GNU's long names and numbers, and what came before. Everything in it is taken to be
 * hostile. A content that is not read is passed over. After the last entry the stream is read to its end; an archive without the
 * closing blocks of zeros is taken when it ends where an entry does, as other tools do.
 * @throws ToolError IMAGE_INVALID (damaged, cut off, endless headers), ARCHIVE_UNSAFE (a path outside the root), UNSUPPORTED
 *   (sparse files)
 */
export async function* readTar(bytes: Bytes): AsyncGenerator<Entry> {
  const reader = byteReader(bytes);
  const globals = globalRecords();
  try {
    for (;;) {
      const entry = await nextEntry(reader, globals);
      if (!entry) break;
      if (entry.type !== 'file') {
        yield entry;
        continue;
      }
      const body = bodyOf(reader, entry);
      yield { ...entry, content: body.open };
      await body.finish();
    }
    await reader.drain();
  } finally {
    await reader.close();
  }
}

/** The header of the next entry with all that is said before it; undefined at the end of the archive. */
async function nextEntry(reader: ByteReader, globals: Globals): Promise<Entry | undefined> {
  let pax: PaxRecords | undefined;
  let longName: string | undefined;
  let longLink: string | undefined;
  let budget = longestHeaders;
  for (;;) {
    const block = await nextBlock(reader);
    const extended = pax !== undefined || longName !== undefined || longLink !== undefined;
    if (!block) {
      if (extended) throw cut();
      return undefined;
    }
    const raw = parseHeader(block);
    if (!'xgLK'.includes(raw.type)) {
      const records: Extended = { pax: globals.merged(pax), longName, longLink };
      return toEntry(raw, records);
    }
    // An empty one has no body but takes a block all the same: there can be no endless row of them.
    budget -= Math.max(raw.size, blockSize);
    if (budget < 0) throw invalid('its extended headers are larger than any real one');
    const body = await extension(reader, raw.size);
    if (raw.type === 'x') pax = once(pax, parsePax(body));
    else if (raw.type === 'L') longName = once(longName, gnuName(body));
    else if (raw.type === 'K') longLink = once(longLink, gnuName(body));
    else globals.add(parsePax(body), raw.size);
  }
}

/** The next header block; undefined at two blocks of zeros or at the end of the stream. */
async function nextBlock(reader: ByteReader): Promise<Uint8Array | undefined> {
  const block = await reader.take(blockSize);
  if (!block || !isZero(block)) return block;
  const second = await reader.take(blockSize);
  if (second && !isZero(second)) throw invalid('a block of zeros stands between its entries');
  return undefined;
}

async function extension(reader: ByteReader, size: number): Promise<Uint8Array> {
  const body = await reader.take(size);
  if (!body) throw cut();
  const copy = body.slice(); // before the reader goes on in a chunk that may be used again
  await reader.skip(paddingOf(size));
  return copy;
}

/** Two headers of the same kind before one entry: readers would differ in which they take. */
function once<T>(before: T | undefined, now: T): T {
  if (before !== undefined) throw invalid('an entry has two extended headers of the same kind');
  return now;
}

interface Globals {
  add(records: PaxRecords, size: number): void;
  /** Global records with an entry's own on top. */
  merged(own: PaxRecords | undefined): PaxRecords;
}

function globalRecords(): Globals {
  const all: PaxRecords = new Map();
  let budget = longestHeaders;
  return {
    add: (records, size) => {
      budget -= Math.max(size, blockSize);
      if (budget < 0) throw invalid('its global headers are larger than any real one');
      for (const [keyword, value] of records) {
        // One name or size for all entries makes no sense, and tools differ in whether they believe it.
        if (
          keyword === 'path' ||
          keyword === 'linkpath' ||
          keyword === 'size' ||
          keyword.startsWith('GNU.sparse.')
        ) {
          throw invalid(`a global header gives all entries the same ${keyword}`);
        }
        all.set(keyword, value);
      }
    },
    merged: (own) => {
      if (all.size === 0) return own ?? new Map();
      return own ? new Map([...all, ...own]) : all;
    },
  };
}

/** A file's content as a stream that can be opened once, and what passes over the rest of it. */
function bodyOf(reader: ByteReader, entry: Entry): { open: () => Bytes; finish: () => Promise<void> } {
  let left = entry.size;
  let state: 'closed' | 'open' | 'gone' = 'closed';
  const late = (): ToolError =>
    new ToolError(
      'INTERNAL',
      `the content of ${JSON.stringify(entry.path)} was read out of its turn in the archive`,
    );
  const chunks = async function* (): AsyncGenerator<Uint8Array> {
    while (left > 0) {
      if (state === 'gone') throw late();
      const part = await reader.some(left);
      if (!part) throw cut();
      left -= part.length;
      yield part;
    }
  };
  return {
    open: () => {
      if (state !== 'closed') throw late();
      state = 'open';
      return chunks();
    },
    finish: async () => {
      state = 'gone';
      await reader.skip(left);
      await reader.skip(paddingOf(entry.size));
    },
  };
}

function isZero(block: Uint8Array): boolean {
  return block.every((byte) => byte === 0);
}
