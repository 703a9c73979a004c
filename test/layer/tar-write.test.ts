import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isToolError } from '../../src/core/errors.ts';
import { digestOf } from '../../src/oci/digest.ts';
import type { Entry } from '../../src/layer/entry.ts';
import { tempDir } from '../support/ctx.ts';
import { directory, entries, failure, file, link, plain, readAll, tarOf } from './support.ts';

test('what is written is read back the same, in chunks of any size', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(entries, { maxLength: 6 }),
      fc.integer({ min: 1, max: 3000 }),
      async (written, chunk) => {
        const tar = await tarOf(written);
        expect(tar.length % 512).toBe(0);
        expect(await readAll(tar, chunk)).toEqual(await Promise.all(written.map(plain)));
      },
    ),
  );
});

const everything: Entry[] = [
  directory(''),
  directory('etc', { mode: 0o755, mtime: 1_700_000_000 }),
  file('etc/passwd', 'root:x:0:0\n', { uid: 65532, gid: 65532, mtime: 1_700_000_000 }),
  link('symlink', 'etc/mtab', '../proc/mounts'),
  link('hardlink', 'etc/passwd-', 'etc/passwd'),
  directory('tmp', { mode: 0o1777 }),
  file(`long/${'n'.repeat(99)}/${'m'.repeat(99)}`, 'prefix'),
  file(`longer/${'n'.repeat(200)}`, 'pax'),
  file('größe', 'utf-8', { mtime: 1.5 }),
  file('with-attribute', '', { xattrs: { 'security.capability': Uint8Array.of(1, 0, 2) } }),
  { path: 'dev/null', type: 'char', mode: 0o666, uid: 0, gid: 0, mtime: 0, size: 0, major: 1, minor: 3 },
];

test('GNU tar lists what was written', async () => {
  const archive = path.join(tempDir(), 'a.tar');
  writeFileSync(archive, await tarOf(everything));
  const env = { PATH: '/usr/bin:/bin', TZ: 'UTC', LC_ALL: 'C.UTF-8' };
  const run = (): string =>
    execFileSync('tar', ['--numeric-owner', '--full-time', '-tvf', archive], { env, encoding: 'utf8' });
  expect(run().replaceAll(/ +/g, ' ').trim().split('\n')).toEqual([
    'drwxr-xr-x 0/0 0 1970-01-01 00:00:00 ./',
    'drwxr-xr-x 0/0 0 2023-11-14 22:13:20 etc/',
    '-rw-r--r-- 65532/65532 11 2023-11-14 22:13:20 etc/passwd',
    'lrwxrwxrwx 0/0 0 1970-01-01 00:00:00 etc/mtab -> ../proc/mounts',
    'hrwxrwxrwx 0/0 0 1970-01-01 00:00:00 etc/passwd- link to etc/passwd',
    'drwxrwxrwt 0/0 0 1970-01-01 00:00:00 tmp/',
    `-rw-r--r-- 0/0 6 1970-01-01 00:00:00 long/${'n'.repeat(99)}/${'m'.repeat(99)}`,
    `-rw-r--r-- 0/0 3 1970-01-01 00:00:00 longer/${'n'.repeat(200)}`,
    '-rw-r--r-- 0/0 5 1970-01-01 00:00:01.5 größe',
    '-rw-r--r-- 0/0 0 1970-01-01 00:00:00 with-attribute',
    'crw-rw-rw- 0/0 1,3 1970-01-01 00:00:00 dev/null',
  ]);
});

test('the bytes of an archive stay what they are', async () => {
  expect(digestOf(await tarOf(everything))).toMatchInlineSnapshot(
    `"sha256:9d94666f6e6273460116de66f5a5fe88a2341dbdea0a5627027be64439dad53e"`,
  );
});

test('what fits USTAR takes one block, what does not takes PAX', async () => {
  expect((await tarOf([file('a')])).length).toBe(512 + 1024);
  expect((await tarOf([file(`${'p'.repeat(150)}/${'n'.repeat(100)}`)])).length).toBe(512 + 1024);
  for (const entry of [
    file('x'.repeat(101)),
    file('ü'),
    file('a', '', { uid: 2 ** 21 }),
    file('a', '', { mtime: -1 }),
  ]) {
    expect((await tarOf([entry])).length).toBe(3 * 512 + 1024);
  }
});

test('a file of 8 GiB and more has its size in a PAX record', async () => {
  const { encodeHeader } = await import('../../src/layer/tar-header.ts');
  const header = Buffer.from(encodeHeader({ ...file('big'), size: 2 ** 33 }));
  expect(header.subarray(512, 1024).toString('latin1')).toContain('19 size=8589934592\n');
});

describe('refused', () => {
  test.each<[string, Entry]>([
    ['climbs', file('../a')],
    ['absolute', file('/a')],
    ['not in normal form', file('a//b')],
    ['a trailing slash', directory('a/')],
    ['a hard link out of the root', link('hardlink', 'a', '../b')],
    ['a link without a target', { ...directory('a'), type: 'symlink' }],
    ['a mode with type bits', file('a', '', { mode: 0o100644 })],
    ['a directory with a size', directory('a', { size: 1 })],
    ['a file as root', file('')],
    ['an attribute with an odd name', file('a', '', { xattrs: { 'a=b': Uint8Array.of(1) } })],
    ['no time', file('a', '', { mtime: Number.NaN })],
  ])('%s', async (_, entry) => {
    expect(isToolError(await failure(tarOf([entry])), 'ARCHIVE_UNSAFE', 'INTERNAL')).toBe(true);
  });

  test.each([3, 5, 2000])('a content of 4 bytes that is said to have %d', async (size) => {
    expect(await failure(tarOf([file('a', '1234', { size })]))).toMatchObject({ code: 'FILE_UNREADABLE' });
  });
});
