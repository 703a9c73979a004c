import type { FunctionBytes, Ledger } from '../../golang/ledger/types.ts';

/**
 * A ledger as it is kept. Functions are nine tenths of it, and most reports show a few of them: they are kept as two texts and a table of
 * numbers (base64, in the machine's own order of bytes), which cost next to nothing until somebody asks for functions.
 */
export interface KeptLedger {
  readonly rest: Omit<Ledger, 'functions'>;
  readonly names: string;
  /** Source files, each once. */
  readonly files: string;
  readonly numbers: string;
}

/** What separates texts: no name that stands in a file can have it. */
const separator = '\0';
/** Numbers of a function: account, code, inlined, tables, generic, place of the file + 1, line. */
const columns = 7;

export function packLedger({ functions, ...rest }: Ledger): KeptLedger {
  const numbers = new Float64Array(functions.length * columns);
  const files = new Map<string, number>();
  functions.forEach(({ account, code, inlined, tables, generic, file, line }, index) => {
    const place = file === undefined ? 0 : (files.get(file) ?? files.size + 1);
    if (file !== undefined) files.set(file, place);
    numbers.set([account, code, inlined, tables, generic ? 1 : 0, place, line ?? -1], index * columns);
  });
  return {
    rest,
    names: functions.map(({ name }) => name).join(separator),
    files: [...files.keys()].join(separator),
    numbers: Buffer.from(numbers.buffer).toString('base64'),
  };
}

/**
 * The ledger again. Its functions are made when they are looked at, and may be forgotten afterwards: an image has dozens of programs,
 * and functions are most of what a ledger takes in memory.
 */
export function unpackLedger(kept: KeptLedger): Ledger {
  let made: WeakRef<FunctionBytes[]> | undefined;
  const functions = (): FunctionBytes[] => {
    const known = made?.deref();
    if (known) return known;
    const fresh = unpackFunctions(kept);
    made = new WeakRef(fresh);
    return fresh;
  };
  // In the order of a fresh one, so that JSON of both is the same.
  const { named, sections, problems, ...rest } = kept.rest;
  const ledger: Ledger = { ...rest, functions: [], named, sections, problems };
  return Object.defineProperty(ledger, 'functions', {
    get: functions,
    enumerable: true,
  });
}

function unpackFunctions({ names, files, numbers: packed }: KeptLedger): FunctionBytes[] {
  const bytes = Buffer.from(packed, 'base64');
  // A copy of its own, as wide numbers have to begin at a multiple of their size.
  const numbers = new Float64Array(new Uint8Array(bytes).buffer);
  if (numbers.length === 0) return [];
  const fileNames = files.split(separator);
  return names.split(separator).map((name, index) => {
    const at = index * columns;
    const place = numbers[at + 5] ?? 0;
    const line = numbers[at + 6] ?? -1;
    return {
      name,
      account: numbers[at] ?? 0,
      code: numbers[at + 1] ?? 0,
      inlined: numbers[at + 2] ?? 0,
      tables: numbers[at + 3] ?? 0,
      generic: numbers[at + 4] === 1,
      ...(place > 0 ? { file: fileNames[place - 1] ?? '' } : {}),
      ...(line >= 0 ? { line } : {}),
    };
  });
}
