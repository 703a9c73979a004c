import type { Claims } from './claims.ts';
import { claimFuncdata, claimFindFunctions } from './funcdata.ts';
import { claimFileNames } from './functions-files.ts';
import type { FileUse } from './functions-files.ts';
import { claimUnits } from './functions-units.ts';
import { listFunctions } from './functions-list.ts';
import { funcdataPlace, inlineForm, inlineTrees } from './inline.ts';
import type { FuncdataPlace, InlineTrees } from './inline.ts';
import { skipTable, valueWalker } from './pclntab-values.ts';
import type { TableEnd, ValueWalker } from './pclntab-values.ts';
import type { FunctionTables } from './pclntab.ts';
import type { Opened } from './program-open.ts';
import type { BytesReader } from './program-words.ts';
import type { Program } from './program.ts';
import type { FunctionBytes } from './types.ts';

/** What is known of every function, in columns. */
export interface FunctionColumns {
  readonly account: Int32Array;
  /** Bytes of its own code. */
  readonly code: Uint32Array;
  /** Bytes of the tables that are first used by it. */
  readonly tables: Uint32Array;
  /** Number of its first source file within its unit; -1. */
  readonly file: Int32Array;
  readonly line: Int32Array;
  /** Bytes inlined into others, and the account, by the name's offset. */
  readonly inlined: Map<number, { account: number; bytes: number }>;
}

/** Everything that claiming the function tables needs. */
export interface FunctionWork {
  readonly program: Program;
  readonly reader: BytesReader;
  readonly tables: FunctionTables;
  readonly claims: Claims;
  readonly columns: FunctionColumns;
  readonly place: FuncdataPlace;
  readonly inline: InlineTrees;
  /** Bytes of pctab that some function was charged with already, a bit each. */
  readonly seen: Uint8Array;
}

/** Claims the code of all functions and the tables that describe them. @returns the functions, largest first */
export function claimFunctions({ program, reader, tables }: Opened, claims: Claims): FunctionBytes[] {
  if (!tables) return [];
  const count = tables.functionCount;
  const place = funcdataPlace(program, tables);
  const columns: FunctionColumns = {
    account: new Int32Array(count),
    code: new Uint32Array(count),
    tables: new Uint32Array(count),
    file: new Int32Array(count).fill(-1),
    line: new Int32Array(count),
    inlined: new Map(),
  };
  const inline = inlineTrees(reader, tables, place, inlineForm(tables.layout, program.minor));
  const seen = new Uint8Array(Math.ceil(tables.pctab.size / 8));
  const work: FunctionWork = { program, reader, tables, claims, columns, place, inline, seen };
  const files: FileUse = new Map();
  claimHeader(work);
  claimRecords(work);
  const walk = makeWalk(work, files);
  for (let index = 0; index < count; index++) {
    if (walk(index)) continue;
    claims.problem(
      'The tables of its functions overlap more than they can in a program; the rest was left out.',
    );
    break;
  }
  claimUnits(work);
  claimFileNames(work, files);
  claimFuncdata(work);
  claimFindFunctions(work);
  return listFunctions(work);
}

function claimHeader({ tables, claims }: FunctionWork): void {
  const account = claims.other('structure', 'function table');
  claims.add(tables.header.offset, tables.header.size, account, 'pclntab', 'structure');
  const { offset, size } = tables.functab;
  const last = size % 8 === 0 ? 8 : 4;
  claims.add(offset + size - last, last, account, 'pclntab', 'structure');
  // Offset 0 means "no table", so the first byte is no one's.
  if (tables.layout !== '1.2') claims.add(tables.pctab.offset, 1, account, 'pclntab', 'structure');
}

/**
 * Functions' entries in functab, their records and their names. One kind after the other: those of one package mostly are neighbours, and
 * make one claim.
 */
