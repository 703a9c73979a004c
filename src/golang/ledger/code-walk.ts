import { referenceWalk } from './code-references.ts';
import { codeWindows } from './code-windows.ts';
import type { InlineOwners } from './inline-owners.ts';
import { nobody } from './owners.ts';
import type { Opened } from './program-open.ts';
import type { Regions } from './regions.ts';

/** What is told of code. `owner` is never -1. */
export interface Told {
  /** It speaks of data. @param target offset in the file */
  data(target: number, owner: number): void;
  /** As `data`, of a variable, by code of the owner's that was inlined into another package's. */
  inside(target: number, owner: number): void;
  /** It calls a function, or speaks of its code. */
  call(index: number, owner: number): void;
  /** Code of a package was inlined into that of another. */
  inlines(inlined: number, owner: number): void;
}

/** Functions lie apart. Where a damaged table has them overlap, the code is gone through this often at most. */
const mostWalks = 4;

/**
 * Tells each reference from code to data and to other code, with the owner of the code that refers.
 * @returns why not all of it could be read, as a sentence; undefined when it was
 */
export function walkCode(
  { program, file }: Opened,
  regions: Regions,
  owners: { readonly ofFunction: (index: number) => number; readonly inlined: InlineOwners },
  tell: Told,
): string | undefined {
  const { pclntab, littleEndian } = program;
  const make = referenceWalk(program.elf.machine);
  if (!make)
    return `The instructions of ${program.elf.machine} cannot be read here: data that only code refers to has no owner.`;
  if (!pclntab || pclntab.functionCount === 0) return undefined;
  const { entry, functionCount } = pclntab;
  const text = program.offsetOf(entry[0] ?? 0);
  if (text < 0) return undefined;
  const [low, high] = [entry[0] ?? 0, entry[functionCount] ?? 0];
  const lately = new Float64Array(1 << 16);
  let owner = -1;
  let start = 0;
  const found = (at: number, address: number): void => {
    if (address >= low && address < high) {
      // Most calls and jumps stay within the package; those repeated are told once.
      const key = address * 2 ** 20 + owner;
      if (owner < 0 || lately[address & 0xffff] === key) return;
      lately[address & 0xffff] = key;
      tell.call(pclntab.functionAt(address), owner);
      return;
    }
    const target = program.offsetOf(address);
    if (target < 0 || !regions.has(target)) return;
    if (owner < 0) return;
    // A variable is named by the source that the instruction was written in; what is constant, by whoever passes it.
    const inside = regions.writable(target) ? owners.inlined.at(at - start) : nobody;
    if (inside === nobody || inside === owner) tell.data(target, owner);
    else tell.inside(target, inside);
  };
  const inlines = (account: number): void => {
    if (account !== nobody && account !== owner) tell.inlines(account, owner);
  };
  const code = codeWindows(file, { from: text, to: Math.min(program.size, text + high - low), entry });
  const walk = make({ bytes: code.bytes, littleEndian }, found);
  const base = low - text;
  let budget = mostWalks * program.size;
  for (let index = 0; index < functionCount; index++) {
    const from = program.offsetOf(entry[index] ?? 0);
    const size = (entry[index + 1] ?? 0) - (entry[index] ?? 0);
    owner = owners.ofFunction(index);
    // Code in another segment would have another base; the linker writes one.
    if (from < 0 || size <= 0 || from - text !== (entry[index] ?? 0) - (entry[0] ?? 0)) continue;
    budget -= size;
    if (budget < 0) return 'Functions overlap more than they can in a program: not all code was read.';
    const shift = code.show(from, from + size);
    start = from - shift;
    owners.inlined.open(index);
    if (owner >= 0) owners.inlined.each(inlines);
    walk(start, start + size, base + shift);
  }
  return undefined;
}
