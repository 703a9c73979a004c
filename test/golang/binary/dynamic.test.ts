import { describe, expect, test } from 'vitest';
import { readBinaryFrom } from '../../../src/golang/binary/read.ts';
import { readLibrary } from '../../../src/golang/binary/library.ts';
import { bufferSource } from '../../../src/golang/binary/source.ts';
import { makeDynamic, makeElf, writer } from './elf-maker.ts';

const forms = [
  { class: 64, littleEndian: true, machine: 62, name: 'amd64' },
  { class: 64, littleEndian: false, machine: 22, name: 's390x' },
  { class: 32, littleEndian: true, machine: 40, name: 'arm' },
  { class: 32, littleEndian: false, machine: 8, name: 'mips' },
] as const;

describe.each(forms)('a dynamic program for $name', ({ name, ...form }) => {
  test('is read by addresses, with no section header', async () => {
    const elf = makeDynamic({
      ...form,
      interpreter: '/lib/ld.so.1',
      needed: ['libc.so.6', 'libm.so.6'],
      runpath: '$ORIGIN/../lib:/opt/lib',
      needs: { 'libc.so.6': ['GLIBC_2.34', 'GLIBC_2.3'], 'libm.so.6': ['GLIBC_2.29'] },
    });
    expect(await readBinaryFrom(bufferSource('program', elf))).toMatchObject({
      machine: name,
      static: false,
      pie: true,
      stripped: true,
      interpreter: '/lib/ld.so.1',
      needed: ['libc.so.6', 'libm.so.6'],
      runpath: ['$ORIGIN/../lib', '/opt/lib'],
      rpath: [],
      versions: [
        { library: 'libc.so.6', names: ['GLIBC_2.34', 'GLIBC_2.3'] },
        { library: 'libm.so.6', names: ['GLIBC_2.29'] },
      ],
    });
  });

  test('a library says what it is called and which versions it has', async () => {
    const elf = makeDynamic({ ...form, soname: 'libx.so.1', defines: ['libx.so.1', 'X_1.0', 'X_1.1'] });
    expect(await readLibrary(bufferSource('libx.so.1', elf))).toMatchObject({
      machine: name,
      soname: 'libx.so.1',
      needed: [],
      defines: ['libx.so.1', 'X_1.0', 'X_1.1'],
    });
  });
});

const amd64 = { class: 64, littleEndian: true, machine: 62 } as const;

test('a position-independent program that asks for no loader is static-pie', async () => {
  const elf = makeDynamic(amd64);
  expect(await readBinaryFrom(bufferSource('program', elf))).toMatchObject({ static: true, pie: true });
});

const object = makeElf({ ...amd64, type: 1, pieces: [{ type: 1, address: 0, data: Buffer.alloc(16) }] });
const noHeaders = makeElf({ ...amd64, pieces: [] });

test.each([
  ['an empty file', Buffer.alloc(0), /does not start as ELF/],
  ['a script', Buffer.from('#!/bin/sh\nexec true\n'), /does not start as ELF/],
  ['an object file', object, /type 1 is no program/],
  ['a file without program headers', noHeaders, /no program headers/],
  ['a file cut in its header', noHeaders.subarray(0, 40), /middle of an entry/],
])('%s is refused with the reason', async (name, bytes, reason) => {
  await expect(readBinaryFrom(bufferSource(name, bytes))).rejects.toMatchObject({
    code: 'BINARY_UNREADABLE',
    message: expect.stringMatching(reason) as unknown,
  });
});

test('a version table in which a thousand records share one list of a thousand names is refused, not walked', async () => {
  const count = 1000;
  const table = writer(amd64);
  for (let index = 0; index < count; index++)
    table.u16(1, 1).u32(0, (count - index) * 16, index + 1 < count ? 16 : 0);
  for (let index = 0; index < count; index++)
    table
      .u32(0)
      .u16(0, 2)
      .u32(0, index + 1 < count ? 16 : 0);
  const elf = makeDynamic({ ...amd64, versionTable: table.bytes() });
  await expect(readBinaryFrom(bufferSource('program', elf))).rejects.toMatchObject({
    code: 'BINARY_UNREADABLE',
    message: expect.stringContaining('does not end') as unknown,
  });
});
