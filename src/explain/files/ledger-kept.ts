import type { FunctionBytes, Ledger } from '../../golang/ledger/types.ts';

/**
 * A ledger as it is kept. Functions are nine tenths of it, and most reports show a few of them: they are kept as two texts and a row of
 * numbers (LEB128, base64), which cost next to nothing until somebody asks for functions.
 */
export interface KeptLedger {
  readonly rest: Omit<Ledger, 'functions'>;
  readonly names: string;
  /** Source files, each once. */
  readonly files: string;
  /** How many functions there are. */
  readonly count: number;
  /** Of each: account, code, inlined, tables, place of the file + 1 twice and 1 for a generic one, line + 1. */
  readonly numbers: string;
}

/** What separates texts: no name that stands in a file can have it. */
const separator = '\0';

export function packLedger({ functions, ...rest }: Ledger): KeptLedger {
  const numbers = numberWriter(16 * functions.length);
  const files = new Map<string, number>();
  for (const { account, code, inlined, tables, generic, file, line } of functions) {
    const place = file === undefined ? 0 : (files.get(file) ?? files.size + 1);
    if (file !== undefined) files.set(file, place);
    numbers.put(account);
    numbers.put(code);
    numbers.put(inlined);
    numbers.put(tables);
    numbers.put(2 * place + (generic ? 1 : 0));
    numbers.put((line ?? -1) + 1);
  }
  return {
    rest,
    names: functions.map(({ name }) => name).join(separator),
    files: [...files.keys()].join(separator),
    count: functions.length,
    numbers: numbers.text(),
  };
}

/** Bytes of the longest number: 53 bits, 7 in each. */
const longestNumber = 8;

function numberWriter(guess: number): { put(value: number): void; text(): string } {
  let bytes = new Uint8Array(guess + longestNumber);
  let at = 0;
  return {
    put: (value) => {
      if (at + longestNumber > bytes.length) bytes = new Uint8Array(bytes.buffer.transfer(2 * bytes.length));
      let left = value;
      for (; left >= 0x80; left = Math.floor(left / 0x80)) bytes[at++] = (left % 0x80) | 0x80;
      bytes[at++] = left;
    },
    text: () => Buffer.from(bytes.buffer, 0, at).toString('base64'),
  };
}

function numberReader(text: string): () => number {
  const bytes = Buffer.from(text, 'base64');
  let at = 0;
  return () => {
    let value = 0;
    for (let scale = 1; ; scale *= 0x80) {
      const byte = bytes[at++] ?? 0;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
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

function unpackFunctions({ names, files, count, numbers }: KeptLedger): FunctionBytes[] {
  if (count === 0) return [];
  const next = numberReader(numbers);
  const fileNames = files.split(separator);
  return names.split(separator).map((name) => {
    const [account, code, inlined, tables] = [next(), next(), next(), next()];
    const placed = next();
    const line = next() - 1;
    return {
      name,
      account,
      code,
      inlined,
      tables,
      generic: placed % 2 === 1,
      ...(placed > 1 ? { file: fileNames[Math.floor(placed / 2) - 1] ?? '' } : {}),
      ...(line >= 0 ? { line } : {}),
    };
  });
}
