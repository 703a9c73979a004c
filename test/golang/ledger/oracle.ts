/**
 * Says whether a ledger of a stripped program is true, by what its twin with symbols says: the same build, linked with a symbol
 * table. The linker's table names the code of functions, variables, read-only tables and itabs, each with address and size.
 *
 * How packages are compared: a symbol is of the package that its name begins with, which for an instantiation is the package of the
 * generic function (`slices.SortFunc[…]` is `slices`), and for a wrapper that of the type. The equality function of a named type
 * and the itab of a concrete type are of the type's package. Not compared: symbols that name no package (`type:.eq.[2]string`,
 * constants that programs share, the linker's marks around whole regions), and code that was inlined, as the table knows only
 * whose function it went into; `inlinedDisagreement` looks at that.
 */
import type { ByteKind, Evidence, Ledger, Pieces } from '../../../src/golang/ledger/types.ts';
import { byteKinds, evidences } from '../../../src/golang/ledger/types.ts';
import { goCommand } from '../../components/go.ts';
import { readSymbolTable } from './symtab.ts';
import type { SymbolTable } from './symtab.ts';

export interface Reading {
  readonly ledger: Ledger;
  readonly pieces: Pieces;
}

/** What share of a file is known how, each between 0 and 1 of all its bytes. They sum to 1. */
export interface Shares {
  /** To one package, by evidence that is no estimate. */
  readonly assigned: number;
  readonly shared: number;
  /** Headers, padding, and what else the format needs. */
  readonly structure: number;
  readonly estimated: number;
  readonly none: number;
}

/** @throws Error when the rows do not sum to the size of the file */
export function sharesOf(ledger: Ledger): Shares {
  const sums = { assigned: 0, shared: 0, structure: 0, estimated: 0, none: 0 };
  for (const { account, evidence, bytes } of ledger.rows) {
    const kind = ledger.accounts[account]?.kind ?? 'unattributed';
    if (kind === 'unattributed' || evidence === 'none') sums.none += bytes;
    else if (evidence === 'estimate') sums.estimated += bytes;
    else if (kind === 'package') sums.assigned += bytes;
    else sums[kind] += bytes;
  }
  const sum = Object.values(sums).reduce((total, bytes) => total + bytes, 0);
  if (sum !== ledger.size) throw new Error(`the rows sum to ${sum} of ${ledger.size} bytes`);
  const share = (bytes: number): number => bytes / ledger.size;
  return {
    assigned: share(sums.assigned),
    shared: share(sums.shared),
    structure: share(sums.structure),
    estimated: share(sums.estimated),
    none: share(sums.none),
  };
}

/** A stretch of a file, all of one account, kind and evidence. */
export interface Piece {
  readonly start: number;
  readonly end: number;
  /** Index into the ledger's accounts. */
  readonly account: number;
  readonly kind: ByteKind;
  readonly evidence: Evidence;
}

/** Calls `visit` for every piece in order. @throws Error when pieces are not in order, or do not cover the file */
export function eachPiece({ ledger, pieces }: Reading, visit: (piece: Piece) => void): void {
  const count = pieces.account.length;
  if (ledger.size > 0 && pieces.start[0] !== 0) throw new Error('the first piece is not at the start');
  for (let index = 0; index < count; index++) {
    const start = pieces.start[index] ?? -1;
    const end = index + 1 < count ? (pieces.start[index + 1] ?? -1) : ledger.size;
    if (end <= start) throw new Error(`piece ${index} begins at ${start} and ends at ${end}`);
    const kind = byteKinds[pieces.kind[index] ?? -1];
    const evidence = evidences[pieces.evidence[index] ?? -1];
    const account = pieces.account[index] ?? -1;
    if (kind === undefined || evidence === undefined || !ledger.accounts[account])
      throw new Error(`piece ${index} is of account ${account}, kind ${kind ?? '?'}, ${evidence ?? '?'}`);
    visit({ start, end, account, kind, evidence });
  }
}

export interface Disagreement {
  /** Bytes of loaded sections for which both the stripped reading and the twin's symbols name one package. */
  readonly compared: number;
  /** Those of them for which they name different ones. */
  readonly wrong: number;
  /** Bytes that the symbols give to one package and the reading to several. */
  readonly shared: number;
  /** Bytes that the symbols give to one package and for which the reading has an estimate, structure or nothing. */
  readonly unknown: number;
  /** Bytes of all loaded sections. */
  readonly loaded: number;
  /** Worst first. */
  readonly worst: readonly Wrong[];
}

export interface Wrong {
  readonly symbol: string;
  readonly bytes: number;
  readonly says: string;
  readonly evidence: string;
}

/** Holds the stripped reading against the symbol table in `twin`, a file of the same build. */
export function disagreement(reading: Reading, twin: string): Disagreement {
  const table = readSymbolTable(twin);
  const main = reading.ledger.binary?.buildInfo?.path ?? 'main';
  const sums = { compared: 0, wrong: 0, shared: 0, unknown: 0 };
  const wrong = new Map<string, Wrong>();
  const visitor = symbolsAlongside(table, main);
  eachPiece(reading, ({ start, end, account, kind, evidence }) => {
    if (kind === 'inlined code') return;
    const found = reading.ledger.accounts[account];
    visitor(start, end, (bytes, symbol, path) => {
      if (found?.kind === 'shared') sums.shared += bytes;
      else if (found?.kind !== 'package' || evidence === 'estimate') sums.unknown += bytes;
      else {
        sums.compared += bytes;
        if (found.name === path) return;
        sums.wrong += bytes;
        const key = `${symbol} ${found.name} ${evidence}`;
        const before = wrong.get(key)?.bytes ?? 0;
        wrong.set(key, { symbol, bytes: before + bytes, says: found.name, evidence });
      }
    });
  });
  return {
    ...sums,
    loaded: table.loaded.reduce((sum, { size }) => sum + size, 0),
    worst: [...wrong.values()].sort((one, two) => two.bytes - one.bytes),
  };
}

