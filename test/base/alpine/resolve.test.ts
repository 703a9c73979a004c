import { expect, test } from 'vitest';
import { parseRecords } from '../../../src/base/alpine/records.ts';
import { resolveAlpine } from '../../../src/base/alpine/resolve.ts';
import { makeIndex } from '../../../src/base/alpine/index.ts';
import { makeKey, makePackage } from '../../components/alpine-repository.ts';
import type { TestPackage } from '../../components/alpine-repository.ts';

const key = makeKey();

function resolve(packages: readonly TestPackage[], ...wanted: readonly string[]): string[] {
  const text = packages.map((one) => makePackage(one, { key }).stanza).join('\n');
  const { packages: all } = parseRecords(text, { repository: 'r', rank: 0, what: 'the index' });
  return resolveAlpine(makeIndex([], all), wanted).map(({ name, version }) => `${name} ${version}`);
}

const libc: TestPackage = { name: 'musl', version: '1.2-r0', provides: 'so:libc.musl-x86_64.so.1=1' };

test('the newest version, and what it needs by name, library, command and file', () => {
  const packages: TestPackage[] = [
    libc,
    { name: 'app', version: '1.9-r0' },
    { name: 'app', version: '1.10-r0', depends: 'so:libc.musl-x86_64.so.1 cmd:tool>=2 pc:x /bin/sh' },
    { name: 'tool', version: '2.1-r0', provides: 'cmd:tool=2.1-r0 pc:x=3' },
    { name: 'busybox-binsh', provides: '/bin/sh', priority: 100 },
    { name: 'dash-binsh', provides: '/bin/sh', priority: 60 },
  ];
  expect(resolve(packages, 'app')).toEqual([
    'app 1.10-r0',
    'busybox-binsh 1.0-r0',
    'musl 1.2-r0',
    'tool 2.1-r0',
  ]);
});

test('a version that something else does not allow is not taken', () => {
  const packages: TestPackage[] = [
    { name: 'lib', version: '1.0-r0' },
    { name: 'lib', version: '2.0-r0' },
    { name: 'a', depends: 'lib' },
    { name: 'b', depends: 'lib<2' },
  ];
  expect(resolve(packages, 'a', 'b')).toEqual(['a 1.0-r0', 'b 1.0-r0', 'lib 1.0-r0']);
  expect(resolve(packages, 'a')).toEqual(['a 1.0-r0', 'lib 2.0-r0']);
});

test('two that exclude each other are not had together; another provider is taken in place of one', () => {
  const packages: TestPackage[] = [
    { name: 'mail-a', provides: 'mailer=1', priority: 9 },
    { name: 'mail-b', provides: 'mailer=1' },
    { name: 'strict', depends: '!mail-a' },
    { name: 'app', depends: 'mailer' },
  ];
  expect(resolve(packages, 'app', 'strict')).toEqual(['app 1.0-r0', 'mail-b 1.0-r0', 'strict 1.0-r0']);
  expect(() => resolve(packages, 'mail-a', 'strict')).toThrow(/mail-a/);
});

test('who asks for what cannot be had is named', () => {
  const needs: TestPackage = { name: 'app', depends: 'so:libx.so.1 lib>3' };
  expect(() => resolve([needs], 'app')).toThrow('app-1.0-r0 asks for so:libx.so.1: no repository has it');
  expect(() =>
    resolve(
      [
        { ...needs, depends: 'lib>3' },
        { name: 'lib', version: '2-r0' },
      ],
      'app',
    ),
  ).toThrow('app-1.0-r0 asks for lib>3: the repositories have 2-r0');
  expect(() => resolve([], 'none')).toThrow('the list of packages asks for none: no repository has it');
});

test('of several that provide a name without a version the user must name one', () => {
  const packages: TestPackage[] = [
    { name: 'one', provides: 'editor' },
    { name: 'other', provides: 'editor' },
  ];
  expect(() => resolve(packages, 'editor')).toThrow(/editor, which one, other provide/);
  expect(resolve(packages, 'editor', 'other')).toEqual(['other 1.0-r0']);
});

test('what comes by itself when others are there comes', () => {
  const packages: TestPackage[] = [
    { name: 'ssl' },
    { name: 'busybox' },
    { name: 'ssl_client', depends: 'so:libc.musl-x86_64.so.1', installIf: 'busybox=1.0-r0 ssl' },
    libc,
  ];
  expect(resolve(packages, 'busybox')).toEqual(['busybox 1.0-r0']);
  expect(resolve(packages, 'busybox', 'ssl')).toEqual([
    'busybox 1.0-r0',
    'musl 1.2-r0',
    'ssl 1.0-r0',
    'ssl_client 1.0-r0',
  ]);
  expect(resolve(packages, 'busybox', 'ssl', '!ssl_client')).toEqual(['busybox 1.0-r0', 'ssl 1.0-r0']);
});

test('packages that need each other are both there', () => {
  expect(
    resolve(
      [
        { name: 'a', depends: 'b' },
        { name: 'b', depends: 'a' },
      ],
      'a',
    ),
  ).toEqual(['a 1.0-r0', 'b 1.0-r0']);
});
