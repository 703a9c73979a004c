import { elfNumbers, sectionsIn } from './symtab.ts';
import type { ElfNumbers } from './symtab.ts';

/**
 * Offsets at which something begins that a reader follows: headers, sections, their table, the function table and what its header
 * points at.
 */
export function tablesOf(bytes: Buffer): readonly number[] {
  const { header, numbers } = findFunctionTable(bytes);
  const places = new Set([0, numbers.wide ? 64 : 52, numbers.word(numbers.wide ? 40 : 32)]);
  for (const { offset } of sectionsIn(numbers)) places.add(offset);
  const pointer = numbers.wide ? 8 : 4;
  for (const field of [3, 4, 5, 6, 7]) places.add(header + numbers.word(header + 8 + field * pointer));
  return [...places].filter((place) => place >= 0 && place < bytes.length);
}

/** The header of a sound program's function table, in the layout of Go 1.20 and later. @throws Error when there is none */
export function findFunctionTable(bytes: Buffer): { readonly header: number; readonly numbers: ElfNumbers } {
  const numbers = elfNumbers(bytes);
  const magic = bytes[5] === 1 ? [0xf1, 0xff, 0xff, 0xff, 0, 0] : [0xff, 0xff, 0xff, 0xf1, 0, 0];
  // The magic is in the code that checks it, too; what follows it in the table is the least instruction and the size of a pointer.
  for (let at = bytes.indexOf(Buffer.from(magic)); at >= 0; at = bytes.indexOf(Buffer.from(magic), at + 1)) {
    const least = bytes[at + 6] ?? 0;
    if ([1, 2, 4].includes(least) && bytes[at + 7] === (numbers.wide ? 8 : 4)) return { header: at, numbers };
  }
  throw new Error('there is no function table');
}
