import { describe, expect, test } from 'vitest';
import type { KeyParts } from '../../../src/solve/solver.ts';
import { copy, dir, file, link, type Named } from './support.ts';

const made = { made: true } as const;
type CopyOptions = {
  readonly dest?: string;
  readonly owner?: string;
  readonly mode?: string;
  readonly exclude?: readonly string[];
};
const context = [
  file('src/main.go', 'main', made),
  file('src/go.mod', 'mod', made),
  link('src/l', 'go.mod', made),
];
const keyOf = async (
  source: readonly Named[],
  more: CopyOptions = {},
  base?: readonly Named[],
  how = {},
): Promise<KeyParts> =>
  (await copy([{ sources: ['src'], dest: '/app/', ...more }], source, base, how)).key ?? {};
const changes = (one: KeyParts, other: KeyParts): string[] =>
  [...new Set([...Object.keys(one), ...Object.keys(other)])]
    .filter((name) => one[name] !== other[name])
    .sort();

describe('the key of a COPY', () => {
  test('names the files', async () => {
    const key = await keyOf(context);
    expect(Object.keys(key).sort()).toEqual([
      'file src/go.mod',
      'file src/l',
      'file src/main.go',
      'files',
      'format',
      'the files beneath',
      'the instruction',
    ]);
  });

  test('is the same for other times of a check-out', async () => {
    const later = context.map((entry) => ({ ...entry, mtime: 2_000_000 }));
    expect(changes(await keyOf(context), await keyOf(later))).toEqual([]);
  });

  test('is another for other times that the source gave', async () => {
    const [one, other] = [[file('src/a', '', { mtime: 1 })], [file('src/a', '', { mtime: 2 })]];
    expect(changes(await keyOf(one), await keyOf(other))).toEqual(['files']);
  });

  test.each<readonly [string, readonly Named[], readonly string[]]>([
    ['content', [file('src/main.go', 'other', made)], ['file src/main.go', 'files']],
    ['mode', [file('src/main.go', 'main', { ...made, mode: 0o755 })], ['file src/main.go', 'files']],
    ['owner', [file('src/main.go', 'main', { ...made, uid: 5 })], ['file src/main.go', 'files']],
    ['link', [link('src/l', 'main.go', made)], ['file src/l', 'files']],
    ['a new file', [file('src/new', '', made)], ['file src/new', 'files']],
    ['a new directory', [dir('src/empty', made)], ['files']],
    [
      'an extended attribute',
      [file('src/main.go', 'main', { ...made, xattrs: { 'user.a': Uint8Array.of(1) } })],
      ['files'],
    ],
    ['a file elsewhere', [file('other', 'x', made)], []],
  ])('another %s', async (_, more, expected) => {
    expect(changes(await keyOf(context), await keyOf([...context, ...more]))).toEqual(expected);
  });

  test.each([
    ['destination', { dest: '/app' }],
    ['owner', { owner: '5' }],
    ['mode', { mode: '755' }],
    ['exclude', { exclude: ['nothing'] }],
  ])('another %s is another instruction', async (_, more) => {
    expect(changes(await keyOf(context), await keyOf(context, more))).toEqual(['the instruction']);
  });

  test('another image beneath, unless it is not looked at', async () => {
    const [one, other] = [[file('x', '1')], [file('x', '2')]];
    expect(changes(await keyOf(context, {}, one), await keyOf(context, {}, other))).toEqual([
      'the files beneath',
    ]);
    expect(
      changes(await keyOf(context, {}, one, { link: true }), await keyOf(context, {}, other, { link: true })),
    ).toEqual([]);
  });

  test('knows hard links by which files they join, not by their numbers', async () => {
    const files = (...same: readonly string[]): Named[] =>
      ['a', 'b', 'c'].map((name, index) => file(`src/${name}`, 'x', { ...made, same: same[index] ?? '' }));
    expect(changes(await keyOf(files('1', '1', '2')), await keyOf(files('77', '77', '78')))).toEqual([]);
    expect(changes(await keyOf(files('1', '1', '2')), await keyOf(files('1', '2', '2')))).toEqual(['files']);
  });

  test('tells names apart that are no UTF-8', async () => {
    const [one, other] = [[file('src/\udc80', 'x', made)], [file('src/\udc81', 'x', made)]];
    expect(changes(await keyOf(one), await keyOf(other))).toContain('files');
  });

  test('of a heredoc is its bytes', async () => {
    const inline = async (text: string): Promise<KeyParts> =>
      (await copy([{ kind: 'inline', name: 'EOF', bytes: Buffer.from(text), dest: '/x' }])).key ?? {};
    expect(changes(await inline('a'), await inline('b'))).toEqual(['the instruction']);
  });

  test('of more files than a person looks through names their directories', async () => {
    const many = Array.from({ length: 30_001 }, (_, index) => file(`src/${index % 10}/${index}`, '', made));
    const one = await keyOf(many);
    const other = await keyOf([...many, file('src/7/7', 'changed', made)]);
    expect(changes(one, other)).toEqual(['files', 'files in src/7']);
  });
});
