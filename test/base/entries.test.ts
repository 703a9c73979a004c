import { existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { chooseBase, describeBase } from '../../src/base/choose.ts';
import type { BaseChoice } from '../../src/base/choose.ts';
import { baseEntries } from '../../src/base/entries.ts';
import type { BaseEntriesOptions } from '../../src/base/entries.ts';
import { contentOf } from '../../src/base/tree.ts';
import type { Entry } from '../../src/layer/entry.ts';
import { writeTar } from '../../src/layer/tar-write.ts';
import { tempDir } from '../support/ctx.ts';
import { storedZip } from './zip-maker.ts';

const nothing = { functionsKnown: true, hasFunction: () => false, links: () => false };
const fixed = chooseBase(nothing, { wanted: 'static', env: {} });

const zones = {
  'Africa/': '',
  'Asia/Calcutta': 'TZif india',
  'Asia/Kolkata': 'TZif india',
  'Europe/Berlin': 'TZif berlin',
  UTC: 'TZif utc',
};

function zoneinfo(files: Readonly<Record<string, string>> = zones): string {
  const file = path.join(tempDir(), 'zoneinfo.zip');
  writeFileSync(file, storedZip(files));
  return file;
}

async function entriesOf(choice: BaseChoice, options: Partial<BaseEntriesOptions> = {}): Promise<Entry[]> {
  return baseEntries(choice, { mtime: 1_700_000_000, zoneinfo: options.zoneinfo ?? zoneinfo(), ...options });
}

async function textOf(entries: readonly Entry[], name: string): Promise<string | undefined> {
  const entry = entries.find((one) => one.path === name);
  return entry && (await contentOf(entry, entry.size))?.toString('latin1');
}

async function tarOf(entries: readonly Entry[]): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const part of writeTar(entries)) parts.push(part);
  return Buffer.concat(parts);
}

test('static holds what a server may want, and nothing that can run', async () => {
  const entries = await entriesOf(fixed);
  const line = ({ path: name, type, mode, uid, gid }: Entry): string =>
    `${type} ${mode.toString(8)} ${uid}:${gid} ${name}`;
  expect(entries.map(line)).toEqual([
    'directory 755 0:0 etc',
    'file 644 0:0 etc/group',
    'file 644 0:0 etc/nsswitch.conf',
    'file 644 0:0 etc/os-release',
    'file 644 0:0 etc/passwd',
    'directory 755 0:0 etc/ssl',
    'directory 755 0:0 etc/ssl/certs',
    'file 644 0:0 etc/ssl/certs/ca-certificates.crt',
    'directory 755 0:0 home',
    'directory 700 65532:65532 home/nonroot',
    'directory 700 0:0 root',
    'directory 1777 0:0 tmp',
    'directory 755 0:0 usr',
    'directory 755 0:0 usr/share',
    'directory 755 0:0 usr/share/zoneinfo',
    'directory 755 0:0 usr/share/zoneinfo/Asia',
    'file 644 0:0 usr/share/zoneinfo/Asia/Calcutta',
    'hardlink 644 0:0 usr/share/zoneinfo/Asia/Kolkata',
    'directory 755 0:0 usr/share/zoneinfo/Europe',
    'file 644 0:0 usr/share/zoneinfo/Europe/Berlin',
    'file 644 0:0 usr/share/zoneinfo/UTC',
  ]);
  expect(entries.every(({ mtime }) => mtime === 1_700_000_000)).toBe(true);
  expect(await textOf(entries, 'etc/passwd')).toBe(
    [
      'root:x:0:0:root:/root:/sbin/nologin',
      'nonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin',
      'nobody:x:65534:65534:nobody:/nonexistent:/sbin/nologin',
      '',
    ].join('\n'),
  );
  expect(await textOf(entries, 'etc/group')).toBe('root:x:0:\nnonroot:x:65532:\nnobody:x:65534:\n');
  expect(describeBase(fixed)).toMatch(/^static: CA certificates, time zones/);
});

