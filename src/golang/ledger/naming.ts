import type { Claims } from './claims.ts';
import type { EmbeddedFile } from './embedded.ts';
import { lastAtMost } from './growing.ts';
import type { Objects } from './objects.ts';
import { nobody } from './owners.ts';
import type { Program } from './program.ts';
import { beginningOf, isText } from './strings.ts';

/** Tells people of data that is worth a line of its own. */
export interface Naming {
  /**
   * An object in [from, to): a long text by how it begins, a large table by its address, as a stripped file has no name for it. What
   * is an embedded file has a name.
   */
  object(from: number, to: number, account: number): void;
  /** Embedded files by name. A file belongs to whom its entry belongs to: the package of the variable. */
  files(objects: Objects, shared: number): void;
}

const longText = 512;
const largeTable = 4096;
const mostNamed = 50_000;

export function makeNaming(program: Program, claims: Claims, files: readonly EmbeddedFile[]): Naming {
  const named = files.slice(0, mostNamed).filter(({ dataAt }) => dataAt >= 0);
  const begins = new Set(named.map(({ dataAt }) => dataAt));
  return {
    object: (from, to, account) => {
      if (to - from < longText || begins.has(from)) return;
      const bytes = program.bytes.subarray(from, to);
      // The last text before other data may have filler behind it.
      const end = bytes.length - trailingZeros(bytes);
      if (end >= longText && isText(bytes.subarray(0, end)))
        claims.name('string', beginningOf(bytes.subarray(0, end)), account, end);
      else if (bytes.length >= largeTable)
        claims.name('data', `table at 0x${program.addressOf(from).toString(16)}`, account, bytes.length);
    },
    files: ({ start, owner }, shared) => {
      for (const { nameAt, nameBytes, entry, bytes } of named) {
        const name = program.bytes.toString('utf8', nameAt, nameAt + nameBytes);
        const account = owner[lastAtMost(start, entry)] ?? nobody;
        claims.name('embedded file', name, account === nobody ? shared : account, bytes);
      }
    },
  };
}

function trailingZeros(bytes: Buffer): number {
  let count = 0;
  while (count < bytes.length && bytes[bytes.length - 1 - count] === 0) count++;
  return count;
}
