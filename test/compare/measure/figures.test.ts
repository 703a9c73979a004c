/** What is told of an image without starting it: counts that are known, as the image was made here. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { figuresOf } from '../../../src/compare/measure/figures.ts';
import { countNdb, countSqlite } from '../../../src/compare/measure/rpm.ts';
import type { ImageFigures } from '../../../src/compare/measure/types.ts';
import type { ContainerConfig } from '../../../src/oci/types.ts';
import { openStore } from '../../../src/store/store.ts';
import { putImage } from '../../run/image.ts';
import type { File } from '../../solve/exec/files.ts';
import { containing } from '../../support/containing.ts';
import { tempDir, testCtx } from '../../support/ctx.ts';

async function figures(files: Record<string, File>, config: ContainerConfig = {}): Promise<ImageFigures> {
  const ctx = testCtx();
  await putImage(ctx, 'docker.io/library/it:latest', files, config);
  const store = await openStore(ctx);
  const found = await store.refs.get('docker.io/library/it:latest');
  if (!found) throw new Error('the image is not there');
  const image = { reference: found.name, descriptor: found.descriptor };
  const first = await figuresOf(ctx, store, image);
  expect(await figuresOf(ctx, store, image)).toEqual(first); // as it was kept
  return first;
}

const status = (name: string, words: string): string => `Package: ${name}\nStatus: ${words}\nVersion: 1\n\n`;

test('a distribution: packages, setuid files, shells, managers, root', async () => {
  const { figures: found, holds } = await figures({
    'var/lib/dpkg/status':
      status('a', 'install ok installed') +
      status('gone', 'deinstall ok config-files') +
      status('b', 'hold ok installed'),
    'bin/sh': { text: 'x', mode: 0o755 },
    'usr/bin/apt-get': { text: 'x', mode: 0o755 },
    'usr/bin/su': { text: 'x', mode: 0o4755 },
    'usr/bin/gcc': '-> gcc-12',
    'usr/bin/gcc-12': { text: 'x', mode: 0o755 },
    'etc/passwd': 'root:x:0:0::/root:/bin/sh\napp:x:7:7::/:/\n',
    tmp: { directory: 0o1777 },
  });
  expect(found).toMatchObject({
    packages: { value: 2 },
    setuid: { value: 1 },
    shells: { value: ['/bin/sh'] },
    packageManagers: { value: ['/usr/bin/apt-get'] },
    root: { value: true },
    layers: { value: 1 },
    files: { value: 6 },
  });
  const has = Object.fromEntries(holds.map(({ what, where }) => [what, where]));
  expect(has).toMatchObject({ 'a shell': '/bin/sh', 'a compiler': '/usr/bin/gcc', '/tmp': 'mode 1777' });
  expect(has).toMatchObject({ users: 'root, app', 'setuid programs': '1', 'CA bundle': undefined });
});

test('size is manifest, config and compressed layers; what is not there is counted as none', async () => {
  const ctx = testCtx();
  await putImage(ctx, 'docker.io/library/it:latest', { app: 'x'.repeat(100_000) }, { User: '65532:65532' });
  const store = await openStore(ctx);
  const found = await store.refs.get('docker.io/library/it:latest');
  if (!found) throw new Error('the image is not there');
  const { figures: all, holds } = await figuresOf(ctx, store, {
    reference: found.name,
    descriptor: found.descriptor,
  });
  const manifest: unknown = JSON.parse(Buffer.from(await store.blobs.read(found.descriptor)).toString());
  const sizes = [...JSON.stringify(manifest).matchAll(/"size":(\d+)/g)].map(([, size]) => Number(size));
  const whole = sizes.reduce((sum, size) => sum + size, found.descriptor.size);
  expect(sizes).toHaveLength(2);
  expect(all).toMatchObject({ size: { value: whole }, root: { value: false }, packages: { value: 0 } });
  expect(all).toMatchObject({ files: { value: 1 }, shells: { value: [] }, setuid: { value: 0 } });
  expect(holds.filter(({ where }) => where !== undefined)).toEqual([]);
});

test('the list of what images hold is the same for all', async () => {
  const [one, other] = [await figures({ a: 'x' }), await figures({ 'bin/sh': 'x', 'etc/ssl/cert.pem': 'x' })];
  expect(one.holds.map(({ what, kind }) => [what, kind])).toEqual(
    other.holds.map(({ what, kind }) => [what, kind]),
  );
});

test('the user is looked up in the image; one that is not there is no figure', async () => {
  const passwd = { 'etc/passwd': 'toor:x:0:0::/:/\nweb:x:33:33::/:/\n' };
  expect((await figures(passwd, { User: 'toor' })).figures.root).toEqual({ value: true });
  expect((await figures(passwd, { User: 'web:web' })).figures.root).toEqual({ value: false });
  expect((await figures(passwd, { User: '0' })).figures.root).toEqual({ value: true });
  expect((await figures(passwd, { User: 'nobody' })).figures.root).toMatchObject({
    missing: containing('nobody'),
  });
});

test('packages of distroless and Alpine images; a Berkeley DB is said to be unreadable', async () => {
  const packages = async (files: Record<string, File>): Promise<unknown> =>
    (await figures(files)).figures.packages;
  const folder = 'var/lib/dpkg/status.d';
  expect(
    await packages({ [`${folder}/a`]: 'x', [`${folder}/a.md5sums`]: 'x', [`${folder}/b`]: 'x' }),
  ).toEqual({ value: 2 });
  expect(await packages({ 'lib/apk/db/installed': 'C:Q1\nP:musl\nV:1\n\nC:Q1\nP:busybox\n' })).toEqual({
    value: 2,
  });
  expect(await packages({ 'var/lib/rpm/Packages': 'x' })).toMatchObject({
    missing: containing('Packages'),
  });
});

test('libraries of C are known with their versions', async () => {
  const glibc = 'GNU C Library (Debian GLIBC 2.36-9) stable release version 2.36.\nCopyright';
  const held = await figures({
    'usr/lib/x86_64-linux-gnu/libc.so.6': `\0${glibc}\0`,
    'lib/ld-musl-x86_64.so.1': '\0musl libc\0Version %s\0\x001.2.3\0',
    lib64: '-> usr/lib64',
  });
  expect(held.holds.find(({ what }) => what === 'libc')?.where).toBe(
    'glibc 2.36, /usr/lib/x86_64-linux-gnu/libc.so.6; musl 1.2.3, /lib/ld-musl-x86_64.so.1',
  );
});

test.each([1, 40, 1500])('%i rows of an SQLite package database are counted', (rows) => {
  const file = path.join(tempDir(), 'rpmdb.sqlite');
  const database = new DatabaseSync(file);
  database.exec(
    'CREATE TABLE Name (k TEXT); CREATE TABLE Packages (hnum INTEGER PRIMARY KEY, blob BLOB NOT NULL)',
  );
  const insert = database.prepare('INSERT INTO Packages (blob) VALUES (?)');
  database.exec('BEGIN');
  for (let row = 0; row < rows; row++) insert.run(Buffer.alloc(row % 7 === 0 ? 20_000 : 300, row));
  database.exec('COMMIT');
  database.close();
  const bytes = readFileSync(file);
  expect(countSqlite(bytes)).toBe(rows);
  expect(countSqlite(bytes.subarray(0, 3000))).toBeUndefined();
  for (let at = 0; at < 600; at += 7) {
    const damaged = Buffer.from(bytes);
    damaged[at] = 0xff;
    expect(() => countSqlite(damaged)).not.toThrow();
  }
});

test('slots in use of an ndb package database are counted', () => {
  const bytes = Buffer.alloc(8192);
  bytes.write('RpmP');
  bytes.writeUInt32LE(1, 12);
  for (let at = 32; at < 4096; at += 16) bytes.write('Slot', at);
  for (const slot of [0, 1, 5]) bytes.writeUInt32LE(9, 32 + slot * 16 + 8);
  expect(countNdb(bytes)).toBe(3);
  expect(countNdb(bytes.subarray(0, 100))).toBeUndefined();
});
