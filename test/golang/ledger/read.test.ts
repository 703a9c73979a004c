import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { bufferSource, withFileSource } from '../../../src/golang/binary/source.ts';
import { openFileBytes } from '../../../src/golang/ledger/file-bytes.ts';
import { readLedger } from '../../../src/golang/ledger/read.ts';
import type { Account, Ledger } from '../../../src/golang/ledger/types.ts';
import { smallProgram } from './read-programs.ts';

const bytesOf = (ledger: Ledger, of: (account: Account) => boolean): number =>
  ledger.rows
    .filter((row) => {
      const account = ledger.accounts[row.account];
      return account !== undefined && of(account);
    })
    .reduce((sum, row) => sum + row.bytes, 0);
const sum = (ledger: Ledger): number => bytesOf(ledger, () => true);

/** 64 and 32 bit, both endians; in the whole run all ways of writing an instruction's address, each with a library to compile. */
const machines = [
  ...['amd64', '386', 's390x'],
  ...(process.env['CORACLE_TEST_FULL'] === '1' ? ['arm64', 'arm', 'mips', 'ppc64', 'riscv64'] : []),
];

describe.each(machines)('a program for %s', (machine) => {
  it('is charged to its packages, stripped or not, to the byte', async () => {
    const stripped = await smallProgram(`${machine}-stripped`, { GOARCH: machine }, ['-ldflags=-s -w']);
    const { ledger } = await withFileSource(stripped, readLedger);
    expect(ledger.problems).toEqual([]);
    expect(sum(ledger)).toBe(ledger.size);
    expect(ledger.recognised).toMatchObject({ form: 'program', garbled: false, race: false, cgo: false });
    expect(ledger.binary?.machine).toBe(machine);
    // Small programs have more of alignment and headers than large ones.
    expect(bytesOf(ledger, ({ kind }) => kind === 'package') / ledger.size).toBeGreaterThan(0.9);
    expect(bytesOf(ledger, ({ kind }) => kind === 'unattributed') / ledger.size).toBeLessThan(0.01);
    const dotted = ledger.accounts.find(({ name }) => name === 'example.com/small/dotted.v2');
    expect(dotted).toMatchObject({ group: 'main', module: { path: 'example.com/small' } });
    expect(ledger.accounts.filter(({ name }) => name === 'example.com/small')).toHaveLength(1);
    const generic = ledger.functions.find(({ name }) =>
      name.startsWith('example.com/small/dotted.v2.Generic['),
    );
    expect(generic).toMatchObject({ generic: true, file: 'example.com/small/dotted.v2/dotted.go', line: 4 });
    const inlined = ledger.functions.find(({ name }) => name === 'example.com/small/dotted.v2.Inlined');
    expect(inlined).toMatchObject({ code: 0 });
    expect(inlined?.inlined).toBeGreaterThan(0);
  });
});

describe('a program with symbols', () => {
  it('has the same ledger when it is read from its file in parts as when it is in memory', async () => {
    for (const file of [
      await smallProgram('symbols', {}),
      await smallProgram('386-stripped', { GOARCH: '386' }, ['-ldflags=-s -w']),
    ]) {
      const bytes = readFileSync(file);
      const held = await withFileSource(file, async (source) => {
        const { file: parts, layout } = openFileBytes(source);
        const code = layout.sections.find(({ name }) => name === '.text');
        expect(code && parts.holds(code.offset, code.offset + code.size)).toBe(false);
        return readLedger({ ...source, name: 'the same' });
      });
      const inMemory = await readLedger(bufferSource('the same', bytes));
      expect(held.ledger).toEqual(inMemory.ledger);
      expect(held.pieces).toEqual(inMemory.pieces);
    }
  });

  it('has its debug data and symbol table charged too, packed or not', async () => {
    const packed = await withFileSource(await smallProgram('symbols', {}), readLedger);
    const plain = await withFileSource(
      await smallProgram('plain-dwarf', {}, ['-ldflags=-compressdwarf=false']),
      readLedger,
    );
    const older = await withFileSource(
      await smallProgram('dwarf4', { GOEXPERIMENT: 'nodwarf5' }),
      readLedger,
    );
    for (const { ledger } of [packed, plain, older]) {
      expect(ledger.problems).toEqual([]);
      expect(sum(ledger)).toBe(ledger.size);
      const debug = ledger.rows.filter(({ kind }) => kind === 'debug');
      const total = debug.reduce((all, { bytes }) => all + bytes, 0);
      const assigned = debug
        .filter(({ account }) => ledger.accounts[account]?.kind === 'package')
        .reduce((all, { bytes }) => all + bytes, 0);
      expect(total).toBeGreaterThan(ledger.size / 10);
      expect(assigned / total).toBeGreaterThan(0.95);
      expect(ledger.rows.some(({ evidence }) => evidence === 'estimate')).toBe(false);
    }
    expect(packed.ledger.sections.find(({ name }) => name === '.debug_info')?.unpacked).toBe(
      plain.ledger.sections.find(({ name }) => name === '.debug_info')?.bytes,
    );
  });
});

