import type { Claims } from './claims.ts';
import { funcdataPlace, inlineForm, inlineTrees } from './inline.ts';
import { nobody } from './owners.ts';
import { valueWalker } from './pclntab-values.ts';
import type { Opened } from './program-open.ts';

/** Whose source an instruction was written in, where code of several packages was inlined into one function. */
export interface InlineOwners {
  /** Goes to a function. */
  open(index: number): void;
  /**
   * The account of the package that names the variables which the instruction speaks of: that of the function inlined there. A method with a
   * pointer receiver speaks of the receiver too, which who calls it names. `nobody` where nothing is inlined, or only such methods.
   * @param at bytes from the function's entry
   */
  at(at: number): number;
  /** Told each package of which something was inlined into the function. */
  each(visit: (account: number) => void): void;
}

/** Calls that are followed outwards; deeper nesting is damage. */
const deepest = 64;
const few = 16;

export function inlineOwners({ program, reader, tables }: Opened, claims: Claims): InlineOwners {
  if (!tables) return { open: () => undefined, at: () => nobody, each: () => undefined };
  const place = funcdataPlace(program, tables);
  const trees = inlineTrees(reader, tables, place, inlineForm(tables.layout, program.minor));
  // Account * 2, and 1 for a method with a pointer receiver: there are a hundred thousand names.
  const names = new Map<number, number>();
  const named = (offset: number): number => {
    const known = names.get(offset);
    if (known !== undefined) return known;
    const inside = offset < tables.names.size;
    const symbol = inside ? tables.packageAt(offset) : '';
    const account = symbol === '' ? nobody : claims.package(symbol);
    const found = 2 * account + (inside && tables.nameAt(offset).includes('.(*') ? 1 : 0);
    names.set(offset, found);
    return found;
  };
  const walker = valueWalker(reader.bytes, tables.pctab.offset + tables.pctab.size, tables.quantum);
  const ends: number[] = [];
  const values: number[] = [];
  let [tree, table, ready] = [-1, 0, true];
  const read = (): void => {
    ready = true;
    ends.length = values.length = 0;
    if (table === 0 || tree < 0) return;
    walker.open(tables.pctab.offset + table);
    while (walker.next()) {
      ends.push(walker.pc);
      values.push(walker.value);
    }
  };
  const entryAt = (at: number): number => {
    let [low, high] = [0, ends.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((ends[middle] ?? 0) <= at) low = middle + 1;
      else high = middle;
    }
    return values[low] ?? -1;
  };
  return {
    open: (index) => {
      table = trees.table(index);
      tree = table === 0 ? -1 : trees.tree(index);
      ready = false;
    },
    at: (at) => {
      if (!ready) read();
      if (ends.length === 0) return nobody;
      let entry = entryAt(at);
      for (let depth = 0; entry >= 0 && depth < deepest; depth++) {
        const found = named(trees.name(tree, entry));
        if ((found & 1) === 0) return found >> 1;
        const call = trees.call(tree, entry);
        if (call < 0) return nobody;
        entry = entryAt(call);
      }
      return nobody;
    },
    each: (visit) => {
      if (!ready) read();
      for (const entry of distinct(values)) if (entry >= 0) visit(named(trees.name(tree, entry)) >> 1);
    },
  };
}

/** Most functions have few entries or none: for those a set costs more than looking. */
function distinct(values: readonly number[]): Iterable<number> {
  return values.length < few
    ? values.filter((value, index) => values.indexOf(value) === index)
    : new Set(values);
}