type Visit = (bytes: number, symbol: string, path: string) => void;

/** A walk along offsets of the file that only goes forward, and tells which symbols that name a package lie under each stretch. */
function symbolsAlongside(
  { loaded, symbols }: SymbolTable,
  main: string,
): (start: number, end: number, visit: Visit) => void {
  const places = symbols
    .flatMap((symbol) => {
      const path = packageNamed(symbol.name, main);
      const section = loaded.find(
        ({ address, size }) => symbol.address >= address && symbol.address < address + size,
      );
      if (path === undefined || !section) return [];
      const start = symbol.address - section.address + section.offset;
      return [{ start, end: start + symbol.size, path, name: symbol.name }];
    })
    .sort((one, two) => one.start - two.start);
  let next = 0;
  return (start, end, visit) => {
    while (next < places.length && (places[next]?.end ?? 0) <= start) next++;
    for (let index = next; index < places.length; index++) {
      const place = places[index];
      if (!place || place.start >= end) return;
      const bytes = Math.min(end, place.end) - Math.max(start, place.start);
      if (bytes > 0) visit(bytes, place.name, place.path);
    }
  };
}

/** Symbols of whole regions, or made up by the linker from everything: they name no owner of their bytes. */
const regions = new Set(
  [
    'text etext rodata erodata types etypes noptrdata enoptrdata data edata bss ebss noptrbss enoptrbss end',
    'pclntab epclntab pcheader funcnametab cutab filetab pctab functab findfunctab esymtab symtab',
    'typelink etypelink itablink eitablink gcdata egcdata gcbss egcbss covctrs ecovctrs textsectionmap',
    'ptab pkghashes modulehashes firstmoduledata lastmoduledatap',
  ].flatMap((line) => line.split(' ').map((name) => `runtime.${name}`)),
);

/** The import path that a symbol's name begins with, as in source; undefined when its name says none. */
export function packageNamed(symbol: string, main: string): string | undefined {
  if (regions.has(symbol)) return undefined;
  const type = /^type(?::\.|\.\.)(?:eq|hash)\.(.*)$/s.exec(symbol)?.[1];
  const itab = /^go(?::|\.)itab\.(.*)$/s.exec(symbol)?.[1];
  if (itab !== undefined) return packageOfType(itab.replace(/^\*/, ''), main);
  if (type !== undefined) return packageOfType(type, main);
  if (/^(?:type|go)[:.]/.test(symbol) || symbol.startsWith('$') || symbol.startsWith('gclocals'))
    return undefined;
  return leadingPath(symbol, main);
}

/** Of a defined type (`net/http.Header`, `list.List[int]`); composed ones are of no package. */
function packageOfType(type: string, main: string): string | undefined {
  return /^[\w~!$+\-./%]+\.[\p{L}_]/u.test(type) && !/^(?:struct|func|map|chan|interface)\b/.test(type)
    ? leadingPath(type, main)
    : undefined;
}

function leadingPath(name: string, main: string): string | undefined {
  const plain = /^[^[({ ,]*/.exec(name)?.[0] ?? '';
  const found = /^((?:[^/]*\/)*[^/.]+)\.[^/]*$/.exec(plain)?.[1];
  if (found === undefined) return undefined;
  // The linker writes dots of a path's last element, and bytes that are not plain, as %xx.
  return found === 'main' ? main : decodeURIComponent(found);
}

/** What `go tool addr2line` says of sampled bytes that the reading calls inlined code: the file, and so the package, of the line there. */
export async function inlinedDisagreement(
  reading: Reading,
  twin: string,
  samples: number,
): Promise<{ readonly compared: number; readonly wrong: readonly string[] }> {
  const { loaded } = readSymbolTable(twin);
  const inlined: { readonly offset: number; readonly account: number }[] = [];
  eachPiece(reading, ({ start, account, kind }) => {
    if (kind === 'inlined code') inlined.push({ offset: start, account });
  });
  const step = Math.max(1, Math.floor(inlined.length / samples));
  const chosen = inlined.filter((_, index) => index % step === 0);
  const addresses = chosen.map(({ offset }) => {
    const section = loaded.find((one) => offset >= one.offset && offset < one.offset + one.size);
    return section ? section.address + offset - section.offset : 0;
  });
  const input = addresses.map((address) => `0x${address.toString(16)}\n`).join('');
  const lines = (await goCommand(['tool', 'addr2line', twin], { input })).split('\n');
  const wrong: string[] = [];
  let compared = 0;
  for (const [index, { account }] of chosen.entries()) {
    const path = packageOfFile(lines[2 * index + 1] ?? '');
    if (path === undefined) continue;
    compared++;
    const says = reading.ledger.accounts[account]?.name ?? '';
    if (says !== path) wrong.push(`${says}, where the line is of ${lines[2 * index + 1] ?? ''}`);
  }
  return { compared, wrong };
}

/** Of `net/http/server.go:12` or `github.com/x/y@v1.2.3/z/z.go:3`, as `-trimpath` writes them. */
function packageOfFile(line: string): string | undefined {
  const directory = /^(.*)\/[^/]*\.(?:go|s):\d+$/.exec(line)?.[1];
  return directory?.replace(/@v[^/]*/, '');
}
