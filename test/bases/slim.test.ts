import { expect, test } from 'vitest';
import { globForm } from '../../src/bases/glob.ts';
import { leaveOut } from '../../src/bases/slim.ts';
import { directoryEntry, fileEntry, root } from '../../src/base/parts/entry.ts';
import type { Entry } from '../../src/layer/entry.ts';

const tree: readonly Entry[] = [
  ...[
    'etc',
    'usr',
    'usr/share',
    'usr/share/doc',
    'usr/share/doc/a',
    'usr/share/locale',
    'usr/share/locale/de',
  ].map((path) => directoryEntry(path, 0o755, root, 0)),
  ...[
    ['etc/passwd', 'root'],
    ['usr/share/doc/a/changelog.gz', '12345'],
    ['usr/share/doc/a/copyright', 'free'],
    ['usr/share/locale/de/a.mo', '123'],
  ].map(([path = '', text = '']) => fileEntry(path, text, 0)),
];

test('what is slim has no documents and locales, but licences, and says how much went', () => {
  const { entries, omitted } = leaveOut(tree, { slim: true, omit: [] });
  expect(entries.map(({ path }) => path)).toEqual([
    ...[
      'etc',
      'etc/passwd',
      'usr',
      'usr/share',
      'usr/share/doc',
      'usr/share/doc/a',
      'usr/share/doc/a/copyright',
    ],
  ]);
  expect(omitted).toEqual([
    { kind: 'documents', files: 1, bytes: 5 },
    { kind: 'locales', files: 1, bytes: 3 },
  ]);
});

test('a glob of the user takes what lies below what it names, and counts on its own', () => {
  const { entries, omitted } = leaveOut(tree, { slim: true, omit: ['/usr/share/doc', '/etc/*wd'] });
  expect(entries.map(({ path }) => path)).toEqual(['etc', 'usr', 'usr/share']);
  expect(omitted).toContainEqual({ kind: '/usr/share/doc', files: 2, bytes: 9 });
  expect(omitted).toContainEqual({ kind: '/etc/*wd', files: 1, bytes: 4 });
});

test('nothing asked for is nothing done', () => {
  expect(leaveOut(tree, { slim: false, omit: [] })).toEqual({ entries: tree, omitted: [] });
});

test.each([
  ['/usr/**/a.mo', '/usr/share/locale/de/a.mo', true],
  ['/usr/**/a.mo', '/usr/a.mo', true],
  ['/usr/*/a.mo', '/usr/share/locale/de/a.mo', false],
  ['/a/**', '/a/b/c', true],
  ['/a?c', '/abc', true],
  ['/a?c', '/a/c', false],
  ['/a.c', '/abc', false],
  ['/[!a]b', '/ab', false],
  ['/[!a]b', '/xb/below', true],
  ['/a[b', '/a[b', true],
])('%s and %s: %s', (glob, path, matches) => expect(globForm(glob).test(path)).toBe(matches));
