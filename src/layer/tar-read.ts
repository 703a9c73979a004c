import { ToolError } from '../core/errors.ts';
import type { Bytes } from '../oci/image.ts';
import { byteReader, cut } from './byte-reader.ts';
import type { ByteReader } from './byte-reader.ts';
import type { Entry } from './entry.ts';
import { blockSize, paddingOf } from './tar-format.ts';
import { headerReader } from './tar-headers.ts';
import type { HeaderReader } from './tar-headers.ts';
import { invalid, parseHeader } from './tar-parse.ts';

/**
 * Reads a tar archive from a stream: USTAR, PAX, GNU's long names and numbers, and what came before. Everything in it is taken to be
 * hostile. A content that is not read is passed over. After the last entry the stream is read to its end; an archive without the
 * closing blocks of zeros is taken when it ends where an entry does, as other tools do.
 * @throws ToolError IMAGE_INVALID (damaged, cut off, endless headers), ARCHIVE_UNSAFE (a path outside the root), UNSUPPORTED
 *   (sparse files)
 */
export async function* readTar(bytes: Bytes): AsyncGenerator<Entry> {
  const reader = byteReader(bytes);
  const headers = headerReader();
  try {
    for (;;) {
      const entry = await nextEntry(reader, headers);
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
async function nextEntry(reader: ByteReader, headers: HeaderReader): Promise<Entry | undefined> {
  for (;;) {
    const block = await nextBlock(reader);
    if (!block) {
      if (headers.open()) throw cut();
      return undefined;
    }
    const raw = parseHeader(block);
    if (!headers.begin(raw)) return headers.entry(raw);
    headers.extend(await extension(reader, raw.size));
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
