import type { FunctionWork } from './functions.ts';
import { fileNamePlace } from './functions-files.ts';
import { unescapePath } from './packages-names.ts';
import type { FunctionBytes } from './types.ts';

/** All functions that the linker kept and those that were inlined everywhere, largest first. */
export function listFunctions(work: FunctionWork): FunctionBytes[] {
  const { tables, columns } = work;
  const files = new Map<number, string>();
  const kept = new Set<number>();
  const list: FunctionBytes[] = [];
  for (let index = 0; index < tables.functionCount; index++) {
    const offset = tables.nameOffset(index);
    kept.add(offset);
    list.push({
      ...named(tables.nameAt(offset), columns.account[index] ?? 0),
      code: columns.code[index] ?? 0,
      inlined: columns.inlined.get(offset)?.bytes ?? 0,
      tables: columns.tables[index] ?? 0,
      ...source(work, files, index),
    });
  }
  for (const [offset, { account, bytes }] of columns.inlined) {
    if (kept.has(offset) || offset >= tables.names.size) continue;
    const name = tables.nameAt(offset);
    list.push({ ...named(name, account), code: 0, inlined: bytes, tables: Buffer.byteLength(name) + 1 });
  }
  return list.sort((one, two) => total(two) - total(one));
}

const total = ({ code, inlined, tables }: FunctionBytes): number => code + inlined + tables;

function named(symbol: string, account: number): Pick<FunctionBytes, 'name' | 'account' | 'generic'> {
  return {
    name: unescapePath(symbol),
    account,
    generic: symbol.includes('[') && !symbol.startsWith('type:'),
  };
}

function source(
  work: FunctionWork,
  files: Map<number, string>,
  index: number,
): { file?: string; line?: number } {
  const { tables, columns, reader } = work;
  const { unit, startLine } = tables.layoutOfRecord;
  const number = columns.file[index] ?? -1;
  if (number < 0) return {};
  const place = fileNamePlace(work, number + (unit < 0 ? 0 : tables.field(index, unit)));
  if (place < 0) return {};
  const file = files.get(place) ?? reader.text(place);
  files.set(place, file);
  const line = startLine < 0 ? (columns.line[index] ?? 0) : tables.field(index, startLine);
  return line > 0 && line < 2 ** 31 ? { file, line } : { file };
}
