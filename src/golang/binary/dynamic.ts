import { fileRange, segmentTypes } from './elf.ts';
import type { Elf } from './elf.ts';
import type { ByteSource } from './source.ts';
import { unreadable } from './unreadable.ts';
import { readNeededVersions, readDefinedVersions } from './symbol-versions.ts';
import type { NeededVersions } from './symbol-versions.ts';
import { cString, wordsOf } from './words.ts';

/** What an ELF file asks of the dynamic loader, read by address as the loader does, so that no section is needed. */
export interface Dynamic {
  readonly interpreter?: string;
  /** File names, or paths when they hold a slash, in the loader's order. */
  readonly needed: readonly string[];
  readonly soname?: string;
  /** DT_RPATH: searched before everything, and ignored when there is a RUNPATH. */
  readonly rpath: readonly string[];
  readonly runpath: readonly string[];
  readonly versions: readonly NeededVersions[];
  /** Version names that a library offers. */
  readonly defines: readonly string[];
  /**
   * Whether the dynamic strings hold a name, as they do of every function that is taken from, or offered to, other files. Linkers put
   * names that are the end of others into them, so a longer name with this end counts too.
   */
  mentions(name: string): boolean;
}

const tags = {
  end: 0,
  needed: 1,
  stringTable: 5,
  stringSize: 10,
  soname: 14,
  rpath: 15,
  runpath: 29,
  versionsDefined: 0x6ffffffc,
  versionsNeeded: 0x6ffffffe,
} as const;

const longestPath = 4096;
const longestDynamic = 1024 * 1024;
const longestStrings = 64 * 1024 * 1024;

export async function readDynamic(source: ByteSource, elf: Elf): Promise<Dynamic> {
  const interpreter = await readInterpreter(source, elf);
  const entries = await readEntries(source, elf);
  const strings = await readStrings(source, elf, entries);
  const text = (at: number): string => cString(source.name, strings, at);
  const all = (tag: number): string[] =>
    entries.filter((entry) => entry.tag === tag).map((entry) => text(entry.value));
  const one = (tag: number): number | undefined => entries.find((entry) => entry.tag === tag)?.value;
  const paths = (tag: number): string[] =>
    all(tag).flatMap((list) => list.split(':').filter((part) => part !== ''));
  const [soname] = all(tags.soname);
  return {
    ...(interpreter === undefined ? {} : { interpreter }),
    ...(soname === undefined ? {} : { soname }),
    needed: all(tags.needed),
    rpath: paths(tags.rpath),
    runpath: paths(tags.runpath),
    versions: await readNeededVersions(source, elf, one(tags.versionsNeeded), text),
    defines: await readDefinedVersions(source, elf, one(tags.versionsDefined), text),
    mentions: (name) => strings.includes(`${name}\0`, 0, 'latin1'),
  };
}

async function readInterpreter(source: ByteSource, elf: Elf): Promise<string | undefined> {
  const segment = elf.segments.find(({ type }) => type === segmentTypes.interpreter);
  if (!segment) return undefined;
  if (segment.fileSize > longestPath) throw unreadable(source.name, 'its interpreter is no path');
  return cString(source.name, await source.read(segment.offset, segment.fileSize), 0);
}

interface DynamicEntry {
  readonly tag: number;
  readonly value: number;
}

async function readEntries(source: ByteSource, elf: Elf): Promise<DynamicEntry[]> {
  const segment = elf.segments.find(({ type }) => type === segmentTypes.dynamic);
  if (!segment || segment.fileSize === 0) return [];
  if (segment.fileSize > longestDynamic) throw unreadable(source.name, 'its dynamic table is too long');
  const words = wordsOf(source.name, elf, await source.read(segment.offset, segment.fileSize));
  const size = elf.class / 8;
  const entries: DynamicEntry[] = [];
  for (let at = 0; at + 2 * size <= segment.fileSize; at += 2 * size) {
    const tag = words.word(at);
    if (tag === tags.end) break;
    entries.push({ tag, value: words.word(at + size) });
  }
  return entries;
}

async function readStrings(source: ByteSource, elf: Elf, entries: readonly DynamicEntry[]): Promise<Buffer> {
  const address = entries.find(({ tag }) => tag === tags.stringTable)?.value;
  const size = entries.find(({ tag }) => tag === tags.stringSize)?.value ?? 0;
  if (address === undefined || size === 0) return Buffer.alloc(0);
  const range = fileRange(elf, address);
  if (!range || size > range.available || size > longestStrings) {
    throw unreadable(source.name, 'its dynamic string table is not in any loaded segment');
  }
  return source.read(range.offset, size);
}
