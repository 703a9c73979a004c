import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { hostMirrors } from '../../../src/base/debian/host-sources.ts';
import { addressOf, packageAddress } from '../../../src/base/debian/mirrors.ts';
import { architectureOf, debianSource } from '../../../src/base/debian/source.ts';
import type { PackageRecord } from '../../../src/base/debian/types.ts';
import { containing } from '../../support/containing.ts';
import { tempDir, testCtx } from '../../support/ctx.ts';

const bookworm = 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nVERSION_CODENAME=bookworm\nID=debian\n';
const platform = { os: 'linux', architecture: 'amd64' };

/** A machine's root with these files in /etc. */
function machine(files: Readonly<Record<string, string>>): string {
  const root = tempDir();
  for (const [name, text] of Object.entries(files)) {
    const file = path.join(root, 'etc', name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  return root;
}

test("a Debian host's own mirrors are found in files of several lines", async () => {
  const root = machine({
    'os-release': bookworm,
    'apt/sources.list.d/a-vendor.sources':
      'Types: deb\nURIs: https://vendor.example/apt\nSuites: bookworm\nComponents: main\nSigned-By: /v.gpg\n',
    'apt/sources.list.d/debian.sources': [
      '# where it was made from',
      'Types: deb deb-src',
      '# http://snapshot.example/archive/debian/20250520T000000Z',
      'URIs: http://mirror.example/debian/',
      'Suites: bookworm',
      ' bookworm-updates',
      'Components: main contrib',
      'Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg',
      '',
      'Enabled: no',
      'Types: deb',
      'URIs: http://off.example/debian-security',
      'Suites: bookworm-security',
      'Components: main',
      '  ',
      'Types: deb',
      'URIs: http://mirror.example/debian-security',
      'Suites: bookworm-security',
      'Components: main',
    ].join('\n'),
  });
  expect(await hostMirrors(root)).toEqual({
    archive: 'http://mirror.example/debian/',
    security: 'http://mirror.example/debian-security',
  });
});

test("a Debian host's own mirrors are found in files of one line each", async () => {
  const root = machine({
    'os-release': bookworm,
    'apt/sources.list': [
      'deb cdrom:[Debian GNU/Linux 12]/ bookworm main',
      '#deb http://commented.example/debian bookworm main',
      'deb-src http://source.example/debian bookworm main',
      'deb [arch=amd64 signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] https://lan.example/pub/debian bookworm main # ours',
      'deb https://browser.example/linux/deb/ stable main',
      'deb https://lan.example/pub/debian-security bookworm-security main',
    ].join('\r\n'),
  });
  expect(await hostMirrors(root)).toEqual({
    archive: 'https://lan.example/pub/debian',
    security: 'https://lan.example/pub/debian-security',
  });
});

test('another distribution has no mirrors of Debian, though its sources look alike', async () => {
  const root = machine({
    'os-release': 'ID=ubuntu\nID_LIKE=debian\nVERSION_CODENAME=noble\n',
    'apt/sources.list': 'deb http://mirror.example/debian stable main',
  });
  expect(await hostMirrors(root)).toEqual({});
  expect(await hostMirrors(tempDir())).toEqual({});
});

test('a source takes the settings first, then the host, and names the key when there is neither', async () => {
  const ctx = testCtx();
  const host = machine({
    'os-release': bookworm,
    'apt/sources.list': 'deb http://host.example/debian bookworm main',
  });
  const settings = { mirror: 'https://set.example/debian/' };
  expect((await debianSource(ctx, settings, { root: host, platform })).mirrors).toEqual({
    archive: 'https://set.example/debian/',
    security: 'https://set.example/debian-security/',
  });
  expect(await debianSource(ctx, { release: 'trixie' }, { root: host, platform })).toEqual({
    release: 'trixie',
    architecture: 'amd64',
    components: ['main'],
    mirrors: { archive: 'http://host.example/debian', security: 'http://host.example/debian-security' },
  });
  expect((await debianSource(ctx, {}, { root: host, platform })).release).toBe('stable');
  await expect(debianSource(ctx, {}, { root: tempDir(), platform })).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
    hint: containing('debian.mirror in coracle.yaml'),
  });
  const odd = { mirror: 'https://set.example/repository/deb' };
  await expect(debianSource(ctx, odd, { root: tempDir(), platform })).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
    hint: containing('debian.securityMirror in coracle.yaml'),
  });
});

