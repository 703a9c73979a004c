import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { unpackDeb } from '../../../src/base/debian/deb.ts';
import type { UnpackedDeb } from '../../../src/base/debian/deb.ts';
import { ar, makeDeb, tar } from '../../components/deb.ts';
import { tempDir } from '../../support/ctx.ts';

const control = gzipSync(tar([{ path: './control', content: 'Package: it\n' }]));
const data = tar([
  { path: './etc/' },
  { path: './etc/one', content: 'first' },
  { path: './etc/two', content: '2' },
]);
const version = Buffer.from('2.0\n');

async function unpack(bytes: Buffer, contents = path.join(tempDir(), 'contents')): Promise<UnpackedDeb> {
  const chunks = async function* (): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < bytes.length; at += 1000) yield bytes.subarray(at, at + 1000);
  };
  return unpackDeb(chunks(), 'it 1.0', contents);
}

test('control files and entries come out, contents lie one after the other', async () => {
  const contents = path.join(tempDir(), 'below', 'contents');
  const { bytes } = makeDeb(
    { Package: 'it' },
    [
      { path: './etc/one', content: 'first' },
      { path: './etc/link', target: 'one' },
      { path: './etc/two', content: '2' },
    ],
    { postinst: '#!/bin/sh\n' },
  );
  const deb = await unpack(bytes, contents);
  expect([...deb.control.keys()]).toEqual(['control', 'postinst']);
  expect(deb.entries.map(({ entry, at }) => [entry.path, entry.type, at])).toEqual([
    ['etc/one', 'file', 0],
    ['etc/link', 'symlink', 5],
    ['etc/two', 'file', 5],
  ]);
  expect(readFileSync(contents, 'utf8')).toBe('first2');
});

test.each([
  ['not packed', 'data.tar', data],
  ['gzip', 'data.tar.gz', gzipSync(data)],
  ['zstd', 'data.tar.zst', zstdCompressSync(data)],
])('files packed with %s', async (_, name, member) => {
  const deb = await unpack(
    ar([
      ['debian-binary', version],
      ['_note', Buffer.from('odd')],
      ['control.tar.gz', control],
      [name, member],
    ]),
  );
  expect(deb.size).toBe(6);
});

const good = ar([
  ['debian-binary', version],
  ['control.tar.gz', control],
  ['data.tar', data],
]);

test.each<readonly [string, string, Buffer]>([
  ['no archive', 'PACKAGE_INVALID', Buffer.from('<html>not found</html>')],
  ['nothing', 'PACKAGE_INVALID', Buffer.alloc(0)],
  ['cut off in the files', 'PACKAGE_INVALID', good.subarray(0, good.length - 1600)],
  ['cut off before the files', 'PACKAGE_INVALID', good.subarray(0, 200)],
  ['another format', 'PACKAGE_INVALID', ar([['debian-binary', Buffer.from('3.0\n')]])],
  [
    'no version',
    'PACKAGE_INVALID',
    ar([
      ['control.tar.gz', control],
      ['data.tar', data],
    ]),
  ],
  [
    'no control',
    'PACKAGE_INVALID',
    ar([
      ['debian-binary', version],
      ['data.tar', data],
    ]),
  ],
  [
    'a foreign member',
    'PACKAGE_INVALID',
    ar([
      ['debian-binary', version],
      ['evil.tar', data],
    ]),
  ],
  [
    'control that says nothing',
    'PACKAGE_INVALID',
    ar([
      ['debian-binary', version],
      ['control.tar.gz', gzipSync(tar([]))],
      ['data.tar', data],
    ]),
  ],
  [
    'damaged gzip',
    'PACKAGE_INVALID',
    ar([
      ['debian-binary', version],
      ['control.tar.gz', Buffer.from(control).fill(0, 20, 40)],
    ]),
  ],
])('%s is refused', async (_, code, bytes) => {
  const contents = path.join(tempDir(), 'contents');
  await expect(unpack(bytes, contents)).rejects.toMatchObject({ code });
  expect(existsSync(contents)).toBe(false);
});

test.each(['./../etc/passwd', '/../etc/passwd', './a/../../b'])('the path %s is refused', async (name) => {
  const contents = path.join(tempDir(), 'contents');
  const { bytes } = makeDeb({ Package: 'it' }, [{ path: name, content: 'x' }]);
  await expect(unpack(bytes, contents)).rejects.toMatchObject({ code: 'ARCHIVE_UNSAFE' });
  expect(existsSync(contents)).toBe(false);
});

test('an absolute path is one below the root, as it is for dpkg', async () => {
  const { bytes } = makeDeb({ Package: 'it' }, [{ path: '/etc/passwd', content: 'x' }]);
  const deb = await unpack(bytes);
  expect(deb.entries.map(({ entry }) => entry.path)).toEqual(['etc/passwd']);
});

test('a size of an ar header that is no number is refused', async () => {
  const bytes = Buffer.from(good);
  bytes.write('-5        ', 8 + 48, 'latin1');
  await expect(unpack(bytes)).rejects.toMatchObject({ code: 'PACKAGE_INVALID' });
});
