import { segmentTypes } from '../binary/elf.ts';
import { layoutCandidates, moduledataLayout } from './moduledata-layout.ts';
import type { ModuledataField } from './moduledata-layout.ts';
import { numbersOf } from './numbers.ts';
import type { Numbers } from './numbers.ts';
import type { Moduledata, Pclntab, Program } from './program.ts';

/** What finding needs: everything of a program but the moduledata itself. */
export type Unfound = Omit<Program, 'moduledata'>;

/** Places that hold the address looked for; a sound file has one or two. */
const mostPlaces = 4096;

/**
 * Finds runtime.moduledata, stripped or not: the aligned word that is pclntab's address, followed by the addresses of the tables within
 * pclntab. In a position-independent file the word may stand in its relocation alone, so that those are looked through as well.
 */
export function findModuledata(program: Unfound): Moduledata | undefined {
  const { pclntab } = program;
  if (!pclntab) return undefined;
  const address = program.addressOf(pclntab.offset);
  if (address <= 0) return undefined;
  const numbers = numbersOf(program);
  for (const offset of places(program, address)) {
    if (!precedesTables(program, numbers, pclntab, address, offset)) continue;
    for (const minor of layoutCandidates(program.minor)) {
      const found = readAs(program, numbers, offset, minor);
      if (found) return found;
    }
  }
  return undefined;
}

function* places(program: Unfound, address: number): Generator<number> {
  const { pointer, bytes, relocations, elf } = program;
  const pattern = Buffer.alloc(pointer);
  const bits = BigInt.asUintN(8 * pointer, BigInt(address));
  if (pointer === 8 && program.littleEndian) pattern.writeBigUInt64LE(bits);
  else if (pointer === 8) pattern.writeBigUInt64BE(bits);
  else if (program.littleEndian) pattern.writeUInt32LE(Number(bits));
  else pattern.writeUInt32BE(Number(bits));
  let left = mostPlaces;
  // The linker has it among what is written: that is a small part of the file.
  const written = elf.segments.filter(({ type, writable }) => type === segmentTypes.load && writable);
  for (const { offset, fileSize } of [...written, { offset: 0, fileSize: bytes.length }]) {
    const part = bytes.subarray(0, offset + fileSize);
    for (
      let hit = part.indexOf(pattern, offset);
      hit >= 0 && left-- > 0;
      hit = part.indexOf(pattern, hit + 1)
    ) {
      if (program.addressOf(hit) % pointer === 0) yield hit;
    }
  }
  for (let index = 0; index < relocations.count && left > 0; index++) {
    if (relocations.target[index] !== address) continue;
    left--;
    const offset = program.offsetOf(relocations.slot[index] ?? -1);
    if (offset >= 0) yield offset;
  }
}

/** The second table begins where pclntab's header says. Before Go 1.16 that was the function table, right after the short header. */
function precedesTables(
  program: Unfound,
  numbers: Numbers,
  pclntab: Pclntab,
  address: number,
  offset: number,
): boolean {
  const { pointer } = program;
  if (pclntab.layout === '1.2') {
    return (
      program.pointerAt(offset + 3 * pointer) === address + 8 + pointer &&
      numbers.word(offset + 4 * pointer) === pclntab.functionCount + 1
    );
  }
  const first = pclntab.offset + 8 + (pclntab.layout === '1.16' ? 2 : 3) * pointer;
  return (
    program.pointerAt(offset + pointer) === address + numbers.word(first) &&
    program.pointerAt(offset + 4 * pointer) === address + numbers.word(first + pointer)
  );
}

/** Reads it in the layout of Go 1.`minor`; undefined when what comes out cannot be. */
function readAs(program: Unfound, numbers: Numbers, offset: number, minor: number): Moduledata | undefined {
  const { fields, size } = moduledataLayout(minor, program.pointer);
  if (offset + size > program.bytes.length) return undefined;
  const address = (field: ModuledataField): number => {
    const at = fields.get(field);
    return at === undefined ? 0 : program.pointerAt(offset + at);
  };
  const plain = (field: ModuledataField, word = 0): number => {
    const at = fields.get(field);
    return at === undefined ? 0 : numbers.word(offset + at + word * program.pointer);
  };
  const types = address('types');
  const itabs = plain('itabsize') > 0 ? types + plain('itaboffset') : 0;
  const found: Moduledata = {
    offset,
    size,
    text: address('text'),
    etext: address('etext'),
    noptrdata: address('noptrdata'),
    enoptrdata: address('enoptrdata'),
    data: address('data'),
    edata: address('edata'),
    rodata: address('rodata'),
    gofunc: address('gofunc'),
    types,
    etypes: address('etypes'),
    typedesclen: plain('typedesclen'),
    itabs: { address: itabs, size: plain('itabsize') },
    typelinks: { address: address('typelinks'), count: plain('typelinks', 1) },
    itablinks: { address: address('itablinks'), count: plain('itablinks', 1) },
    findfunctab: address('findfunctab'),
    gcdata: address('gcdata'),
    gcbss: address('gcbss'),
  };
  return plausible(program, found, address('end')) && slicesFit(program, fields, offset) ? found : undefined;
}

function plausible(program: Unfound, found: Moduledata, end: number): boolean {
  const rising = [
    [found.text, found.etext],
    [found.noptrdata, found.enoptrdata],
    [found.data, found.edata],
    [found.types, found.etypes],
    [found.edata, end],
  ];
  if (rising.some(([low = 0, high = 0]) => low > high)) return false;
  const within = (address: number, bytes: number): boolean =>
    bytes === 0 || (program.offsetOf(address) >= 0 && program.offsetOf(address + bytes - 1) >= 0);
  return (
    program.offsetOf(found.text) >= 0 &&
    within(found.types, found.etypes - found.types) &&
    found.typedesclen <= found.etypes - found.types &&
    within(found.itabs.address, found.itabs.size) &&
    within(found.gcdata, 1)
  );
}

/** Every slice after the plain addresses has a length up to its capacity and lies in the file: with a wrong layout, one of them does not. */
function slicesFit(program: Unfound, fields: ReadonlyMap<ModuledataField, number>, offset: number): boolean {
  const { pointer } = program;
  const slices = ['textsectmap', 'typelinks', 'itablinks', 'ptab', 'pkghashes', 'inittasks'] as const;
  return slices.every((field) => {
    const at = fields.get(field);
    if (at === undefined) return true;
    const [data, length, capacity] = [0, 1, 2].map((word) => program.pointerAt(offset + at + word * pointer));
    if (data === undefined || length === undefined || length !== capacity) return false;
    if (length === 0) return true;
    return length <= program.bytes.length / 4 && program.offsetOf(data) >= 0;
  });
}
