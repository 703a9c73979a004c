import { cPackage } from './accounts.ts';
import type { Claims } from './claims.ts';
import { symbolPackages } from './functions-packages.ts';
import { packageOfSymbol } from './packages-names.ts';
import type { Opened } from './program-open.ts';
import { bytesReader } from './program-words.ts';
import type { BytesReader } from './program-words.ts';
import { sectionFlags } from './sections.ts';
import { partsOfC } from './sections-c.ts';
import type { FullSection } from './sections.ts';

const sectionTypes = { symbols: 2, dynamicSymbols: 11 } as const;
const types = { object: 1, function: 2, section: 3, file: 4 } as const;

/** One entry of .symtab (System V ABI, "Symbol Table"). */
interface Symbol {
  readonly name: number;
  readonly type: number;
  readonly section: number;
  readonly value: number;
  readonly size: number;
}

/**
 * Claims the symbol table and its names, symbol by symbol, and by it the data that has a symbol of its own. Go's functions are
 * charged by pclntab, which knows their inlined parts; a function that is not there is C's.
 */
export function claimSymbols(opened: Opened, claims: Claims): void {
  const { sections } = opened.layout;
  const whole = sections.filter(({ type }) => type === sectionTypes.symbols);
  // A plugin that was stripped still names all that it has to the loader.
  const told = opened.tables ? sections.filter(({ type }) => type === sectionTypes.dynamicSymbols) : [];
  // There is one; a hostile file may have thousands over the same bytes.
  for (const table of (whole.length > 0 ? whole : told).slice(0, 2)) {
    const names = opened.layout.sections[table.link];
    if (!names) continue;
    const read = ({ offset, size }: FullSection, work: (reader: BytesReader) => void): void => {
      opened.file.use(offset, offset + size, (bytes) => work(bytesReader(bytes, opened.program)));
    };
    read(table, (entries) => {
      read(names, (texts) => {
        claimTable(opened, claims, { table, names, entries, texts });
      });
    });
  }
}

/** A symbol table and the section with its names. */
interface SymbolTable {
  readonly table: FullSection;
  readonly names: FullSection;
  readonly entries: BytesReader;
  readonly texts: BytesReader;
}

function claimTable(opened: Opened, claims: Claims, { table, names, entries, texts }: SymbolTable): void {
  const { layout, tables, program } = opened;
  const wide = program.class === 64;
  const size = wide ? 24 : 16;
  const structure = claims.other('structure', 'symbol table');
  claims.add(table.offset, size, structure, 'symbol table', 'structure');
  claims.add(names.offset, 1, structure, 'symbol table', 'structure');
  // Without Go's own table, only the file's form is known.
  const other = tables ? claims.package('') : claims.package(cPackage);
  const ownerOf = ownersOfSymbols(opened);
  for (let at = size; at + size <= table.size; at += size) {
    const symbol = readSymbol(entries, at, wide);
    const from = symbol.name;
    const to = from < names.size ? texts.textEnd(from) : from;
    const owner = ownerOf(symbol, () => texts.text(from, to));
    const account = owner === undefined ? structure : owner === '' ? other : claims.package(owner);
    const evidence = owner === undefined ? 'structure' : 'symbol';
    claims.add(table.offset + at, size, account, 'symbol table', evidence);
    if (from > 0 && to > from)
      claims.add(names.offset + from, to + 1 - from, account, 'symbol table', evidence);
    const section = layout.sections[symbol.section];
    if (owner && section && symbol.size > 0)
      claimPlace(claims, { symbol, section, owner, account, name: () => texts.text(from, to) });
  }
}

function readSymbol(reader: BytesReader, at: number, wide: boolean): Symbol {
  return wide
    ? {
        name: reader.u32(at),
        type: reader.u8(at + 4) & 15,
        section: reader.u16(at + 6),
        value: reader.word(at + 8),
        size: reader.word(at + 16),
      }
    : {
        name: reader.u32(at),
        type: reader.u8(at + 12) & 15,
        section: reader.u16(at + 14),
        value: reader.u32(at + 4),
        size: reader.u32(at + 8),
      };
}

/** The package of a symbol, in symbol form; '' when it is of none, undefined when it is the format's own. */
type OwnerOf = (symbol: Symbol, name: () => string) => string | undefined;

/** C's own names may have a dot in them too (`sqlite3Update.part.0`, `table.12`), and are no packages. */
function ownersOfSymbols(opened: Opened): OwnerOf {
  const { tables, program } = opened;
  if (!tables) return ({ type }) => (type === types.section || type === types.file ? undefined : cPackage);
  const foreign = partsOfC(opened);
  const packages = foreign.length > 0 ? symbolPackages(tables) : new Set<string>();
  const ofData = (value: number, name: string): string => {
    const found = ownerOfData(name);
    if (foreign.length === 0 || found.includes('/') || packages.has(found)) return found;
    const offset = program.offsetOf(value);
    const inside = foreign.some(({ from, to }) => offset >= from && offset < to);
    return inside || found !== '' || (offset < 0 && /^\w+$/.test(name)) ? cPackage : '';
  };
  return ({ type, value }, name) => {
    if (type === types.section || type === types.file) return undefined;
    if (type === types.function) {
      const index = tables.functionAt(value);
      if (index >= 0) return tables.packageOf(index);
      if (program.offsetOf(value) >= 0) return ofData(value, name()) || cPackage;
    }
    return ofData(value, name());
  };
}

/** An itab's name is of the concrete type before the comma: `go:itab.*net/http.conn,net.Conn`. */
function ownerOfData(name: string): string {
  const concrete = /^go[:.]itab\.\*?([^,]+),/.exec(name)?.[1];
  return packageOfSymbol(concrete ?? name);
}

interface Placed {
  readonly symbol: Symbol;
  readonly section: FullSection;
  readonly owner: string;
  readonly account: number;
  name(): string;
}

/** Bytes from which on data is worth a name. */
const longData = 1024;

/** What the linker made of many packages' parts and named in the runtime's name. */
const linkerMade =
  /^runtime\.(?:e?(?:text|rodata|types|data|bss|noptrdata|noptrbss|gcdata|gcbss|pclntab|symtab)|findfunctab|typelink|itablink|gcbits\..*|firstmoduledata)$|^go[:.]itab\./;

function claimPlace(claims: Claims, placed: Placed): void {
  const { symbol, section, owner, account } = placed;
  const loaded = (section.flags & sectionFlags.loaded) !== 0 && section.size > 0;
  const code = (section.flags & sectionFlags.code) !== 0;
  const offset = symbol.value - section.address + section.offset;
  const inside = offset >= section.offset && offset + symbol.size <= section.offset + section.size;
  if (!loaded || !inside) return;
  if (symbol.type === types.function && owner === cPackage) {
    claims.add(offset, symbol.size, account, 'code', 'symbol');
    return;
  }
  if (symbol.type !== types.object || code) return;
  const name = placed.name();
  if (linkerMade.test(name)) return;
  const writable = (section.flags & sectionFlags.write) !== 0;
  claims.add(offset, symbol.size, account, writable ? 'data' : 'read-only data', 'symbol');
  if (symbol.size >= longData) claims.name('data', name, account, symbol.size);
}