test('a snapshot wants a mirror that keeps the past, and a date that there is', async () => {
  const ctx = testCtx();
  const host = machine({
    'os-release': bookworm,
    'apt/sources.list': 'deb http://host.example/debian bookworm main',
  });
  await expect(
    debianSource(ctx, { snapshot: '20261101T000000Z' }, { root: host, platform }),
  ).rejects.toMatchObject({ code: 'CONFIG_INVALID', hint: containing('{snapshot}') });
  for (const snapshot of ['2026-11-01', '20261301T000000Z', '20260230T000000Z']) {
    await expect(
      debianSource(ctx, { snapshot, mirror: 'http://m.example/debian' }, { root: host, platform }),
    ).rejects.toMatchObject({ code: 'CONFIG_INVALID', message: containing(snapshot) });
  }
});

test.each([
  [
    'http://m.example/archive/debian',
    '/archive/debian/20261101T000000Z/',
    '/archive/debian-security/20261101T000000Z/',
  ],
  ['http://m.example/{snapshot}/debian/', '/20261101T000000Z/debian/', '/20261101T000000Z/debian-security/'],
  ['http://m.example/debian/{snapshot}', '/debian/20261101T000000Z/', '/debian-security/20261101T000000Z/'],
  [
    'http://m.example/debian/20250101T000000Z',
    '/debian/20261101T000000Z/',
    '/debian-security/20261101T000000Z/',
  ],
])('the date of a snapshot goes into the address of %s', async (mirror, archive, security) => {
  const settings = { mirror, snapshot: '20261101T000000Z' };
  const source = await debianSource(testCtx(), settings, { root: tempDir(), platform });
  expect(addressOf(source, 'trixie', 'x').pathname).toBe(`${archive}x`);
  expect(addressOf(source, 'trixie-security', 'x').pathname).toBe(`${security}x`);
});

test("a package's address is its file's on the archive of its suite", async () => {
  const settings = { mirror: 'https://user:word@set.example/debian' };
  const source = await debianSource(testCtx(), settings, { root: tempDir(), platform });
  const address = (suite: string, filename: string): string => {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- an address needs no more of a record
    return packageAddress(source, { suite, filename } as PackageRecord).href;
  };
  expect(address('trixie-updates', 'pool/main/g/g++/g++_1.0~a+b_amd64.deb')).toBe(
    'https://user:word@set.example/debian/pool/main/g/g++/g++_1.0~a+b_amd64.deb',
  );
  expect(address('trixie-security', 'pool/a%3a.deb')).toBe(
    'https://user:word@set.example/debian-security/pool/a%253a.deb',
  );
  const wrong = await debianSource(testCtx(), { mirror: 'file:///debian' }, { root: tempDir(), platform });
  expect(() => addressOf(wrong, 'trixie', 'x')).toThrow('is no address of a Debian mirror');
});

test('platforms have the names that Debian gives them', () => {
  const names = ['amd64', 'arm64', '386', 'ppc64le', 's390x', 'riscv64'].map((architecture) =>
    architectureOf({ os: 'linux', architecture }),
  );
  expect(names).toEqual(['amd64', 'arm64', 'i386', 'ppc64el', 's390x', 'riscv64']);
  expect(architectureOf({ os: 'linux', architecture: 'arm', variant: 'v7' })).toBe('armhf');
  expect(architectureOf({ os: 'linux', architecture: 'arm', variant: 'v6' })).toBe('armel');
  for (const other of [
    { os: 'windows', architecture: 'amd64' },
    { os: 'linux', architecture: 'ppc64' },
  ])
    expect(() => architectureOf(other)).toThrow('Debian has no packages for');
});
