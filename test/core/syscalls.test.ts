import { chmodSync, lstatSync, mkdirSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { koffiAddon } from '../../src/core/koffi.ts';
import { removeDeep } from '../../src/core/remove.ts';
import { fileCalls } from '../../src/core/syscalls.ts';
import { tempDir } from '../support/ctx.ts';

/** A file whose name is no UTF-8. */
function oddFile(): Buffer {
  const place = Buffer.concat([Buffer.from(`${tempDir()}/odd-`), Buffer.from([0xff, 0xe9])]);
  writeFileSync(place, '');
  return place;
}

function codeOf(work: () => unknown): unknown {
  try {
    work();
    return undefined;
  } catch (error) {
    return error instanceof Error && 'code' in error ? error.code : error;
  }
}

it('the addon is found beside the sources as beside the bundle', () => {
  expect(lstatSync(koffiAddon()).isFile()).toBe(true);
});

it('attributes come back as they were set, of any bytes, and go again', () => {
  const calls = fileCalls();
  const place = oddFile();
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 2000 }), (value) => {
      calls.setxattr(place, 'user.a', value);
      expect(calls.getxattr(place, 'user.a')).toEqual(Buffer.from(value));
    }),
  );
  calls.setxattr(place, 'user.b', Buffer.from('b'));
  expect([...calls.listxattr(place)].sort()).toEqual(['user.a', 'user.b']);
  calls.removexattr(place, 'user.a');
  calls.removexattr(place, 'user.a');
  expect(calls.listxattr(place)).toEqual(['user.b']);
  expect(calls.getxattr(place, 'user.a')).toBeUndefined();
});

it('times are set to the nanosecond, before 1970 too, of a link and not of what it names', () => {
  const calls = fileCalls();
  const place = oddFile();
  utimesSync(place, 77, 88);
  for (const time of [1_700_000_000_123_456_789n, 0n, -1n, 4_294_967_296_000_000_001n]) {
    calls.setMtime(place, time);
    expect(lstatSync(place, { bigint: true }).mtimeNs).toBe(time);
  }
  expect(lstatSync(place).atimeMs).toBe(77_000);
  const link = Buffer.concat([place, Buffer.from('-link')]);
  symlinkSync(place, link);
  calls.setMtime(link, 5n);
  expect(lstatSync(link, { bigint: true }).mtimeNs).toBe(5n);
  expect(lstatSync(place, { bigint: true }).mtimeNs).toBe(4_294_967_296_000_000_001n);
});

it("errors have Node's codes", () => {
  const calls = fileCalls();
  const place = oddFile();
  const missing = Buffer.concat([place, Buffer.from('-none')]);
  expect(codeOf(() => calls.getxattr(missing, 'user.a'))).toBe('ENOENT');
  expect(codeOf(() => calls.listxattr(missing))).toBe('ENOENT');
  expect(codeOf(() => calls.setMtime(missing, 0n))).toBe('ENOENT');
  expect(codeOf(() => calls.setxattr(place, 'nonsense', Buffer.from('')))).toBe('ENOTSUP');
  expect(codeOf(() => calls.mknod(place, 0o010600, 0, 0))).toBe('EEXIST');
});

it.runIf(process.getuid?.() === 0)('device numbers are what the kernel makes of them', () => {
  const place = Buffer.concat([oddFile(), Buffer.from('-device')]);
  fileCalls().mknod(place, 0o020600, 0xabc, 0x12345);
  const { rdev } = lstatSync(place, { bigint: true });
  expect([(rdev >> 8n) & 0xfffn, (rdev & 0xffn) | ((rdev >> 12n) & 0xfff00n)]).toEqual([0xabcn, 0x12345n]);
});

it('whiteouts can be made by anybody', () => {
  const place = Buffer.concat([oddFile(), Buffer.from('-whiteout')]);
  fileCalls().mknod(place, 0o020000, 0, 0);
  expect(lstatSync(place)).toMatchObject({ rdev: 0, mode: 0o020000 });
});

it('removing goes by bytes, follows no link, and opens what is closed', async () => {
  const root = tempDir();
  const outside = path.join(root, 'outside');
  mkdirSync(outside);
  writeFileSync(path.join(outside, 'file'), '');
  const inside = path.join(root, 'inside');
  mkdirSync(path.join(inside, 'closed/deep'), { recursive: true });
  writeFileSync(Buffer.concat([Buffer.from(`${inside}/closed/deep/`), Buffer.from([0xff])]), '');
  symlinkSync(outside, path.join(inside, 'link'));
  chmodSync(path.join(inside, 'closed/deep'), 0o000);
  chmodSync(path.join(inside, 'closed'), 0o500);
  await removeDeep(inside);
  await removeDeep(inside);
  expect(codeOf(() => lstatSync(inside))).toBe('ENOENT');
  expect(lstatSync(path.join(outside, 'file')).isFile()).toBe(true);
});
