import { expect, test } from 'vitest';
import { packLedger, unpackLedger } from '../../../src/explain/files/ledger-kept.ts';
import { parseJson } from '../../support/json.ts';
import type { FunctionBytes, Ledger } from '../../../src/golang/ledger/types.ts';

/** In the order in which a ledger has the fields. */
function named(name: string, account: number, other: Partial<FunctionBytes> = {}): FunctionBytes {
  return { name, account, code: 1, inlined: 0, tables: 2, generic: false, ...other };
}

const functions = [
  named('net/http.(*Server).Serve', 1, { file: 'net/http/server.go', line: 3330 }),
  named('net/http.(*Server).Close', 1, { file: 'net/http/server.go', line: 0 }),
  named('slices.SortFunc[...]', 2, { generic: true, inlined: 2 ** 33 }),
  named('пакет.Имя "\n\\', 3, { code: 2 ** 31, file: '', line: 1 }),
  named('', 0),
];

const ledger: Ledger = {
  size: 100,
  recognised: { form: 'program', garbled: false, race: false, cgo: false },
  accounts: [{ kind: 'package', name: 'main', group: 'main' }],
  rows: [{ account: 0, kind: 'code', evidence: 'pclntab', bytes: 100 }],
  functions,
  named: [{ name: 'index.html', what: 'embedded file', account: 0, bytes: 9 }],
  sections: [],
  problems: ['something'],
};

const again = (one: Ledger): Ledger => unpackLedger(parseJson(JSON.stringify(packLedger(one))));

test('a kept ledger is the ledger, function by function, and its JSON is the same text', () => {
  const found = again(ledger);
  expect(found.functions).toStrictEqual(functions);
  expect(JSON.stringify(found)).toBe(JSON.stringify(ledger));
});

test('a ledger without functions, and one whose only function has no name', () => {
  expect(again({ ...ledger, functions: [] }).functions).toStrictEqual([]);
  const [nameless] = functions.slice(-1);
  expect(again({ ...ledger, functions: nameless ? [nameless] : [] }).functions).toStrictEqual([nameless]);
});

test('functions are made once', () => {
  const found = again(ledger);
  expect(found.functions).toBe(found.functions);
});