test('the same choice gives the same bytes, and tar can read them', async () => {
  const zip = zoneinfo();
  const [one, other] = await Promise.all(
    [1, 2].map(async () => tarOf(await entriesOf(fixed, { zoneinfo: zip }))),
  );
  expect(other?.equals(one ?? Buffer.alloc(0))).toBe(true);
  const directory = tempDir();
  writeFileSync(path.join(directory, 'base.tar'), one ?? '');
  execFileSync('tar', ['-xf', 'base.tar', '--no-same-owner'], { cwd: directory });
  expect(existsSync(path.join(directory, 'usr/share/zoneinfo/Asia/Kolkata'))).toBe(true);
});

test('a user of another number gets a line and the home directory', async () => {
  const entries = await entriesOf(fixed, { user: { uid: 1000, gid: 1001 } });
  expect(await textOf(entries, 'etc/passwd')).toContain(
    'app:x:1000:1001:app:/home/app:/sbin/nologin\nnonroot:',
  );
  expect(await textOf(entries, 'etc/group')).toContain('app:x:1001:\n');
  expect(entries.find(({ path: name }) => name === 'home/app')).toMatchObject({
    mode: 0o700,
    uid: 1000,
    gid: 1001,
  });
});

test('root as the user changes nothing in passwd', async () => {
  const [plain, root] = [await entriesOf(fixed), await entriesOf(fixed, { user: { uid: 0, gid: 0 } })];
  expect(await textOf(root, 'etc/passwd')).toBe(await textOf(plain, 'etc/passwd'));
});

test('without home directories passwd names none, so that no HOME points to nowhere', async () => {
  const choice: BaseChoice = { name: 'auto', parts: ['users'], zones: 'all', reasons: [] };
  expect(await textOf(await entriesOf(choice), 'etc/passwd')).toContain('nonroot:x:65532:65532:nonroot:/:');
});

test('a choice without parts has no entries', async () => {
  expect(await entriesOf(chooseBase(nothing, { wanted: 'scratch', env: {} }))).toEqual([]);
});

const oneZone = (name: string): BaseChoice => ({
  name: 'auto',
  parts: ['zoneinfo'],
  zones: [name],
  reasons: [],
});

test('one zone is one file, also by its other name', async () => {
  const entries = await entriesOf(oneZone('Asia/Kolkata'));
  expect(entries.filter(({ type }) => type !== 'directory')).toMatchObject([
    { path: 'usr/share/zoneinfo/Asia/Kolkata', type: 'file' },
  ]);
  expect(await textOf(entries, 'usr/share/zoneinfo/Asia/Kolkata')).toBe('TZif india');
});

test.each(['Europe/Berlni', '../../etc/passwd', 'Europe'])('TZ=%s is refused', async (name) => {
  await expect(entriesOf(oneZone(name))).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
});

test('names in a zone archive do not climb out of its place', async () => {
  const zip = zoneinfo({ '../../../etc/shadow': 'x', '/etc/shadow': 'x', 'a/../b': 'x', UTC: 'TZif' });
  const entries = await entriesOf({ ...oneZone('UTC'), zones: 'all' }, { zoneinfo: zip });
  expect(entries.map((entry) => entry.path)).toEqual([
    'usr',
    'usr/share',
    'usr/share/zoneinfo',
    'usr/share/zoneinfo/UTC',
  ]);
  await expect(entriesOf(oneZone('../../../etc/shadow'), { zoneinfo: zip })).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
  });
});

test('an archive that is missing or damaged is named', async () => {
  await expect(entriesOf(oneZone('UTC'), { zoneinfo: '/nonexistent.zip' })).rejects.toMatchObject({
    code: 'FILE_UNREADABLE',
  });
  const file = path.join(tempDir(), 'zoneinfo.zip');
  writeFileSync(file, storedZip(zones).subarray(0, 100));
  await expect(entriesOf(oneZone('UTC'), { zoneinfo: file })).rejects.toMatchObject({
    code: 'TOOLCHAIN_FETCH',
  });
});
