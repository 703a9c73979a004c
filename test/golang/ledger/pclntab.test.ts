import { describe, expect, it } from 'vitest';
import { bufferSource } from '../../../src/golang/binary/source.ts';
import { openProgram } from '../../../src/golang/ledger/program-open.ts';
import { readLedger } from '../../../src/golang/ledger/read.ts';
import type { ByteKind } from '../../../src/golang/ledger/types.ts';
import { makeProgram, textAddress } from './pclntab-maker.ts';
import type { MadeFunction, MadeLayout } from './pclntab-maker.ts';

const functions: readonly MadeFunction[] = [
  { name: 'runtime.start', code: 40, room: 48, file: '/go/src/runtime/asm.s' },
  {
    name: 'net/http.(*Server).Serve',
    code: 80,
    room: 96,
    file: '/go/src/net/http/server.go',
    inlined: 'strings.Cut',
  },
  { name: 'gopkg.in/yaml%2ev3.parse', code: 64, room: 64, file: '/m/yaml.go' },
  { name: 'main.main', code: 112, room: 128, file: '/m/main.go', inlined: 'net/http.Get' },
  { name: 'main.last', code: 16, room: 16, file: '/m/main.go' },
];

const layouts: readonly MadeLayout[] = ['1.8', '1.9', '1.13', '1.16', '1.18', '1.20'];
const forms = [
  { class: 64, littleEndian: true },
  { class: 64, littleEndian: false },
  { class: 32, littleEndian: true },
  { class: 32, littleEndian: false },
] as const;

describe.each(forms.flatMap((form) => layouts.map((layout) => ({ ...form, layout }))))(
  'the function table of Go $layout, $class bit, little endian $littleEndian',
  (plan) => {
    const bytes = makeProgram({ ...plan, functions });
    const source = bufferSource('made', bytes);

    it('gives the functions, their places and packages', async () => {
      const { tables } = await openProgram(source);
      expect(tables?.functionCount).toBe(functions.length);
      expect(functions.map((_, index) => tables?.nameOf(index))).toEqual(functions.map(({ name }) => name));
      expect(functions.map((_, index) => tables?.packageOf(index))).toEqual([
        'runtime',
        'net/http',
        'gopkg.in/yaml%2ev3',
        'main',
        'main',
      ]);
      const starts = functions.map((_, index) =>
        functions.slice(0, index).reduce((sum, { room }) => sum + room, textAddress),
      );
      expect([...(tables?.entry ?? [])].slice(0, -1)).toEqual(starts);
      expect(tables?.functionAt(textAddress + 50)).toBe(1);
      expect(tables?.functionAt(textAddress - 1)).toBe(-1);
    });

    it('charges code, what was inlined, and the tables, and the sum is the size', async () => {
      const { ledger } = await readLedger(source);
      const bytesOf = (name: string, kind: ByteKind): number =>
        ledger.rows
          .filter((row) => row.kind === kind && ledger.accounts[row.account]?.name === name)
          .reduce((sum, row) => sum + row.bytes, 0);
      expect(ledger.problems).toEqual([]);
      expect(ledger.rows.reduce((sum, row) => sum + row.bytes, 0)).toBe(bytes.length);
      expect(bytesOf('runtime', 'code')).toBe(40);
      // What aligns a function after another of its package is the package's.
      expect(bytesOf('main', 'padding')).toBeGreaterThanOrEqual(16);
      expect(bytesOf('padding', 'padding')).toBeGreaterThanOrEqual(8 + 16);
      expect(bytesOf('gopkg.in/yaml.v3', 'code')).toBe(64);
      // From Go 1.18 on inline trees are counted from an address in the runtime's moduledata, which is not made here.
      const inlines = ['1.9', '1.13', '1.16'].includes(plan.layout);
      if (inlines) {
        expect(bytesOf('strings', 'inlined code')).toBe(20);
        expect(bytesOf('net/http', 'inlined code')).toBe(28);
        expect(bytesOf('main', 'code')).toBe(100);
      }
      for (const name of ['runtime', 'net/http', 'main'])
        expect(bytesOf(name, 'pclntab')).toBeGreaterThan(40);
      expect(ledger.functions.find(({ name }) => name === 'main.main')).toMatchObject({ file: '/m/main.go' });
      expect(ledger.recognised).toMatchObject({ form: 'program', garbled: false, cgo: false });
    });
  },
);
