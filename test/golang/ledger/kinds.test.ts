/** Files that people will name one day: each is recognised for what it is, and accounted for as far as it can be. */
import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bufferSource } from '../../../src/golang/binary/source.ts';
import { isGo } from '../../../src/golang/ledger/is-go.ts';
import { readLedger } from '../../../src/golang/ledger/read.ts';
import { hasGo } from '../../components/go.ts';
import { call, describeWith, installed } from '../../components/program.ts';
import { sharedTempDir } from '../../support/ctx.ts';
import { buildPrograms, writePrograms, withoutSections } from '../binary/programs.ts';
import { expectExact, readFile } from './judge.ts';
import type { Reading } from './oracle.ts';

const { directory: root, remove } = sharedTempDir();
afterAll(remove);

const sources = {
  tiny: 'package main\n\nfunc main() { println("tiny") }\n',
  // C's compiler tells statics of functions apart by numbers: table.0, counter.1.
  withDots:
    'package main\n\n// int next(int i) { static int table[999] = {1}, counter[9]; return table[i] + counter[i]++; }\nimport "C"\n\nfunc main() { println(C.next(2)) }\n',
  exported: 'package main\n\nimport "C"\n\n//export Two\nfunc Two() int32 { return 2 }\n\nfunc main() {}\n',
};

async function built(
  name: keyof typeof sources,
  label: string,
  flags: readonly string[],
  cgo = false,
): Promise<string> {
  const find = await buildPrograms(root, [name], label, { flags, env: { CGO_ENABLED: cgo ? '1' : '0' } });
  return find(name);
}

async function exactly(file: string): Promise<Reading> {
  const reading = await readFile(file);
  expectExact(reading);
  return reading;
}

beforeAll(() => {
  writePrograms(root, sources);
});

describeWith([hasGo], 'what Go builds', () => {
  it('a position-independent program', async () => {
    const { ledger } = await exactly(await built('tiny', 'pie', ['-buildmode=pie', '-ldflags=-s -w']));
    expect(ledger.recognised).toMatchObject({ form: 'pie', garbled: false, race: false, cgo: false });
  });

  it('a program without section headers', async () => {
    const whole = await exactly(await built('tiny', 'exe', ['-ldflags=-s -w']));
    const { ledger } = await exactly(withoutSections(await built('tiny', 'exe', ['-ldflags=-s -w'])));
    expect(ledger.recognised).toMatchObject({ form: 'program', garbled: false });
    expect(ledger.functions.length).toBe(whole.ledger.functions.length);
  });

  it('a program whose names an obfuscator replaced', async () => {
    const { ledger } = await exactly(garbled(await built('tiny', 'clear', ['-ldflags=-s -w'])));
    expect(ledger.recognised.garbled).toBe(true);
  });
});

describeWith([hasGo, installed('gcc')], 'what Go and C build', () => {
  it('a library for C programs', async () => {
    const { ledger } = await exactly(await built('exported', 'shared', ['-buildmode=c-shared'], true));
    expect(ledger.recognised).toMatchObject({ form: 'c-shared', cgo: true });
    expect(ledger.accounts.some(({ group }) => group === 'cgo')).toBe(true);
  });

  it('a program with C code whose names look like packages', async () => {
    const { ledger } = await exactly(await built('withDots', 'dots', [], true));
    expect(ledger.binary?.stripped).toBe(false);
    const paths = ledger.accounts.flatMap(({ kind, name }) => (kind === 'package' ? [name] : []));
    expect(paths.filter((name) => /^(?:table|counter)/.test(name))).toEqual([]);
    expect(paths).toContain('runtime');
  });

  it('a plugin', async () => {
    const program = await built('exported', 'plugin', ['-buildmode=plugin', '-ldflags=-s -w'], true);
    const { ledger } = await exactly(`${program}.so`);
    expect(ledger.recognised).toMatchObject({ form: 'plugin', cgo: true });
    // Its code speaks of data by the loader's table, in which a few packages seemed to own what was everybody's.
    const data = ledger.rows.filter(({ kind }) => kind === 'data');
    const bySymbol = data.filter(({ evidence }) => evidence === 'symbol');
    const sum = (rows: typeof data): number => rows.reduce((total, { bytes }) => total + bytes, 0);
    expect(sum(bySymbol)).toBeGreaterThan(0.9 * sum(data));
  });

  it('an object file of all Go, whose debug data was given to whatever package stands first', async () => {
    const objects = path.join(root, 'objects');
    mkdirSync(objects);
    await built('exported', 'linked', [`-ldflags=-linkmode=external -tmpdir=${objects}`], true);
    const { ledger } = await exactly(path.join(objects, 'go.o'));
    expect(ledger.recognised.form).toBe('object');
    expect(isGo(ledger)).toBe(true);
    const owners = ledger.rows
      .filter(({ kind }) => kind === 'debug')
      .map(({ account }) => ledger.accounts[account]?.kind);
    expect(new Set(owners)).toEqual(new Set(['structure']));
  });

  it.skipIf(process.arch !== 'x64')('a program with the race detector', async () => {
    const { ledger } = await exactly(await built('tiny', 'race', ['-race'], true));
    expect(ledger.recognised).toMatchObject({ race: true, cgo: true });
    // Go's linker took it in as objects: its functions were of nobody, those with a dot in their names of packages called so.
    expect(ledger.functions.find(({ name }) => name === '__tsan_write')).toMatchObject({
      account: ledger.accounts.findIndex(({ group }) => group === 'cgo'),
    });
    expect(ledger.accounts.filter(({ name }) => name.startsWith('_'))).toEqual([]);
  });
});

