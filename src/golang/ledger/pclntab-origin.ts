import { fileNamePlace } from './functions-files.ts';
import { valueWalker } from './pclntab-values.ts';
import type { FunctionTables } from './pclntab.ts';
import type { BytesReader } from './program-words.ts';

/** What finding a function's origin needs of the tables. */
type Tables = Omit<FunctionTables, 'units' | 'packageOf' | 'functionAt' | 'nameOf'>;

/** Where functions come from whose names name no package: assembler's (`aeshashbody`) and those made for unnamed types. */
export interface Origins {
  /** The package that most functions of a compile unit are of, by the unit's place in cutab; empty before Go 1.16. */
  units(): ReadonlyMap<number, string>;
  /** The package of a function by its unit, else by the directory of its source file; ''. */
  packageOf(index: number): string;
  /**
   * True for a function of C, where Go's own linker took in objects of another compiler (cgo of the standard library, the race detector):
   * these have no lines. What has none but is of a package that has some is made by the linker (`runtime.morestack-tramp0`).
   */
  isOfC(index: number): boolean;
}

export function makeOrigins(reader: BytesReader, tables: Tables): Origins {
  const named = (index: number): string => tables.packageAt(tables.nameOffset(index));
  const { unit } = tables.layoutOfRecord;
  const unitOf = (index: number): number => (unit < 0 ? noUnit : tables.field(index, unit));
  const directoryOf = makeDirectories(reader, tables, unitOf);
  const units = lazily(() => vote(tables.functionCount, unitOf, named, noUnit));
  const directories = lazily(() => vote(tables.functionCount, directoryOf, named, ''));
  const hasLines = (index: number): boolean => tables.field(index, tables.layoutOfRecord.pcfile) !== 0;
  const packages = lazily(() => {
    const found = new Set<string>();
    for (let index = 0; index < tables.functionCount; index++) if (hasLines(index)) found.add(named(index));
    return found;
  });
  return {
    units,
    isOfC: (index) => {
      if (hasLines(index) || /^(?:go|type)[.:]/.test(tables.nameAt(tables.nameOffset(index)))) return false;
      const name = named(index);
      return packages().size > 0 && (name === '' || !packages().has(name));
    },
    packageOf: (index) => {
      if (ofNoPackage(tables.nameAt(tables.nameOffset(index)))) return '';
      return units().get(unitOf(index)) ?? directories().get(directoryOf(index)) ?? '';
    },
  };
}

const noUnit = 0xffffffff;

/**
 * A type made of predeclared types alone is every package's, and what the linker makes is none's. Functions for other unnamed types
 * (`go:struct { net/http.Flusher }.Flush`) are of the unit that they were compiled in.
 */
function ofNoPackage(name: string): boolean {
  if (!/^(?:go|type)[.:]/.test(name)) return false;
  // Tags of fields may hold anything, `go.shape` is no package, and behind the last dot of `go:struct {…}.Flush` is the method.
  const plain = name.replaceAll(/"(?:[^"\\]|\\.)*"/g, '').replaceAll('go.shape.', '');
  const type = /^go[.:]/.test(plain) ? plain.slice(3, Math.max(3, plain.lastIndexOf('.'))) : plain.slice(5);
  return !/[\w%]\.\w/.test(type.replace(/^\.(?:eq|hash)\./, ''));
}

/** The directory of the file that a function begins in. */
function makeDirectories(
  reader: BytesReader,
  tables: Tables,
  unitOf: (index: number) => number,
): (index: number) => string {
  const walker = valueWalker(reader.bytes, tables.pctab.offset + tables.pctab.size, tables.quantum);
  const known = new Map<number, string>();
  return (index) => {
    const at = tables.field(index, tables.layoutOfRecord.pcfile);
    if (at === 0) return '';
    walker.open(tables.pctab.offset + at);
    if (!walker.next() || walker.value < 0) return '';
    const unit = unitOf(index);
    const place = fileNamePlace({ tables, reader }, walker.value + (unit === noUnit ? 0 : unit));
    if (place < 0) return '';
    const before = known.get(place);
    if (before !== undefined) return before;
    const file = reader.text(place, tables.offset + tables.size);
    const directory = file.slice(0, Math.max(0, file.lastIndexOf('/')));
    known.set(place, directory);
    return directory;
  };
}

function lazily<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}

/** For each place, the package that most of its functions with a package are of. */
function vote<P>(
  count: number,
  placeOf: (index: number) => P,
  packageOf: (index: number) => string,
  nowhere: P,
): Map<P, string> {
  const votes = new Map<P, Map<string, number>>();
  for (let index = 0; index < count; index++) {
    const name = packageOf(index);
    const place = name === '' ? nowhere : placeOf(index);
    if (place === nowhere) continue;
    const ofPlace = votes.get(place) ?? new Map<string, number>();
    ofPlace.set(name, (ofPlace.get(name) ?? 0) + 1);
    votes.set(place, ofPlace);
  }
  const winner = (of: Map<string, number>): string =>
    [...of].reduce((best, one) => (one[1] > best[1] ? one : best), ['', 0] as const)[0];
  return new Map([...votes].map(([place, of]) => [place, winner(of)]));
}
