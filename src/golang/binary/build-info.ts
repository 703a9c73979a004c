import { fileRange } from './elf.ts';
import type { Elf } from './elf.ts';
import { parseModuleInfo } from './module-info.ts';
import type { BuildInfo } from './module-info.ts';
import { findPatterns, loadedRanges } from './scan.ts';
import type { ByteSource } from './source.ts';
import { wordsOf } from './words.ts';

/** What the Go linker wrote about the build: the Go version, and the module text when modules were used. */
export interface GoBuild {
  readonly goVersion: string;
  readonly buildInfo?: BuildInfo;
}

const magic = Buffer.from('\xff Go buildinf:', 'latin1');
const headerSize = 32;
const inlineFlag = 2;
const bigEndianFlag = 1;
/** The text grows with the number of dependencies; the largest known programs have some 200 KiB. */
const longestText = 16 * 1024 * 1024;
const longestVersion = 1024;
/** Marks of 16 bytes before and after the module text, by which the running program finds it. */
const markSize = 16;

/** Finds and reads the build info; undefined when the file has none (not made by Go 1.13 or later). */
export async function readGoBuild(source: ByteSource, elf: Elf): Promise<GoBuild | undefined> {
  const section = elf.sections.find(({ name }) => name === '.go.buildinfo');
  const ranges = section ? [section] : loadedRanges(source, elf, (writable) => writable);
  for await (const at of findPatterns(source, ranges, [magic])) {
    const build = await readAt(source, elf, at);
    if (build) return build;
  }
  return undefined;
}

async function readAt(source: ByteSource, elf: Elf, at: number): Promise<GoBuild | undefined> {
  if (at + headerSize > source.size) return undefined;
  const header = await source.read(at, headerSize);
  const flags = header[15] ?? 0;
  const [version, text] =
    (flags & inlineFlag) === 0
      ? await readPointers(source, elf, at, {
          wordSize: header[14] ?? 0,
          littleEndian: (flags & bigEndianFlag) === 0,
        })
      : await readInline(source, at + headerSize);
  if (!version || !/^[\x20-\x7e]+$/.test(version)) return undefined;
  const buildInfo = text === undefined ? undefined : parseModuleInfo(version, text);
  return { goVersion: version, ...(buildInfo ? { buildInfo } : {}) };
}

type Strings = readonly [version: string | undefined, moduleText?: string | undefined];

/** Go 1.18 and later: two strings, each after its length as a varint. */
async function readInline(source: ByteSource, at: number): Promise<Strings> {
  const version = await readVarString(source, at, longestVersion);
  if (!version) return [undefined];
  const text = await readVarString(source, version.end, longestText);
  return [version.bytes.toString('utf8'), text && unmarked(text.bytes)];
}

async function readVarString(
  source: ByteSource,
  at: number,
  longest: number,
): Promise<{ bytes: Buffer; end: number } | undefined> {
  const head = await source.read(at, Math.min(5, Math.max(0, source.size - at)));
  let length = 0;
  for (let index = 0; index < head.length; index++) {
    const byte = head[index] ?? 0;
    length += (byte & 0x7f) * 128 ** index;
    if (byte < 0x80) {
      const start = at + index + 1;
      if (length > longest || start + length > source.size) return undefined;
      return { bytes: await source.read(start, length), end: start + length };
    }
  }
  return undefined;
}

/** Before Go 1.18: the addresses of two string headers (address and length of the bytes). */
async function readPointers(
  source: ByteSource,
  elf: Elf,
  at: number,
  form: { wordSize: number; littleEndian: boolean },
): Promise<Strings> {
  if (form.wordSize !== 4 && form.wordSize !== 8) return [undefined];
  const wordForm = { class: form.wordSize === 8 ? 64 : 32, littleEndian: form.littleEndian } as const;
  const pointers = wordsOf(source.name, wordForm, await source.read(at + 16, 2 * form.wordSize));
  const stringAt = async (address: number, longest: number): Promise<Buffer | undefined> => {
    const header = await readMemory(source, elf, address, 2 * form.wordSize);
    if (!header) return undefined;
    const words = wordsOf(source.name, wordForm, header);
    const length = words.word(form.wordSize);
    return length > longest ? undefined : readMemory(source, elf, words.word(0), length);
  };
  const version = await stringAt(pointers.word(0), longestVersion);
  const text = await stringAt(pointers.word(form.wordSize), longestText);
  return [version?.toString('utf8'), text && unmarked(text)];
}

async function readMemory(
  source: ByteSource,
  elf: Elf,
  address: number,
  length: number,
): Promise<Buffer | undefined> {
  const range = fileRange(elf, address);
  if (!range || length > range.available || range.offset + length > source.size) return undefined;
  return source.read(range.offset, length);
}

function unmarked(text: Buffer): string | undefined {
  if (text.length < 2 * markSize + 1 || text[text.length - markSize - 1] !== 0x0a) return undefined;
  return text.toString('utf8', markSize, text.length - markSize);
}