describe('files are recognised', () => {
  it('position-independent programs', async () => {
    const { ledger } = await withFileSource(await smallProgram('pie', {}, ['-buildmode=pie']), readLedger);
    expect(ledger.recognised.form).toBe('pie');
    expect(sum(ledger)).toBe(ledger.size);
    expect(bytesOf(ledger, ({ kind }) => kind === 'unattributed') / ledger.size).toBeLessThan(0.01);
  });

  it('cgo, with C code in an account of its own', async () => {
    const file = await smallProgram('cgo', { CGO_ENABLED: '1' }, [], './cgo');
    const { ledger } = await withFileSource(file, readLedger);
    expect(ledger.recognised).toMatchObject({ form: 'program', cgo: true });
    expect(ledger.recognised.buildId).toMatch(/^[0-9a-f]{40}$/);
    expect(ledger.recognised.goBuildId).toContain('/');
    expect(bytesOf(ledger, ({ group }) => group === 'cgo')).toBeGreaterThan(1000);
    expect(sum(ledger)).toBe(ledger.size);
  });

  it('programs of C, by section', async () => {
    const { ledger } = await withFileSource('/bin/sh', readLedger);
    expect(ledger.recognised).toMatchObject({ form: 'not go', cgo: false });
    expect(sum(ledger)).toBe(ledger.size);
    expect(bytesOf(ledger, ({ kind }) => kind === 'unattributed') / ledger.size).toBeLessThan(0.05);
  });

  it('a program whose section headers are cut off, which is read all the same', async () => {
    const whole = readFileSync(await smallProgram('amd64-stripped', { GOARCH: 'amd64' }, ['-ldflags=-s -w']));
    whole.fill(0, 40, 48);
    whole.fill(0, 60, 64);
    const { ledger } = await readLedger(bufferSource('no sections', whole));
    expect(sum(ledger)).toBe(ledger.size);
    expect(bytesOf(ledger, ({ kind }) => kind === 'package') / ledger.size).toBeGreaterThan(0.9);
  });

  it('a program with another magic number in its function table, as obfuscators leave it', async () => {
    const bytes = readFileSync(await smallProgram('amd64-stripped', { GOARCH: 'amd64' }, ['-ldflags=-s -w']));
    bytes.writeUInt32LE(0x12345678, bytes.indexOf(Buffer.from('f1ffffff00000108', 'hex')));
    const { ledger } = await readLedger(bufferSource('garbled', bytes));
    expect(ledger.recognised.garbled).toBe(true);
    expect(bytesOf(ledger, ({ group }) => group === 'runtime')).toBeGreaterThan(ledger.size / 4);
  });

  it('a program of which only the front is left', async () => {
    const whole = readFileSync(await smallProgram('amd64-stripped', { GOARCH: 'amd64' }, ['-ldflags=-s -w']));
    const { ledger } = await readLedger(bufferSource('front', whole.subarray(0, 8192)));
    expect(ledger.recognised.form).toBe('program');
    expect(ledger.problems).not.toEqual([]);
    expect(sum(ledger)).toBe(8192);
  });

  it('no further once they are no longer wanted: a large program takes seconds', async () => {
    const whole = readFileSync(await smallProgram('amd64-stripped', { GOARCH: 'amd64' }, ['-ldflags=-s -w']));
    const unwanted = new AbortController();
    setImmediate(() => unwanted.abort(new Error('interrupted')));
    await expect(readLedger(bufferSource('program', whole), unwanted.signal)).rejects.toThrow('interrupted');
  });

  it('a packed program', async () => {
    const bytes = Buffer.alloc(8192);
    Buffer.from('7f454c4602010100', 'hex').copy(bytes);
    bytes.writeUInt16LE(2, 16);
    bytes.writeUInt16LE(62, 18);
    bytes.write('UPX!', 236, 'latin1');
    const { ledger } = await readLedger(bufferSource('packed', bytes));
    expect(ledger.recognised).toMatchObject({ form: 'not go', packed: 'UPX' });
    expect(sum(ledger)).toBe(8192);
  });

  it('a program that is larger than memory should be: its headers alone are read', async () => {
    const whole = readFileSync(await smallProgram('amd64-stripped', { GOARCH: 'amd64' }, ['-ldflags=-s -w']));
    const { ledger } = await readLedger({
      name: 'large',
      size: 6 * 1024 ** 3,
      fill: () => {
        throw new Error('it was read as a whole');
      },
      read: async (offset, length) => {
        expect(length).toBeLessThan(64 * 1024 * 1024);
        return Buffer.concat([whole.subarray(offset, offset + length), Buffer.alloc(length)]).subarray(
          0,
          length,
        );
      },
    });
    expect(ledger.binary?.goVersion).toMatch(/^go1/);
    expect(sum(ledger)).toBe(6 * 1024 ** 3);
    expect(ledger.problems).toHaveLength(1);
  });

  it('what is no ELF file at all, with an error', async () => {
    await expect(readLedger(bufferSource('text', Buffer.alloc(200, 0x41)))).rejects.toMatchObject({
      code: 'BINARY_UNREADABLE',
    });
  });
});