describeWith([installed('gcc')], 'what C builds', () => {
  it.each([
    { what: 'a program', flags: [], form: 'not go' },
    { what: 'a static program', flags: ['-static'], form: 'not go' },
    { what: 'a shared library', flags: ['-shared', '-fPIC'], form: 'not go' },
    { what: 'an object file', flags: ['-c'], form: 'object' },
  ])('$what', async ({ what, flags, form }) => {
    const file = path.join(root, what.replaceAll(' ', '-'));
    writeFileSync(`${file}.c`, 'int two(void) { return 2; }\nint main(void) { return two() - 2; }\n');
    await call(['gcc', ...flags, '-o', file, `${file}.c`]);
    const { ledger } = await exactly(file);
    expect(ledger.recognised.form).toBe(form);
    expect(isGo(ledger)).toBe(false);
    expect(ledger.functions).toEqual([]);
    expect(ledger.sections.map(({ name }) => name)).toContain('.text');
  });
});

describe('what nobody built', () => {
  it('a packed program', async () => {
    const file = path.join(root, 'packed');
    writeFileSync(file, packed());
    const { ledger } = await exactly(file);
    expect(ledger.recognised).toMatchObject({
      form: 'not go',
      packed: 'UPX',
    });
  });

  it.each([
    ['a text', Buffer.from('just words\n'), 'it does not start as ELF files do'],
    ['nothing', Buffer.alloc(0), 'it does not start as ELF files do'],
    ['the start of a program', Buffer.from('\x7fELF\x02\x01\x01', 'latin1'), 'it ends after 7 bytes'],
  ])('%s is refused', async (_what, bytes, reason) => {
    const read = readLedger(bufferSource('file', bytes));
    await expect(read).rejects.toMatchObject({ code: 'BINARY_UNREADABLE' });
    await expect(read).rejects.toThrow(reason);
  });
});

/** As UPX leaves a program of Linux: its mark behind two program headers, no sections, and bytes that nobody can read. */
function packed(): Buffer {
  const bytes = randomBytes(64 * 1024);
  bytes.fill(0, 0, 0xb0);
  Buffer.from('7f454c4602010103', 'hex').copy(bytes);
  bytes.writeUInt16LE(2, 16);
  bytes.writeUInt16LE(62, 18);
  bytes.writeUInt32LE(1, 20);
  bytes.writeBigUInt64LE(0x40_0400n, 24);
  bytes.writeBigUInt64LE(64n, 32);
  bytes.writeUInt16LE(64, 52);
  bytes.writeUInt16LE(56, 54);
  bytes.writeUInt16LE(2, 56);
  for (const [index, address] of [0x40_0000n, 0x80_0000n].entries()) {
    const at = 64 + index * 56;
    bytes.writeUInt32LE(1, at);
    bytes.writeUInt32LE(index === 0 ? 5 : 6, at + 4);
    bytes.writeBigUInt64LE(address, at + 16);
    bytes.writeBigUInt64LE(address, at + 24);
    bytes.writeBigUInt64LE(index === 0 ? BigInt(bytes.length) : 0n, at + 32);
    bytes.writeBigUInt64LE(0x10_0000n, at + 40);
    bytes.writeBigUInt64LE(0x1000n, at + 48);
  }
  bytes.writeUInt32LE(0x1234_5678, 0xb0);
  bytes.write('UPX!', 0xb4, 'latin1');
  bytes.write(
    '$Info: This file is packed with the UPX executable packer http://upx.sf.net $\n',
    0x1000,
    'latin1',
  );
  bytes.write('UPX!', bytes.length - 36, 'latin1');
  return bytes;
}

/** The magic of the function table is another one, as garble has it: readers that look for Go's find nothing. */
function garbled(file: string): string {
  const bytes = readFileSync(file);
  const magic = Buffer.from([0xf1, 0xff, 0xff, 0xff, 0, 0]);
  for (let at = bytes.indexOf(magic); at >= 0; at = bytes.indexOf(magic, at + 1))
    if (bytes[at + 7] === 8) bytes.writeUInt32LE(0x7d3a_91c4, at);
  const changed = `${file}.garbled`;
  writeFileSync(changed, bytes, { mode: 0o755 });
  return changed;
}
