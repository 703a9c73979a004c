import { expect, test } from 'vitest';
import { debianPackagesFor, debianPackagesOf } from '../../../src/base/exact/debian-names.ts';
import { licenceEntries } from '../../../src/base/exact/licences.ts';
import { readOwners } from '../../../src/base/exact/owners.ts';
import { tree } from '../tree-maker.ts';

test('the Debian package of a library follows from its name', () => {
  expect(debianPackagesOf('libc.so.6')).toEqual(['libc6']);
  expect(debianPackagesOf('ld-linux-aarch64.so.1')).toEqual(['libc6']);
  expect(debianPackagesOf('libsqlite3.so.0')).toEqual(['libsqlite3-0', 'libsqlite3-0t64']);
  expect(debianPackagesOf('libxml2.so.2')).toEqual(['libxml2']);
  expect(debianPackagesOf('libicuuc.so.72')).toEqual(['libicu72']);
  expect(debianPackagesOf('libstdc++.so.6')).toEqual(['libstdc++6', 'libstdc++6t64']);
  expect(debianPackagesOf('libncursesw.so.6')).toContain('libncursesw6');
  expect(debianPackagesOf('libpng16.so.16')).toContain('libpng16-16');
  expect(debianPackagesOf('libX11.so.6')).toContain('libx11-6');
  expect(debianPackagesOf('libffi.so.8')).toContain('libffi8');
  expect(debianPackagesOf('libdb-5.3.so')).toContain('libdb5.3');
  expect(debianPackagesOf('plugin.so')).toEqual([]);
});

test('the packages to compose for a program, and what nobody has', () => {
  const has = (name: string): boolean => ['libc6', 'libgcc-s1', 'libssl3', 'zlib1g'].includes(name);
  const needs = {
    interpreter: '/lib64/ld-linux-x86-64.so.2',
    needed: ['libssl.so.3', 'libz.so.1', 'libodd.so.1'],
  };
  expect(debianPackagesFor(needs, has)).toEqual({
    packages: ['libc6', 'libgcc-s1', 'libssl3', 'zlib1g'],
    unknown: ['libodd.so.1'],
  });
  expect(
    debianPackagesFor({ interpreter: '/lib/ld-musl-x86_64.so.1', needed: ['libc.so'] }, () => true).packages,
  ).toEqual(['musl']);
});

test('owners are read from dpkg’s database, from what composed bases keep of it, and from apk’s', async () => {
  const dpkg = {
    'var/lib/dpkg/status':
      'Package: libc6\nVersion: 2.36\nArchitecture: amd64\n\nPackage: other\nVersion: 1\n',
    'var/lib/dpkg/info/libc6:amd64.list': '/.\n/lib/x/libc.so.6\n',
  };
  const composed = {
    'var/lib/dpkg/status.d/zlib1g': 'Package: zlib1g\nVersion: 1:1.3\n',
    'var/lib/dpkg/status.d/zlib1g.md5sums': `${'0'.repeat(32)}  usr/lib/x/libz.so.1.3\n`,
  };
  const apk = { 'lib/apk/db/installed': 'P:musl\nV:1.2\nL:MIT\nF:lib\nR:ld-musl.so.1\n\n' };
  const wanted = ['usr/lib/x/libc.so.6', 'usr/lib/x/libz.so.1.3', 'lib/ld-musl.so.1', 'opt/own.so'];
  const owners = await readOwners(tree({ ...dpkg, ...composed, ...apk }), wanted);
  expect(Object.fromEntries(owners)).toEqual({
    'usr/lib/x/libc.so.6': { package: 'libc6', version: '2.36' },
    'usr/lib/x/libz.so.1.3': { package: 'zlib1g', version: '1:1.3' },
    'lib/ld-musl.so.1': { package: 'musl', version: '1.2', licence: 'MIT' },
  });
});

test('licences come along as files, also where documents are a link to another package’s', async () => {
  const files = tree({
    'usr/share/doc/libgcc-s1 -> gcc-12-base': '',
    'usr/share/doc/gcc-12-base/copyright': 'See /usr/share/common-licenses/GPL-3.\n',
    'usr/share/common-licenses/GPL-3': 'GNU',
    'usr/share/common-licenses/GPL-2': 'GNU',
  });
  const { entries, paths } = await licenceEntries(files, [{ package: 'libgcc-s1', version: '12' }]);
  expect(entries.map(({ path, type }) => `${type} ${path}`)).toEqual([
    'file usr/share/doc/libgcc-s1/copyright',
    'file usr/share/common-licenses/GPL-3',
  ]);
  expect(paths.get('libgcc-s1')).toBe('usr/share/doc/libgcc-s1/copyright');
});