function claimRecords({ tables, claims, columns, reader }: FunctionWork): void {
  const { functionCount, functab, names, record } = tables;
  const entry = 2 * Math.floor(functab.size / (2 * functionCount + 1));
  const claim = (index: number, offset: number, size: number): void => {
    claims.add(offset, size, columns.account[index] ?? 0, 'pclntab', 'pclntab');
    columns.tables[index] = (columns.tables[index] ?? 0) + size;
  };
  for (let index = 0; index < functionCount; index++) {
    columns.account[index] = claims.package(tables.packageOf(index));
    claim(index, functab.offset + index * entry, entry);
  }
  for (let index = 0; index < functionCount; index++)
    claim(index, record[index] ?? 0, tables.recordSize(index));
  const end = names.offset + names.size;
  for (let index = 0; index < functionCount; index++) {
    const name = names.offset + tables.nameOffset(index);
    if (name < end) claim(index, name, reader.textEnd(name, end) + 1 - name);
  }
}

/** How often tables are walked that several functions share: in programs, each byte twice at most. */
const mostWalks = 16;

/**
 * Walks a function's tables once: how long its code is, what was inlined where, which files it names. False when a hostile file has
 * used up what work its size allows.
 */
function makeWalk(work: FunctionWork, files: FileUse): (index: number) => boolean {
  const { tables, columns, claims, reader, program } = work;
  const end = tables.pctab.offset + tables.pctab.size;
  const [one, two] = [
    valueWalker(reader.bytes, end, tables.quantum),
    valueWalker(reader.bytes, end, tables.quantum),
  ];
  const { pcsp, pcfile, pcln } = tables.layoutOfRecord;
  const found: TableEnd = { at: 0, pc: 0 };
  let budget = mostWalks * tables.pctab.size + 2 ** 20;
  const length = (index: number, place: number): number => {
    if (place === 0) return 0;
    const from = tables.pctab.offset + place;
    skipTable(reader.bytes, from, end, found);
    claimTable(work, index, from, found.at);
    budget -= found.at - from;
    return found.pc * tables.quantum;
  };
  const charge = makeCharge(work);
  return (index) => {
    const entry = tables.entry[index] ?? 0;
    const room = Math.max(0, (tables.entry[index + 1] ?? 0) - entry);
    const lines = tables.field(index, pcln);
    if (lines !== 0) columns.line[index] = firstValue(one, tables.pctab.offset + lines);
    // In the order in which the linker writes them.
    const filesAt = tables.field(index, pcfile);
    const longest = Math.max(
      length(index, tables.field(index, pcsp)),
      length(index, filesAt),
      length(index, lines),
    );
    for (let table = 0; table < tables.pcdataCount(index); table++)
      length(index, tables.pcdata(index, table));
    if (budget < 0) return false;
    const size = Math.min(room, longest);
    const offset = program.offsetOf(entry);
    if (size === 0) {
      claims.add(offset, offset < 0 ? 0 : room, columns.account[index] ?? 0, 'code', 'pclntab');
      columns.code[index] = room;
      return true;
    }
    walkRuns(work, { index, size, offset, filesAt }, { files, inlined: one, file: two, charge });
    return true;
  };
}

function firstValue(walker: ValueWalker, at: number): number {
  walker.open(at);
  walker.next();
  return walker.value;
}

/** Claims a table of values; the first function that uses it has its bytes among its tables. */
function claimTable(
  { tables, claims, columns, seen }: FunctionWork,
  index: number,
  from: number,
  to: number,
): void {
  claims.add(from, to - from, columns.account[index] ?? 0, 'pclntab', 'pclntab');
  const first = from - tables.pctab.offset;
  const bit = 1 << (first & 7);
  const bits = seen[first >>> 3];
  if (bits === undefined || (bits & bit) !== 0) return;
  seen[first >>> 3] = bits | bit;
  columns.tables[index] = (columns.tables[index] ?? 0) + to - from;
}

type Charge = (name: number, index: number) => number;

