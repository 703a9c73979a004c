import { readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isToolError } from '../../../src/core/errors.ts';
import { readBinaryFrom } from '../../../src/golang/binary/read.ts';
import { readLibrary } from '../../../src/golang/binary/library.ts';
import { bufferSource } from '../../../src/golang/binary/source.ts';
import { hasGo } from '../../components/go.ts';
import { describeWith } from '../../components/program.ts';
import { sharedTempDir } from '../../support/ctx.ts';
import { makeDynamic } from './elf-maker.ts';
import { buildPrograms, writePrograms } from './programs.ts';

/** Reads it, or refuses it with the one error; anything else fails the test. */
async function readOrRefuse(bytes: Buffer): Promise<'read' | 'refused'> {
  const source = bufferSource('hostile', bytes);
  try {
    const binary = await readBinaryFrom(source);
    binary.hasFunction('time.LoadLocation');
    binary.links('net/http');
    await readLibrary(source);
    return 'read';
  } catch (error) {
    if (isToolError(error, 'BINARY_UNREADABLE')) return 'refused';
    throw error;
  }
}

const library = makeDynamic({
  class: 64,
  littleEndian: true,
  machine: 62,
  interpreter: '/lib64/ld-linux-x86-64.so.2',
  needed: ['libc.so.6'],
  soname: 'libx.so.1',
  runpath: '$ORIGIN',
  needs: { 'libc.so.6': ['GLIBC_2.34'] },
  defines: ['X_1'],
});

describe('a small dynamic program', () => {
  test('cut at every byte', async () => {
    const results = new Set<string>();
    for (let length = 0; length < library.length; length++)
      results.add(await readOrRefuse(library.subarray(0, length)));
    // Cut anywhere, something is missing: its last byte is the end of the dynamic table.
    expect([...results]).toEqual(['refused']);
  });

  test('every byte set to each of a few values', async () => {
    const counts = { read: 0, refused: 0 };
    const bytes = Buffer.from(library);
    for (let at = 0; at < bytes.length; at++) {
      const kept = bytes[at] ?? 0;
      for (const value of [0, 1, 0x7f, 0x80, 0xff]) {
        bytes[at] = value;
        counts[await readOrRefuse(bytes)]++;
      }
      bytes[at] = kept;
    }
    expect(counts.read).toBeGreaterThan(0);
    expect(counts.refused).toBeGreaterThan(0);
  });
});

describeWith([hasGo], 'a real program', () => {
  let temp: ReturnType<typeof sharedTempDir>;
  let original: Buffer;
  beforeAll(async () => {
    temp = sharedTempDir();
    writePrograms(temp.directory, { tiny: 'package main\n\nfunc main() { println("tiny") }\n' });
    const built = await buildPrograms(temp.directory, ['tiny'], 'pie', {
      flags: ['-buildmode=pie', '-ldflags=-s -w'],
    });
    original = readFileSync(built('tiny'));
  });
  afterAll(() => temp.remove());

  test('with bytes changed where a reader looks', async () => {
    const bytes = Buffer.from(original);
    const tables = [
      0,
      bytes.readUIntLE(40, 6),
      ...['\xff Go buildinf:', '\xf1\xff\xff\xff\0\0'].map((text) =>
        bytes.indexOf(Buffer.from(text, 'latin1')),
      ),
    ];
    const change = fc.record({
      table: fc.constantFrom(...tables.filter((at) => at >= 0)),
      at: fc.nat(1200),
      value: fc.oneof(fc.nat(255), fc.constantFrom(0, 0x7f, 0x80, 0xff)),
    });
    const property = fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 6 }), async (changes) => {
        const places = changes.map(({ table, at }) => Math.min(table + at, bytes.length - 1));
        changes.forEach(({ value }, index) => bytes.writeUInt8(value, places[index]));
        try {
          await readOrRefuse(bytes);
        } finally {
          for (const place of places) bytes.writeUInt8(original[place] ?? 0, place);
        }
      }),
      { numRuns: 1500 },
    );
    await expect(property).resolves.toBeUndefined();
  });

  test('cut anywhere', async () => {
    const property = fc.assert(
      fc.asyncProperty(fc.nat(original.length - 1), async (length) => {
        await readOrRefuse(original.subarray(0, length));
      }),
      { numRuns: 300 },
    );
    await expect(property).resolves.toBeUndefined();
  });
});
