import type { FunctionWork } from './functions.ts';
import type { BytesReader } from './program-words.ts';
import { sortedBy } from './resolve-sort.ts';

/** Longest that one function's data can be when nothing says where it ends: the one that is last. */
const longestLast = 64;
/** Up to Go 1.17 other data may stand between them; what has no size of its own (inline trees, stack objects) is not longer. */
const longestApart = 2048;

/**
 * Claims what functions refer to besides their code: stack maps, inline trees, arguments' forms. The linker puts them in a row, each
 * once; so each reaches up to the next one. What several packages refer to is shared.
 */
export function claimFuncdata({ program, reader, tables, claims, columns, place }: FunctionWork): void {
  let total = 0;
  for (let index = 0; index < tables.functionCount; index++) total += tables.funcdataCount(index);
  const offsets = new Uint32Array(total);
  const owners = new Uint32Array(total);
  const stackMap = new Uint8Array(total);
  const apart = tables.layout === '1.2' || tables.layout === '1.16';
  let count = 0;
  for (let index = 0; index < tables.functionCount; index++) {
    for (let table = 0; table < tables.funcdataCount(index); table++) {
      const at = place(index, table);
      if (at < 0) continue;
      offsets[count] = at;
      owners[count] = index;
      stackMap[count] = table < 2 ? 1 : 0;
      count++;
    }
  }
  const order = sortedBy(offsets.subarray(0, count));
  for (let from = 0; from < count;) {
    const at = offsets[order[from] ?? 0] ?? 0;
    let to = from;
    while (to < count && offsets[order[to] ?? 0] === at) to++;
    const next = to < count ? (offsets[order[to] ?? 0] ?? 0) : at + longestLast;
    const own =
      stackMap[order[from] ?? 0] === 1 ? stackMapSize(reader, at) : apart ? longestApart : next - at;
    const size = Math.min(next - at, own);
    const kind = at >= tables.offset && at < tables.offset + tables.size ? 'pclntab' : 'read-only data';
    let before = -1;
    for (let each = from; each < to; each++) {
      const index = owners[order[each] ?? 0] ?? 0;
      const account = columns.account[index] ?? 0;
      if (each === from) columns.tables[index] = (columns.tables[index] ?? 0) + size;
      if (account !== before)
        claims.add(at, Math.min(size, program.bytes.length - at), account, kind, 'pclntab');
      before = account;
    }
    from = to;
  }
}

/** A stack map: how many bitmaps, the bits of each, the bitmaps (runtime.stackmap). */
function stackMapSize(reader: BytesReader, at: number): number {
  return 8 + reader.u32(at) * Math.ceil(reader.u32(at + 4) / 8);
}

/** Bytes of text that an entry of runtime.findfunctab is for, and bytes of the entry. */
const bucketText = 4096;
const bucketSize = 20;

/** Claims the index over functab: an entry is of the package that has all of its text, else shared. */
export function claimFindFunctions({ program, tables, claims, columns }: FunctionWork): void {
  const address = program.moduledata?.findfunctab ?? 0;
  const offset = address > 0 ? program.offsetOf(address) : -1;
  const start = tables.entry[0] ?? 0;
  const end = tables.entry[tables.functionCount] ?? 0;
  const count = Math.ceil((end - start) / bucketText);
  if (offset < 0 || !(count > 0) || offset + count * bucketSize > program.bytes.length) return;
  let index = 0;
  for (let bucket = 0; bucket < count; bucket++) {
    const to = start + (bucket + 1) * bucketText;
    while (index + 1 < tables.functionCount && (tables.entry[index + 1] ?? 0) <= to - bucketText) index++;
    let owner = columns.account[index] ?? 0;
    for (let next = index + 1; next < tables.functionCount && (tables.entry[next] ?? 0) < to; next++) {
      if (columns.account[next] !== owner) owner = claims.other('shared', 'shared');
    }
    claims.add(offset + bucket * bucketSize, bucketSize, owner, 'pclntab', 'pclntab');
  }
}
