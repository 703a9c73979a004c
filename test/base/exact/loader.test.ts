import { expect, test } from 'vitest';
import { exactBase } from '../../../src/base/exact/exact.ts';
import type { ExactBase } from '../../../src/base/exact/exact.ts';
import { readBinaryFrom } from '../../../src/golang/binary/read.ts';
import { bufferSource } from '../../../src/golang/binary/source.ts';
import { makeDynamic } from '../../golang/binary/elf-maker.ts';
import type { DynamicPlan } from '../../golang/binary/elf-maker.ts';
import { tree } from '../tree-maker.ts';

const amd64 = { class: 64, littleEndian: true, machine: 62 } as const;
const glibc = '/lib64/ld-linux-x86-64.so.2';
const musl = '/lib/ld-musl-x86_64.so.1';
const library = (plan: Partial<DynamicPlan> = {}): Buffer => makeDynamic({ ...amd64, ...plan });
const libc = (...defines: readonly string[]): Buffer => library({ soname: 'libc.so.6', defines });

const folder = 'usr/lib/x86_64-linux-gnu';
const debian = {
  'lib -> usr/lib': '',
  'lib64 -> usr/lib64': '',
  'usr/lib64/ld-linux-x86-64.so.2 -> ../lib/x86_64-linux-gnu/ld-linux-x86-64.so.2': '',
  [`${folder}/ld-linux-x86-64.so.2`]: library(),
  [`${folder}/libc.so.6`]: libc('GLIBC_2.2.5', 'GLIBC_2.34'),
  [`${folder}/libunused.so.1`]: library(),
};

async function madeOf(
  plan: Partial<DynamicPlan>,
  files: Readonly<Record<string, string | Buffer>>,
): Promise<ExactBase> {
  const bytes = makeDynamic({ ...amd64, interpreter: glibc, needed: ['libc.so.6'], ...plan });
  const binary = await readBinaryFrom(bufferSource('program', bytes));
  const provider = { name: 'this base', tree: tree(files) };
  return exactBase(binary, provider, { env: {}, mtime: 1, zoneinfo: '/nonexistent' });
}

const paths = (base: ExactBase): string[] =>
  base.entries
    .filter(({ type, path }) => type !== 'directory' && !path.startsWith('usr/share/coracle/'))
    .map(({ path, linkName }) => (linkName === undefined ? path : `${path} -> ${linkName}`));

test('the loader lies where the kernel looks, with the links on the way; what nobody needs is left out', async () => {
  expect(paths(await madeOf({}, debian))).toEqual([
    ...['etc/group', 'etc/passwd', 'lib -> usr/lib', 'lib64 -> usr/lib64'],
    ...[`${folder}/ld-linux-x86-64.so.2`, `${folder}/libc.so.6`],
    'usr/lib64/ld-linux-x86-64.so.2 -> ../lib/x86_64-linux-gnu/ld-linux-x86-64.so.2',
  ]);
});

test('a library in a directory of ld.so.conf gets a link where a loader without a cache looks', async () => {
  const files = { ...debian, 'etc/ld.so.conf': '/opt/x/lib\n', 'opt/x/lib/libx.so.1': library() };
  const base = await madeOf({ needed: ['libx.so.1', 'libc.so.6'] }, files);
  expect(paths(base)).toContain(`${folder}/libx.so.1 -> /opt/x/lib/libx.so.1`);
  const own = await madeOf({ needed: ['libx.so.1', 'libc.so.6'], runpath: '/opt/x/lib' }, files);
  expect(paths(own)).toContain('opt/x/lib/libx.so.1');
  expect(paths(own)).not.toContain(`${folder}/libx.so.1 -> /opt/x/lib/libx.so.1`);
});

test('before glibc 2.34 files and DNS are asked by libraries that nobody lists', async () => {
  const old = {
    ...debian,
    [`${folder}/libc.so.6`]: libc('GLIBC_2.2.5', 'GLIBC_2.31', 'getaddrinfo'),
    [`${folder}/libnss_files.so.2`]: library(),
    [`${folder}/libnss_dns.so.2`]: library({ needed: ['libresolv.so.2'] }),
    [`${folder}/libresolv.so.2`]: library(),
  };
  // A version's name is among the dynamic strings, as a function's is.
  const resolves = { needs: { 'libc.so.6': ['GLIBC_2.2.5'] }, soname: 'getaddrinfo' };
  const names = (base: ExactBase): string[] => paths(base).filter((path) => /libnss|libresolv/.test(path));
  expect(names(await madeOf(resolves, old))).toEqual([
    `${folder}/libnss_dns.so.2`,
    `${folder}/libnss_files.so.2`,
    `${folder}/libresolv.so.2`,
  ]);
  expect(names(await madeOf({}, old))).toEqual([]);
  expect(
    names(await madeOf(resolves, { ...old, [`${folder}/libc.so.6`]: libc('GLIBC_2.2.5', 'GLIBC_2.34') })),
  ).toEqual([]);
});

test('OpenSSL finds the authorities where Debian’s looks for them', async () => {
  const files = { ...debian, [`${folder}/libssl.so.3`]: library(), [`${folder}/libcrypto.so.3`]: library() };
  const base = await madeOf({ needed: ['libssl.so.3', 'libcrypto.so.3'] }, files);
  expect(paths(base)).toContain('etc/ssl/certs/ca-certificates.crt');
  expect(paths(base)).toContain('usr/lib/ssl/cert.pem -> /etc/ssl/certs/ca-certificates.crt');
  expect(base.reasons).toContainEqual({ part: 'CA certificates', why: 'libssl.so.3 checks certificates' });
});

test('musl is told where to look as it was told before', async () => {
  const files = {
    'lib/ld-musl-x86_64.so.1': library(),
    'etc/ld-musl-x86_64.path': '/opt/lib\n',
    'opt/lib/libz.so.1': library(),
  };
  const base = await madeOf({ interpreter: musl, needed: ['libc.so', 'libz.so.1'] }, files);
  expect(paths(base)).toEqual([
    ...['etc/group', 'etc/ld-musl-x86_64.path', 'etc/passwd', 'lib/ld-musl-x86_64.so.1', 'opt/lib/libz.so.1'],
  ]);
});

test('a base in which files would lie below a link is refused', async () => {
  const files = {
    'usr -> data': '',
    'data/lib64/ld-linux-x86-64.so.2': library(),
    'lib64 -> usr/lib64': '',
  };
  await expect(madeOf({ needed: [] }, files)).rejects.toMatchObject({
    code: 'BASE_CANNOT_RUN',
    message: '/usr of this base is a link, and usr/share must lie below it',
  });
});

test('a symbol version that the base is too old for is refused', async () => {
  const needs = { 'libc.so.6': ['GLIBC_2.38'] };
  await expect(madeOf({ needs }, debian)).rejects.toMatchObject({
    code: 'BASE_CANNOT_RUN',
    message: 'libc.so.6 of this base has no GLIBC_2.38 (it goes up to GLIBC_2.34), which /app/program needs',
  });
});
