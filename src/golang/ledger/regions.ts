import { segmentTypes } from '../binary/elf.ts';
import type { Program } from './program.ts';

/** Where data can be: loaded bytes that are neither code nor function table. Offsets in the file. */
export interface Regions {
  /** True for a byte of data. */
  has(offset: number): boolean;
  /** True for a byte that the program writes to. */
  writable(offset: number): boolean;
  /** The first offset after `offset` at which something else begins, by what headers and moduledata say. */
  barrierAfter(offset: number): number;
  /** Offsets of the data that has pointers: [data, edata). */
  readonly pointers: { readonly from: number; readonly to: number };
  /** Stretches of data that is not written to, in order. */
  readonly readOnly: readonly { readonly from: number; readonly to: number }[];
}

interface Range {
  readonly from: number;
  readonly to: number;
}

/** A file has some ten of them; more are damage, and every question would have to look at all. */
const mostRanges = 100;

/** @param foreign what is of another compiler, whose tables are not laid out as Go's */
export function regionsOf(program: Program, foreign: readonly Range[] = []): Regions {
  const { elf, pclntab, moduledata } = program;
  const ofAddresses = (low: number, high: number): Range => {
    const from = program.offsetOf(low);
    return from < 0 || high <= low ? { from: 0, to: 0 } : { from, to: from + (high - low) };
  };
  const taken: Range[] = [headersOf(program), ...foreign.slice(0, mostRanges)];
  if (pclntab) taken.push({ from: pclntab.offset, to: pclntab.offset + pclntab.size });
  const pointers = ofAddresses(moduledata?.data ?? 0, moduledata?.edata ?? 0);
  const plain = ofAddresses(moduledata?.noptrdata ?? 0, moduledata?.enoptrdata ?? 0);
  if (moduledata) {
    taken.push(ofAddresses(moduledata.text, moduledata.etext));
    taken.push({ from: moduledata.offset, to: moduledata.offset + moduledata.size });
  }
  taken.push(...sectionsWithout(program));
  const segments = elf.segments
    .filter(({ type, fileSize }) => type === segmentTypes.load && fileSize > 0)
    .slice(0, mostRanges)
    .map(({ offset, fileSize }) => ({ from: offset, to: Math.min(offset + fileSize, program.bytes.length) }));
  const free = subtract(segments, taken);
  const within = (ranges: readonly Range[], offset: number): boolean =>
    ranges.some(({ from, to }) => offset >= from && offset < to);
  const barriers = barriersOf(program, [...segments, ...taken, pointers, plain]);
  const readOnly = subtract(free, [pointers, plain]);
  let last = free[0];
  return {
    has: (offset) => {
      if (last && offset >= last.from && offset < last.to) return true;
      const found = free.find(({ from, to }) => offset >= from && offset < to);
      if (found) last = found;
      return found !== undefined;
    },
    writable: (offset) => within([pointers, plain], offset),
    barrierAfter: (offset) => {
      let [low, high] = [0, barriers.length];
      while (low < high) {
        const middle = (low + high) >>> 1;
        if ((barriers[middle] ?? 0) <= offset) low = middle + 1;
        else high = middle;
      }
      return barriers[low] ?? program.bytes.length;
    },
    pointers,
    readOnly,
  };
}

/**
 * What stands before the first section: headers, which are loaded too. Go's linker has the table of sections there, whose offsets and sizes look
 * like pointers to text and their lengths.
 */
function headersOf({ elf, pointer }: Program): Range {
  const programHeaders = pointer === 8 ? 64 + 56 * elf.segments.length : 52 + 32 * elf.segments.length;
  const offsets = elf.sections.flatMap(({ address, offset }) => (address > 0 ? [offset] : []));
  return {
    from: 0,
    to: offsets.reduce((least, offset) => Math.min(least, offset), offsets[0] ?? programHeaders),
  };
}

/** Sections that hold no data of the program's own, though they are loaded. */
const notData = new Set([
  '.interp',
  '.hash',
  '.gnu.hash',
  '.dynsym',
  '.dynstr',
  '.gnu.version',
  '.gnu.version_r',
  '.rel',
  '.rela',
  '.rel.dyn',
  '.rela.dyn',
  '.rel.plt',
  '.rela.plt',
  '.relr.dyn',
  '.dynamic',
  '.got',
  '.got.plt',
  '.plt',
  '.typelink',
  '.itablink',
  '.gosymtab',
  '.gopclntab',
  '.eh_frame',
  '.eh_frame_hdr',
  '.go.buildinfo',
  '.go.module',
  '.go.fipsinfo',
  '.init_array',
  '.fini_array',
  '.text',
  '.init',
  '.fini',
]);

function sectionsWithout(program: Program): Range[] {
  const found = program.elf.sections.flatMap(({ name, address, offset, size }) => {
    const plain = name.startsWith('.data.rel.ro.') ? name.slice('.data.rel.ro'.length) : name;
    return address > 0 && (notData.has(plain) || name.startsWith('.note.'))
      ? [{ from: offset, to: offset + size }]
      : [];
  });
  return found.slice(0, mostRanges);
}

function barriersOf(program: Program, ranges: readonly Range[]): Float64Array {
  const found: number[] = [];
  for (const { from, to } of ranges) found.push(from, to);
  for (const { address, offset, size } of program.elf.sections)
    if (address > 0) found.push(offset, offset + size);
  const { moduledata } = program;
  if (moduledata) {
    const { types, etypes, rodata, gofunc, findfunctab, gcdata, gcbss, typelinks, itablinks } = moduledata;
    for (const address of [
      types,
      etypes,
      rodata,
      gofunc,
      findfunctab,
      gcdata,
      gcbss,
      typelinks.address,
      itablinks.address,
    ])
      if (address > 0) found.push(program.offsetOf(address));
  }
  return Float64Array.from(found.filter((offset) => offset >= 0)).toSorted();
}

/** What is left of `ranges` (in order, apart) without `taken`. */
function subtract(ranges: readonly Range[], taken: readonly Range[]): Range[] {
  let left = [...ranges];
  for (const { from, to } of taken) {
    if (to <= from) continue;
    left = left.flatMap((range) => {
      if (to <= range.from || from >= range.to) return [range];
      return [
        { from: range.from, to: Math.min(range.to, from) },
        { from: Math.max(range.from, to), to: range.to },
      ].filter((part) => part.from < part.to);
    });
  }
  return left;
}
