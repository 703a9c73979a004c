import type { FileHandle } from 'node:fs/promises';
import { ToolError } from '../core/errors.ts';
import { fileError } from '../core/files.ts';
import type { Entry } from '../layer/entry.ts';
import { blockSize, fields, paddingOf } from '../layer/tar-format.ts';
import { readTar } from '../layer/tar-read.ts';
import { cut } from './range.ts';

/** Bytes of the longest extended header (a long name, attributes) that is read. */
const longestExtension = 1024 * 1024;
/** Bytes of all headers that hold for every later entry: they are read again with each. Archives of git have one, of 1 KiB. */
const mostGlobal = 16 * 1024;
/** Types of headers that only say something about the next: PAX for one entry and for all that follow, GNU long link and name. */
const extensions = 'xgKL';

/** Entries of a tar file and where the content of each begins. Contents are jumped over, not read. */
export async function* scanTar(
  handle: FileHandle,
  file: string,
): AsyncGenerator<{ entry: Entry; at: number }, void, undefined> {
  const end = (await handle.stat()).size;
  const globals: Uint8Array[] = [];
  for (let at = 0; at < end;) {
    const head = await readHead(handle, at, file);
    if (!head) return;
    const entry = await decode([...globals, ...head.parts], file);
    globals.push(...head.globals);
    if (globals.reduce((sum, block) => sum + block.byteLength, 0) > mostGlobal) {
      throw broken(file, 'its global headers are larger than any real ones');
    }
    at = head.end;
    yield { entry, at };
    at += entry.size + paddingOf(entry.size);
    if (at - paddingOf(entry.size) > end) throw cut(file);
  }
}

interface Head {
  /** The header blocks of one entry, in order. */
  readonly parts: readonly Uint8Array[];
  /** Those of them that hold for all later entries too. */
  readonly globals: readonly Uint8Array[];
  readonly end: number;
}

async function readHead(handle: FileHandle, start: number, file: string): Promise<Head | undefined> {
  const parts: Uint8Array[] = [];
  const globals: Uint8Array[] = [];
  for (let at = start; ;) {
    const header = await readAt(handle, at, blockSize, file);
    if (header.every((byte) => byte === 0)) return undefined;
    const type = String.fromCharCode(header[fields.type[0]] ?? 0);
    if (!extensions.includes(type)) return { parts: [...parts, header], globals, end: at + blockSize };
    const size = extensionSize(header, file);
    const whole = await readAt(handle, at, blockSize + size + paddingOf(size), file);
    parts.push(whole);
    if (type === 'g') globals.push(whole);
    if (parts.length > 16) throw broken(file, 'too many extended headers stand before one entry');
    at += whole.byteLength;
  }
}

/** The layer room's reader knows what headers mean; it gets just those of one entry. */
async function decode(parts: readonly Uint8Array[], file: string): Promise<Entry> {
  const headers = (async function* () {
    yield* parts;
  })();
  for await (const entry of readTar(headers)) return entry;
  throw broken(file, 'a header describes nothing');
}

function extensionSize(header: Uint8Array, file: string): number {
  const [from, length] = fields.size;
  const digits = Buffer.from(header.subarray(from, from + length)).toString('latin1');
  const size = /^[ 0]*[0-7]+[ \0]*$/.test(digits) ? Number.parseInt(digits.trim(), 8) : Number.NaN;
  if (Number.isNaN(size) || size > longestExtension)
    throw broken(file, 'an extended header has no sound size');
  return size;
}

async function readAt(handle: FileHandle, at: number, size: number, file: string): Promise<Uint8Array> {
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(size), 0, size, at);
    if (bytesRead < size) throw cut(file);
    return buffer;
  } catch (error) {
    throw fileError(error, 'read', file);
  }
}

function broken(file: string, what: string): ToolError {
  return new ToolError('IMAGE_INVALID', `${file} is no sound tar archive: ${what}`, {
    hint: 'Make or fetch the archive again.',
  });
}
