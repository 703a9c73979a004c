/** Where a field of runtime.moduledata is: bytes from its start. */
export type ModuledataField =
  | 'pcHeader'
  | 'funcnametab'
  | 'cutab'
  | 'filetab'
  | 'pctab'
  | 'pclntable'
  | 'ftab'
  | 'findfunctab'
  | 'minpc'
  | 'maxpc'
  | 'text'
  | 'etext'
  | 'noptrdata'
  | 'enoptrdata'
  | 'data'
  | 'edata'
  | 'bss'
  | 'ebss'
  | 'noptrbss'
  | 'enoptrbss'
  | 'covctrs'
  | 'ecovctrs'
  | 'end'
  | 'gcdata'
  | 'gcbss'
  | 'types'
  | 'typedesclen'
  | 'etypes'
  | 'itaboffset'
  | 'itabsize'
  | 'rodata'
  | 'gofunc'
  | 'epclntab'
  | 'textsectmap'
  | 'typelinks'
  | 'itablinks'
  | 'ptab'
  | 'pluginpath'
  | 'pkghashes'
  | 'inittasks'
  | 'modulename'
  | 'modulehashes'
  | 'hasmain'
  | 'masks'
  | 'typemap'
  | 'next';

export interface ModuledataLayout {
  readonly fields: ReadonlyMap<ModuledataField, number>;
  /** Bytes. */
  readonly size: number;
}

/** [field, words, first minor version that has it, first one that no longer has it]; a slice has three words, a string two. */
const table: readonly (readonly [ModuledataField, number, number, number])[] = [
  ['pcHeader', 1, 16, 99],
  ['funcnametab', 3, 16, 99],
  ['cutab', 3, 16, 99],
  ['filetab', 3, 16, 99],
  ['pctab', 3, 16, 99],
  ['pclntable', 3, 5, 99],
  ['ftab', 3, 5, 99],
  ['filetab', 3, 5, 16],
  ['findfunctab', 1, 5, 99],
  ['minpc', 1, 5, 99],
  ['maxpc', 1, 5, 99],
  ['text', 1, 5, 99],
  ['etext', 1, 5, 99],
  ['noptrdata', 1, 5, 99],
  ['enoptrdata', 1, 5, 99],
  ['data', 1, 5, 99],
  ['edata', 1, 5, 99],
  ['bss', 1, 5, 99],
  ['ebss', 1, 5, 99],
  ['noptrbss', 1, 5, 99],
  ['enoptrbss', 1, 5, 99],
  ['covctrs', 1, 20, 99],
  ['ecovctrs', 1, 20, 99],
  ['end', 1, 5, 99],
  ['gcdata', 1, 5, 99],
  ['gcbss', 1, 5, 99],
  ['types', 1, 7, 99],
  ['typedesclen', 1, 27, 99],
  ['etypes', 1, 7, 99],
  ['itaboffset', 1, 27, 99],
  ['itabsize', 1, 27, 99],
  ['rodata', 1, 18, 99],
  ['gofunc', 1, 18, 99],
  ['epclntab', 1, 26, 99],
  ['textsectmap', 3, 8, 99],
  ['typelinks', 3, 5, 27],
  ['itablinks', 3, 7, 27],
  ['ptab', 3, 8, 99],
  ['pluginpath', 2, 8, 99],
  ['pkghashes', 3, 8, 99],
  ['inittasks', 3, 21, 99],
  ['modulename', 2, 5, 99],
  ['modulehashes', 3, 5, 99],
  ['hasmain', 1, 9, 99],
  // Two bit vectors of a 32-bit count and a pointer each.
  ['masks', 4, 5, 99],
  ['typemap', 1, 7, 99],
  ['next', 1, 5, 99],
];

/** The layout in Go 1.`minor` (1.5 is the first one that has moduledata). */
export function moduledataLayout(minor: number, pointer: 4 | 8): ModuledataLayout {
  const fields = new Map<ModuledataField, number>();
  let at = 0;
  for (const [field, words, from, to] of table) {
    if (minor < from || minor >= to) continue;
    fields.set(field, at);
    at += words * pointer;
  }
  return { fields, size: at };
}

/** Minor versions to try, the likeliest first: the one that the file names, then the last of each layout. */
export function layoutCandidates(minor: number): readonly number[] {
  return [...new Set([minor, 27, 26, 25, 20, 19, 17, 15, 8, 7, 6])].filter((candidate) => candidate >= 5);
}
