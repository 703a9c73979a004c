import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseStanzas, stanzaTexts } from '../../../src/base/debian/control.ts';
import { compactPackages, linesOf, linesProviding, readKept } from '../../../src/base/debian/packages.ts';
import { readLine } from '../../../src/base/debian/record-line.ts';

const stanza = (name: string, version: string, more = ''): string =>
  `Package: ${name}\nVersion: ${version}\nArchitecture: all\nFilename: pool/${name}.deb\nSize: 5\n${more}SHA256: ${'a'.repeat(64)}\n`;

async function* inPieces(text: string, size: number): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text, 'latin1');
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

test('every package is found by its name, and by what it provides, in an index of any order', async () => {
  const name = fc.stringMatching(/^[a-c][a-c+.-]{0,3}$/);
  const entry = fc.tuple(name, fc.nat(3), fc.array(name, { maxLength: 2 }));
  await fc.assert(
    fc.asyncProperty(
      fc.array(entry, { maxLength: 30 }),
      fc.integer({ min: 1, max: 500 }),
      async (all, size) => {
        const text = all
          .map(([one, version, provides]) =>
            stanza(one, String(version), provides.length === 0 ? '' : `Provides: ${provides.join(', ')}\n`),
          )
          .join('\n');
        const made = await compactPackages(inPieces(text, size));
        const packages = readKept(made.file);
        if (!packages) throw new Error('not kept');
        const show = (lines: readonly string[]): string[] =>
          lines.map((line) => `${readLine(line, '').name} ${readLine(line, '').version}`).sort();
        const wanted = new Set(
          all.flatMap(([one, , provides]) => [one, ...provides, `${one}a`, one.slice(0, 1)]),
        );
        for (const key of wanted) {
          const named = all.filter(([one]) => one === key).map(([one, version]) => `${one} ${version}`);
          expect(show(linesOf(packages, key))).toEqual(named.sort());
          const providing = all
            .filter(([, , provides]) => provides.includes(key))
            .map(([one, version]) => `${one} ${version}`);
          expect(show(linesProviding(packages, key))).toEqual(providing.sort());
        }
      },
    ),
    { numRuns: 60 },
  );
});

test('a kept index with a changed byte is not read', async () => {
  const { file } = await compactPackages(inPieces(stanza('a', '1'), 100));
  for (const at of [0, 70, 90, file.length - 1]) {
    const copy = Buffer.from(file);
    copy[at] = (copy[at] ?? 0) ^ 1;
    expect(readKept(copy)).toBeUndefined();
  }
  expect(readKept(file.subarray(0, 50))).toBeUndefined();
  expect(readKept(file)).toBeDefined();
});

test('fields of a stanza are read folded, in any case, and without what is odd in them', async () => {
  const more =
    'DEPENDS: a,\n b\t(>= 1),\n c\nDescription: text\n Depends: none\nDepends: second\nEssential: yes\n';
  const { text, provided } = await compactPackages(inPieces(stanza('tool', '1', more), 9));
  const record = readLine(text.toString('latin1', 0, provided).trimEnd(), 'trixie');
  expect(record.depends.map(([one]) => one?.name)).toEqual(['a', 'b', 'c']);
  expect(record).toMatchObject({
    name: 'tool',
    essential: true,
    size: 5,
    source: { name: 'tool', version: '1' },
  });
});

test('a stanza without what a record must have is passed over', async () => {
  const sound = stanza('a', '1');
  const texts = [
    sound.replace('Package: a', 'Package: A B'),
    sound.replace('Version: 1', 'Version: 1 2'),
    sound.replace(/SHA256: .*/, 'SHA256: abc'),
    sound.replace('Size: 5', 'Size: -5'),
    sound.replace('pool/a.deb', '../a.deb'),
    sound.replace('pool/a.deb', '/pool/a.deb'),
    sound.replace('pool/a.deb', 'https://evil.example/a.deb'),
    'nothing',
  ];
  expect((await compactPackages(inPieces(texts.join('\n'), 50))).text).toHaveLength(0);
});

test('a stanza that does not end is not read into memory', async () => {
  const endless = async function* (): AsyncGenerator<Uint8Array> {
    for (;;) yield Buffer.alloc(65_536, 'x');
  };
  await expect(compactPackages(endless())).rejects.toMatchObject({ code: 'INDEX_INVALID' });
});

test('stanzas are apart by any number of empty lines', async () => {
  const found: string[] = [];
  for await (const one of stanzaTexts(inPieces('\n\na: 1\n\n\n\nb: 2\nc: 3\n\n', 3), 100, () => new Error()))
    found.push(one.trim());
  expect(found).toEqual(['a: 1', 'b: 2\nc: 3']);
  expect(parseStanzas('a: 1\r\n\r\n \nB: 2\n  3\n').map((one) => [...one])).toEqual([
    [['a', '1']],
    [['b', '2\n3']],
  ]);
});
