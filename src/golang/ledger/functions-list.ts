import type { FunctionWork } from './functions.ts';
import { fileNamePlace } from './functions-files.ts';
import { unescapePath } from './packages-names.ts';
import type { FunctionBytes } from './types.ts';

/** All functions that the linker kept and those that were inlined everywhere, largest first. */
export function listFunctions(work: FunctionWork): FunctionBytes[] {
  const { tables, columns } = work;
  const sourceOf = makeSources(work);
  const kept = new Set<number>();
  const list: FunctionBytes[] = [];
  for (let index = 0; index < tables.functionCount; index++) {
    const offset = tables.nameOffset(index);
    const symbol = tables.nameAt(offset);
    const file = sourceOf(index);
    kept.add(offset);
    const common = {
      name: unescapePath(symbol),
      account: columns.account[index] ?? 0,
      code: columns.code[index] ?? 0,
      inlined: columns.inlined.get(offset)?.bytes ?? 0,
      tables: columns.tables[index] ?? 0,
      generic: isGeneric(symbol),
    };
    if (file === undefined) list.push(common);
    else list.push({ ...common, file, line: lineOf(work, index) });
  }
  for (const [offset, { account, bytes }] of columns.inlined) {
    if (kept.has(offset) || offset >= tables.names.size) continue;
    const symbol = tables.nameAt(offset);
    const size = Buffer.byteLength(symbol) + 1;
    const name = unescapePath(symbol);
    list.push({ name, account, code: 0, inlined: bytes, tables: size, generic: isGeneric(symbol) });
  }
  return list.sort((one, two) => total(two) - total(one));
}

const total = ({ code, inlined, tables }: FunctionBytes): number => code + inlined + tables;
const isGeneric = (symbol: string): boolean => symbol.includes('[') && !/^(?:type|go)[.:]/.test(symbol);

/** Names of source files, one string each. */
function makeSources(work: FunctionWork): (index: number) => string | undefined {
  const { tables, columns, reader } = work;
  const { unit } = tables.layoutOfRecord;
  const files = new Map<number, string>();
  return (index) => {
    const number = columns.file[index] ?? -1;
    if (number < 0) return undefined;
    const key = number + (unit < 0 ? 0 : tables.field(index, unit));
    const known = files.get(key);
    if (known !== undefined) return known;
    const place = fileNamePlace(work, key);
    if (place < 0) return undefined;
    const file = reader.text(place, tables.offset + tables.size);
    files.set(key, file);
    return file;
  };
}

/** Where the function begins (Go 1.20 and later), else the line of its first instruction. */
function lineOf({ tables, columns }: FunctionWork, index: number): number {
  const { startLine } = tables.layoutOfRecord;
  const line = startLine < 0 ? (columns.line[index] ?? 0) : tables.field(index, startLine);
  return line > 0 && line < 2 ** 31 ? line : 0;
}
