/** A small program whose data is known, stripped: whose is each piece of it, and how is that known. */
import { readFileSync } from 'node:fs';
import { beforeAll, expect, test } from 'vitest';
import { bufferSource } from '../../../src/golang/binary/source.ts';
import { claimData } from '../../../src/golang/ledger/data.ts';
import { walkCode } from '../../../src/golang/ledger/code-walk.ts';
import { openProgram } from '../../../src/golang/ledger/program-open.ts';
import type { Opened } from '../../../src/golang/ledger/program-open.ts';
import { readLedger } from '../../../src/golang/ledger/read.ts';
import { regionsOf } from '../../../src/golang/ledger/regions.ts';
import { byteKinds, evidences } from '../../../src/golang/ledger/types.ts';
import type { Ledger, Pieces } from '../../../src/golang/ledger/types.ts';
import { hasGo } from '../../components/go.ts';
import { describeWith, installed } from '../../components/program.ts';
import { dataProgram, texts } from './data-program.ts';

const programs = [
  { title: 'data of a stripped program', needs: [hasGo], cgo: false },
  // Its few relocations were taken for all its pointers, and tables of C for texts of Go.
  {
    title: 'data of one with C code, at a fixed address and with shared libraries',
    needs: [hasGo, installed('gcc')],
    cgo: true,
  },
];

for (const { title, needs, cgo } of programs) {
  describeWith(needs, title, () => {
    let bytes: Buffer;
    let ledger: Ledger;
    let pieces: Pieces;

    beforeAll(async () => {
      const file = await dataProgram(cgo);
      bytes = readFileSync(file);
      ({ ledger, pieces } = await readLedger(bufferSource(file, bytes)));
    });

    /** What is said of the middle of a text, which must stand once in the file. */
    function said(text: string): string {
      const at = bytes.indexOf(text);
      expect([text, at >= 0, bytes.includes(text, at + 1)]).toEqual([text, true, false]);
      const middle = at + Math.floor(text.length / 2);
      let index = 0;
      while (index + 1 < pieces.start.length && (pieces.start[index + 1] ?? 0) <= middle) index++;
      const account = ledger.accounts[pieces.account[index] ?? -1];
      const kind = byteKinds[pieces.kind[index] ?? -1];
      return `${account?.name}: ${kind}, ${evidences[pieces.evidence[index] ?? -1]}`;
    }

    test('a text belongs to whose code refers to it', () => {
      expect(said(texts.code)).toBe('example.com/data/inner: read-only data, code reference');
    });

    test('a text that only data refers to belongs to the owner of that data', () => {
      expect(said(texts.data)).toBe('example.com/data/inner: read-only data, data reference');
    });

    test('a text that two packages use is shared', () => {
      expect(said(texts.both)).toBe('shared: read-only data, code reference');
    });

    test('a table of numbers belongs to whose code refers to it', () => {
      expect(said(texts.table)).toBe('example.com/data/inner: data, code reference');
    });

    test('a variable that two packages use belongs to the one that the other imports', () => {
      expect(said(texts.lower)).toBe('example.com/data/inner: data, code reference');
    });

    test('a variable that only inlined code used belonged to the package that it was inlined into', () => {
      expect(said(texts.inlined)).toBe('example.com/data/inner: data, code reference');
    });

    test('a variable that is the receiver of an inlined method belongs to the package that names it', () => {
      expect(said(texts.given)).toBe('example.com/data: data, code reference');
    });

    test('names and tags of fields belong to the package of the type', () => {
      expect(said(texts.field)).toBe('example.com/data/inner: types, type data');
      expect(said(texts.tag)).toBe('example.com/data/inner: types, type data');
    });

    test('embedded files are listed by name and belong to the package of the variable', () => {
      expect(said(texts.embedded)).toBe('example.com/data: read-only data, data reference');
      const named = ledger.named.filter(({ what }) => what === 'embedded file');
      expect(
        named.map(({ name, bytes: size, account }) => [name, size, ledger.accounts[account]?.name]),
      ).toEqual([
        ['files/first.txt', texts.embedded.length, 'example.com/data'],
        ['files/deep/second.txt', 10, 'example.com/data'],
      ]);
    });

    test('an embedded text was listed twice: as a file, and as a text without a name', () => {
      const named = ledger.named.filter(({ bytes: size }) => size === texts.embedded.length);
      expect(named.map(({ what }) => what)).toEqual(['embedded file']);
    });

    test('headers were taken for data, and what they say for pointers to it', async () => {
      const { program } = await openProgram(bufferSource('whole', bytes));
      const first = Math.min(
        ...program.elf.sections.flatMap((each) => (each.address > 0 ? [each.offset] : [])),
      );
      const regions = regionsOf(program);
      expect(first).toBeGreaterThan(500);
      expect([0, 64, first - 1].map((offset) => regions.has(offset))).toEqual([false, false, false]);
      const bare = regionsOf({ ...program, elf: { ...program.elf, sections: [] } });
      expect([0, 64].map((offset) => bare.has(offset))).toEqual([false, false]);
    });

    test('hardly anything has no owner', () => {
      const loose = ledger.rows.filter(({ account }) => ledger.accounts[account]?.kind === 'unattributed');
      expect(loose.reduce((sum, row) => sum + row.bytes, 0)).toBeLessThan(0.002 * ledger.size);
    });

    test('a table in which each function overlaps all others had the code read once for each', async () => {
      const opened = await openProgram(bufferSource('whole', bytes));
      const { pclntab } = opened.program;
      if (!pclntab) throw new Error('it has no function table');
      const entry = pclntab.entry.map(
        (_, index) => (index % 2 === 0 ? pclntab.entry[0] : pclntab.entry.at(-1)) ?? 0,
      );
      const damaged = { ...opened, program: { ...opened.program, pclntab: { ...pclntab, entry } } };
      const regions = regionsOf(opened.program);
      const walked = (one: Opened): { told: number; problem: string | undefined } => {
        let told = 0;
        const count = (): void => {
          told++;
        };
        const problem = walkCode(
          one,
          regions,
          { ofFunction: () => 1, inlined: { open: count, each: () => undefined, at: () => -1 } },
          { data: count, inside: count, call: count, inlines: count },
        );
        return { told, problem };
      };
      const whole = walked(opened);
      expect(whole.problem).toBeUndefined();
      const { told, problem } = walked(damaged);
      expect(problem).toMatch(/^Functions overlap/);
      expect(told).toBeLessThan(20 * whole.told);
    });

    test.each(['moduledata', 'types', 'data'] as const)('damaged %s is no reason to fail', async (part) => {
      const { program } = await openProgram(bufferSource('whole', bytes));
      const moduledata = program.moduledata;
      expect(moduledata?.size).toBeGreaterThan(500);
      if (!moduledata) return;
      const damaged = Buffer.from(bytes);
      const from = part === 'moduledata' ? moduledata.offset + 200 : program.offsetOf(moduledata[part]);
      // Every seventh byte, so that counts, addresses and distances all become something else.
      for (let at = from; at < from + (part === 'moduledata' ? 200 : 50_000); at += 7)
        damaged[at] = (at * 31) & 0xff;
      const opened = await openProgram(bufferSource('damaged', damaged));
      let claimed = 0;
      claimData(opened, {
        package: () => 1,
        other: () => 0,
        add: () => {
          claimed++;
        },
        name: () => undefined,
        problem: () => undefined,
      });
      expect(claimed).toBeLessThan(1_000_000);
    });
  });
}
