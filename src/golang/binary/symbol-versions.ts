import { fileRange } from './elf.ts';
import type { Elf } from './elf.ts';
import type { ByteSource } from './source.ts';
import { unreadable } from './unreadable.ts';
import { wordsOf } from './words.ts';
import type { Words } from './words.ts';

/** Symbol versions (`GLIBC_2.34`) that must be defined by one library. Weak ones are left out: the loader does not insist on them. */
export interface NeededVersions {
  readonly library: string;
  readonly names: readonly string[];
}

const weak = 2;
/** Bytes read of a version table; glibc's own is under 4 KiB. */
const longestTable = 256 * 1024;
/** Entries looked at in one table, so that crossed links cannot keep us busy. */
const mostEntries = 16_384;

/** DT_VERNEED: Elf_Verneed records linked by byte distance, each with a list of Elf_Vernaux. */
export async function readNeededVersions(
  source: ByteSource,
  elf: Elf,
  address: number | undefined,
  text: (at: number) => string,
): Promise<NeededVersions[]> {
  const table = await readTable(source, elf, address);
  if (!table) return [];
  let left = mostEntries;
  const found: NeededVersions[] = [];
  for (const at of chain(table, 0, 12)) {
    const names: string[] = [];
    for (const aux of chain(table, at + table.u32(at + 8), 12)) {
      if (left-- <= 0) throw unreadable(source.name, 'its version table does not end');
      if ((table.u16(aux + 4) & weak) === 0) names.push(text(table.u32(aux + 8)));
    }
    found.push({ library: text(table.u32(at + 4)), names });
  }
  return found;
}

/** DT_VERDEF: Elf_Verdef records; the first name of each is the version's. */
export async function readDefinedVersions(
  source: ByteSource,
  elf: Elf,
  address: number | undefined,
  text: (at: number) => string,
): Promise<string[]> {
  const table = await readTable(source, elf, address);
  if (!table) return [];
  return [...chain(table, 0, 16)].map((at) => text(table.u32(at + table.u32(at + 12))));
}

async function readTable(
  source: ByteSource,
  elf: Elf,
  address: number | undefined,
): Promise<Words | undefined> {
  if (address === undefined || address === 0) return undefined;
  const range = fileRange(elf, address);
  if (!range) throw unreadable(source.name, 'its version table is not in any loaded segment');
  const length = Math.min(range.available, longestTable, Math.max(0, source.size - range.offset));
  return wordsOf(source.name, elf, await source.read(range.offset, length));
}

/** Positions of records that give the distance to the next one at `link`; zero ends the list. Distances only lead forward. */
function* chain(table: Words, first: number, link: number): Generator<number> {
  let at = first;
  for (let count = 0; count < mostEntries; count++) {
    yield at;
    const step = table.u32(at + link);
    if (step === 0) return;
    at += step;
  }
}
