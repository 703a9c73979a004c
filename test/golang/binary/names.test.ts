import { describe, expect, test } from 'vitest';
import { readElf } from '../../../src/golang/binary/elf.ts';
import { readFunctionNames } from '../../../src/golang/binary/names.ts';
import { bufferSource } from '../../../src/golang/binary/source.ts';
import { makeElf, writer } from './elf-maker.ts';
import type { Form } from './elf-maker.ts';

const names = [
  'main.main',
  'time.LoadLocation',
  'gopkg.in/yaml%2ev3.Unmarshal',
  'crypto/x509.(*Certificate).Verify',
];
const nameTable = `${names.join('\0')}\0`;

/** A pclntab with names and nothing else. */
function pclntab(layout: '1.2' | '1.16' | '1.18' | '1.20', form: Form, quantum: number): Buffer {
  const pointer = form.class / 8;
  const magic = { '1.2': 0xfffffffb, '1.16': 0xfffffffa, '1.18': 0xfffffff0, '1.20': 0xfffffff1 }[layout];
  const table = writer(form).u32(magic).u8(0, 0, quantum, pointer);
  if (layout === '1.2') {
    // One function; its record ends in a printable byte, right before its name.
    const record = 8 + pointer + 3 * pointer;
    const nameAt = record + pointer + 4 + 1;
    const first = table.word(1).word(0x1000, record, 0x2000).word(0x1000).u32(nameAt).raw('P');
    return first.raw('time.LoadLocation\0').raw(nameTable).raw('\0\0time.Other\0').bytes();
  }
  const size = 8 + 8 * pointer;
  const offsets = [
    size,
    size + nameTable.length,
    size + nameTable.length,
    size + nameTable.length,
    size + nameTable.length,
  ];
  table.word(names.length, 0);
  if (layout !== '1.16') table.word(0x1000);
  table.word(...offsets);
  if (layout === '1.16') table.word(0);
  return table.raw(nameTable).raw('\0\0time.Other\0').bytes();
}

const forms = [
  { class: 64, littleEndian: true, machine: 62, quantum: 1, name: 'amd64' },
  { class: 64, littleEndian: false, machine: 22, quantum: 2, name: 's390x' },
  { class: 32, littleEndian: true, machine: 3, quantum: 1, name: '386' },
  { class: 32, littleEndian: false, machine: 8, quantum: 4, name: 'mips' },
] as const;
const layouts = ['1.2', '1.16', '1.18', '1.20'] as const;

describe.each(layouts.flatMap((layout) => forms.map((form) => ({ ...form, layout }))))(
  'function names of a $name program in the layout of Go $layout, found with no section header',
  ({ layout, quantum, ...form }) => {
    const before = Buffer.alloc(1_048_576 - 4, 0xff);
    const table = pclntab(layout, form, quantum);
    const data = Buffer.concat([before, Buffer.alloc(20), table, Buffer.alloc(32)]);
    const elf = makeElf({ ...form, pieces: [{ type: 1, address: 0x400000, data }] });

    test('whole names are found, parts of names are not', async () => {
      const source = bufferSource('program', elf);
      const found = await readFunctionNames(source, await readElf(source));
      expect(names.filter((name) => !found?.has(name))).toEqual([]);
      const wrong = ['ime.LoadLocation', 'time.LoadLocatio', 'main', 'time.Nothing'];
      expect(wrong.filter((name) => found?.has(name))).toEqual([]);
      // The layouts that keep names apart do not take other data for one.
      expect(found?.has('time.Other')).toBe(layout === '1.2');
    });

    test('packages are found by their import path', async () => {
      const source = bufferSource('program', elf);
      const found = await readFunctionNames(source, await readElf(source));
      expect(['time', 'gopkg.in/yaml.v3', 'crypto/x509'].map((path) => found?.hasPackage(path))).toEqual([
        true,
        true,
        true,
      ]);
      expect(['tim', 'x509', 'crypto', 'yaml.v3'].map((path) => found?.hasPackage(path))).toEqual([
        false,
        false,
        false,
        false,
      ]);
    });
  },
);

test('a magic number by chance is passed over', async () => {
  const form = forms[0];
  const decoy = writer(form)
    .u32(0xfffffff1)
    .u8(0, 0, 1, 8)
    .word(1, 1, 1, 2 ** 40, 2 ** 41)
    .bytes();
  const data = Buffer.concat([decoy, Buffer.alloc(16), pclntab('1.20', form, 1)]);
  const source = bufferSource('program', makeElf({ ...form, pieces: [{ type: 1, address: 0, data }] }));
  expect((await readFunctionNames(source, await readElf(source)))?.has('main.main')).toBe(true);
});
