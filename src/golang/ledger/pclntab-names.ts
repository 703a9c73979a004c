import { isAscii } from 'node:buffer';
import type { BytesReader } from './program-words.ts';
import { packageOfSymbol } from './packages-names.ts';
import type { Range } from './pclntab.ts';

/** Function names by their offset. */
export interface FunctionNames {
  nameAt(offset: number): string;
  /** The package in symbol form; '' when the name names none. */
  packageAt(offset: number): string;
}

/** More names than any program has are read one by one: a string cannot be as long. */
const longestText = 128 * 1024 * 1024;

/**
 * All names are made one string first, of which each is a slice: nearly all are wanted, and a slice costs far less than a string of
 * its own. Names with letters beyond ASCII are read again as UTF-8.
 */
export function functionNames(reader: BytesReader, names: Range): FunctionNames {
  const end = names.offset + names.size;
  let all: string | undefined;
  const plain = isAscii(reader.bytes.subarray(names.offset, end));
  // Names are asked for a few times each. In a hostile file all may be one long name from different places.
  let budget = 64 * names.size + 2 ** 20;
  const nameAt = (offset: number): string => {
    if (!(offset >= 0 && offset < names.size)) return '';
    if (names.size > longestText) return reader.text(names.offset + offset, end);
    const text = (all ??= reader.bytes.toString('latin1', names.offset, end));
    const to = reader.textEnd(names.offset + offset, end) - names.offset;
    const name = text.slice(offset, to);
    budget -= name.length;
    if (budget < 0) return '';
    return !plain && /[\u0080-\u00ff]/.test(name) ? reader.text(names.offset + offset, end) : name;
  };
  // Neighbours mostly are of one package, and each package is to be one string.
  const packages = new Map<string, string>();
  let last = '';
  const packageAt = (offset: number): string => {
    const name = nameAt(offset);
    if (last !== '' && name.startsWith(last) && name[last.length] === '.' && !beyond(name, last.length))
      return last;
    const found = packageOfSymbol(name);
    last = packages.get(found) ?? found;
    packages.set(last, last);
    return last;
  };
  return { nameAt, packageAt };
}

/** Whether the path goes on behind a dot that was thought to end it: `a.b/c.F` is not of `a`. */
function beyond(name: string, dot: number): boolean {
  for (let at = dot + 1; at < name.length; at++) {
    const char = name.codePointAt(at);
    if (char === 0x2f) return true;
    // A parenthesis or bracket: what follows is a receiver or a type argument.
    if (char === 0x28 || char === 0x5b) return false;
  }
  return false;
}