/** The account of an inlined function, by its name's offset; its name is claimed when it is met first. */
function makeCharge(work: FunctionWork): Charge {
  const { tables, claims, columns, reader } = work;
  const names = tables.names;
  return (name, index) => {
    const known = columns.inlined.get(name);
    if (known) return known.account;
    const symbol = isName(work, name) ? tables.packageAt(name) : '';
    const account = symbol === '' ? (columns.account[index] ?? 0) : claims.package(symbol);
    columns.inlined.set(name, { account, bytes: 0 });
    if (isName(work, name)) {
      const from = names.offset + name;
      claims.add(
        from,
        reader.textEnd(from, names.offset + names.size) + 1 - from,
        account,
        'pclntab',
        'pclntab',
      );
    }
    return account;
  };
}

/** Whether a name begins there; a damaged tree may point anywhere. Before Go 1.16 names stand among other data. */
function isName({ tables, reader }: FunctionWork, name: number): boolean {
  const { offset, size } = tables.names;
  return name < size && (tables.layout === '1.2' || name === 0 || reader.u8(offset + name - 1) === 0);
}

interface OneFunction {
  readonly index: number;
  /** Bytes of code. */
  readonly size: number;
  /** In the file; -1 when its code is not there. */
  readonly offset: number;
  readonly filesAt: number;
}

interface RunTools {
  readonly files: FileUse;
  readonly inlined: ValueWalker;
  readonly file: ValueWalker;
  readonly charge: Charge;
}

/** Goes through the runs of equal (inlined function, file) of a function's code. */
function walkRuns(work: FunctionWork, of: OneFunction, tools: RunTools): void {
  const { tables, columns, inline } = work;
  const { index, size } = of;
  const { inlined, file } = tools;
  const own = columns.account[index] ?? 0;
  const base = tables.pctab.offset;
  const inlineAt = inline.table(index);
  const tree = inlineAt === 0 ? -1 : inline.tree(index);
  const unit = tables.layoutOfRecord.unit < 0 ? 0 : tables.field(index, tables.layoutOfRecord.unit);
  if (inlineAt !== 0) inlined.open(base + inlineAt);
  let more = tree >= 0 && inlined.next();
  let moreFiles = false;
  if (of.filesAt !== 0) {
    file.open(base + of.filesAt);
    moreFiles = file.next();
    columns.file[index] = moreFiles ? file.value : -1;
  }
  for (let pc = 0; pc < size;) {
    while (more && inlined.pc <= pc) more = inlined.next();
    while (moreFiles && file.pc <= pc) moreFiles = file.next();
    const to = Math.min(size, more ? inlined.pc : size, moreFiles ? file.pc : size);
    const inside = more && inlined.value >= 0;
    const name = inside ? work.inline.name(tree, inlined.value) : 0;
    const account = inside ? tools.charge(name, index) : own;
    claimCode(work, of, { from: pc, to, account, name: inside ? name : -1 });
    if (moreFiles && file.value >= 0) useFile(tools.files, unit, file.value, account);
    pc = to;
  }
}

function claimCode(
  { claims, columns }: FunctionWork,
  { index, offset }: OneFunction,
  run: { from: number; to: number; account: number; name: number },
): void {
  const bytes = run.to - run.from;
  if (offset >= 0)
    claims.add(offset + run.from, bytes, run.account, run.name < 0 ? 'code' : 'inlined code', 'pclntab');
  if (run.name < 0) columns.code[index] = (columns.code[index] ?? 0) + bytes;
  else {
    const sum = columns.inlined.get(run.name);
    if (sum) sum.bytes += bytes;
  }
}

/** Notes that code of `account` stands in a file of a unit. */
function useFile(files: FileUse, unit: number, file: number, account: number): void {
  const key = unit + file;
  const known = files.get(key);
  if (known === undefined) files.set(key, account);
  else if (known !== account && typeof known === 'number') files.set(key, new Set([known, account]));
  else if (typeof known === 'object') known.add(account);
}
