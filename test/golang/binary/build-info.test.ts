import { describe, expect, test } from 'vitest';
import { readGoBuild } from '../../../src/golang/binary/build-info.ts';
import { readElf } from '../../../src/golang/binary/elf.ts';
import { parseModuleInfo } from '../../../src/golang/binary/module-info.ts';
import { bufferSource } from '../../../src/golang/binary/source.ts';
import { makeElf, writer } from './elf-maker.ts';
import type { Form } from './elf-maker.ts';

const text = [
  'path\texample.com/app/cmd/api',
  'mod\texample.com/app\tv1.2.3\t',
  'dep\texample.com/one\tv1.0.0\th1:one=',
  'dep\texample.com/two\tv2.0.0',
  '=>\texample.com/fork\tv2.0.1\th1:fork=',
  'build\t-ldflags="-X \\"main.v=a\\tb\\u00e9\\x41\\101\\"" ',
  'build\tCGO_ENABLED=0',
  'build\t"odd key"=value=with=equals',
  'build\t`raw`=`a b`',
  'strange\tline',
  '',
].join('\n');

const parsed = {
  goVersion: 'go1.99.1',
  path: 'example.com/app/cmd/api',
  main: { path: 'example.com/app', version: 'v1.2.3' },
  deps: [
    { path: 'example.com/one', version: 'v1.0.0', sum: 'h1:one=' },
    {
      path: 'example.com/two',
      version: 'v2.0.0',
      replace: { path: 'example.com/fork', version: 'v2.0.1', sum: 'h1:fork=' },
    },
  ],
};

test('module text: replacements belong to the line before, settings are unquoted', () => {
  const info = parseModuleInfo('go1.99.1', text.replace('" \n', '"\n'));
  expect(info).toMatchObject(parsed);
  expect(info.settings).toEqual({
    '-ldflags': '-X "main.v=a\tbéAA"',
    CGO_ENABLED: '0',
    'odd key': 'value=with=equals',
    raw: 'a b',
  });
});

test('a setting named __proto__ is a setting', () => {
  const { settings } = parseModuleInfo('go1', 'build\t__proto__=x\n');
  expect(Object.entries(settings)).toEqual([['__proto__', 'x']]);
});

const mark = '0123456789abcdef';
const moduleText = Buffer.from(`${mark}${text}${mark}`);
const version = Buffer.from('go1.99.1');
const magic = '\xff Go buildinf:';

function varint(value: number): Buffer {
  return value < 128
    ? Buffer.from([value])
    : Buffer.concat([Buffer.from([(value & 0x7f) | 0x80]), varint(value >> 7)]);
}

const forms = [
  { class: 64, littleEndian: true, machine: 62, name: 'amd64' },
  { class: 64, littleEndian: false, machine: 22, name: 's390x' },
  { class: 32, littleEndian: true, machine: 3, name: '386' },
  { class: 32, littleEndian: false, machine: 8, name: 'mips' },
] as const;

describe.each(forms)('build info of a $name program without section headers', (form) => {
  const program = (data: Buffer): Buffer =>
    makeElf({
      ...form,
      pieces: [
        { type: 1, address: 0x1000, data: Buffer.alloc(64) },
        { type: 1, address: 0x8000, writable: true, data },
      ],
    });

  test('as Go 1.18 and later write it: strings in place', async () => {
    const info = Buffer.concat([
      Buffer.from(`${magic}\0\x02`, 'latin1'),
      Buffer.alloc(16),
      varint(version.length),
      version,
      varint(moduleText.length),
      moduleText,
    ]);
    expect(
      await read(program(Buffer.concat([Buffer.alloc(1_048_570), Buffer.alloc(6), info]))),
    ).toMatchObject({
      goVersion: 'go1.99.1',
      buildInfo: parsed,
    });
  });

  test('as Go before 1.18 wrote it: addresses of strings', async () => {
    expect(await read(program(pointerForm(form, 0x8000)))).toMatchObject({
      goVersion: 'go1.99.1',
      buildInfo: parsed,
    });
  });

  test('a magic text by chance, or with lengths past the end, is passed over', async () => {
    const decoy = Buffer.from(`${magic}\0\x02${'\0'.repeat(16)}\xff\xff\xff\xff\x0f`, 'latin1');
    expect(await read(program(Buffer.concat([decoy, Buffer.alloc(11)])))).toBeUndefined();
    expect(
      await read(program(Buffer.concat([decoy, Buffer.alloc(11), pointerForm(form, 0x8000 + 48)]))),
    ).toMatchObject({
      goVersion: 'go1.99.1',
    });
  });
});

function pointerForm(form: Form, address: number): Buffer {
  const pointer = form.class / 8;
  const strings = address + 32;
  const bytes = strings + 4 * pointer;
  return writer(form)
    .raw(magic)
    .u8(pointer, form.littleEndian ? 0 : 1)
    .word(strings, strings + 2 * pointer)
    .raw(Buffer.alloc(16 - 2 * pointer))
    .word(bytes, version.length, bytes + version.length, moduleText.length)
    .raw(version)
    .raw(moduleText)
    .bytes();
}

async function read(bytes: Buffer): ReturnType<typeof readGoBuild> {
  const source = bufferSource('program', bytes);
  return readGoBuild(source, await readElf(source));
}
