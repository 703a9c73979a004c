import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { beforeEach, describe, expect, test } from 'vitest';
import { isArchive, openArchive, openStdin, unpackArchive } from '../../src/context/archive.ts';
import { openStore } from '../../src/store/store.ts';
import type { Store } from '../../src/store/store.ts';
import { findProgram } from '../components/program.ts';
import { directory, failure, file, inChunks, link, tarOf } from '../layer/support.ts';
import { tempDir, testCtx } from '../support/ctx.ts';
import { all, entryOf, filesOf, pathsOf } from './support.ts';

let store: Store;
beforeEach(async () => {
  store = await openStore(testCtx());
});
const open = async (bytes: Uint8Array): ReturnType<typeof openArchive> =>
  openArchive(store.blobs, 'context.tar', inChunks(bytes, 1000));
const pipe = (program: string, bytes: Uint8Array): Buffer =>
  execFileSync(program, ['-c'], { input: bytes, maxBuffer: 1024 ** 3 });

const sample = async (): Promise<Buffer> =>
  tarOf([
    directory('src'),
    file('src/a', 'content of a', { mode: 0o750, mtime: 1_600_000_000, uid: 7, gid: 8 }),
    file('b', 'b'.repeat(200_000)),
  ]);

describe('every packing', () => {
  test.each<[string, (bytes: Uint8Array) => Uint8Array]>([
    ['none', (bytes) => bytes],
    ['gzip', (bytes) => gzipSync(bytes)],
    ['zstd', (bytes) => zstdCompressSync(bytes)],
    ['bzip2', (bytes) => pipe('bzip2', bytes)],
    ['xz', (bytes) => pipe('xz', bytes)],
  ])('%s gives the same tree', async (name, packed) => {
    if (/bzip2|xz/.test(name) && findProgram(name) === undefined) return;
    const bytes = packed(await sample());
    expect(isArchive(bytes)).toBe(true);
    const tree = await open(bytes);
    expect(await filesOf(tree)).toEqual({ b: 'b'.repeat(200_000), 'src/a': 'content of a' });
    expect(await tree.entry('src/a')).toMatchObject({
      mode: 0o750,
      uid: 7,
      gid: 8,
      mtime: 1_600_000_000,
      size: 12,
    });
    expect((await tree.entry('src/a'))?.made).toBeUndefined();
  });

  test('GNU tar of a directory', async () => {
    const root = tempDir();
    mkdirSync(path.join(root, 'd'));
    writeFileSync(path.join(root, 'd/é'), 'x');
    symlinkSync('d/é', path.join(root, 'link'));
    const tree = await open(execFileSync('tar', ['-C', root, '-cz', '.']));
    expect(await pathsOf(tree)).toEqual(['d', 'd/é', 'link']);
    expect(await tree.entry('link')).toMatchObject({ type: 'symlink', linkName: 'd/é' });
  });
});

test('what is no archive is told from one', async () => {
  const text = Buffer.from('FROM scratch\n'.repeat(100));
  expect(isArchive(text)).toBe(false);
  expect(isArchive(Buffer.alloc(1024))).toBe(false);
  expect(await unpackArchive(inChunks(text))).toBeUndefined();
  // Packed, but no tar: ADD copies it as it is.
  expect(await unpackArchive(inChunks(gzipSync(text)))).toBeUndefined();
  expect(await unpackArchive(inChunks(Buffer.from('\x1f\x8b\x08 no gzip')))).toBeUndefined();
  expect(await unpackArchive(inChunks(Buffer.alloc(0)))).toBeUndefined();
  expect(await failure(open(gzipSync(text)))).toMatchObject({ code: 'CONTEXT_INVALID' });
});

test('the entries of an archive come in their order', async () => {
  const entries = (await unpackArchive(inChunks(gzipSync(await sample())))) ?? [];
  const paths: string[] = [];
  for await (const entry of entries) paths.push(entry.path);
  expect(paths).toEqual(['src', 'src/a', 'b']);
});

test('later entries go before earlier ones, hard links are names of one file, links are followed inside only', async () => {
  const tree = await open(
    await tarOf([
      file('a', 'old'),
      file('a', 'new'),
      link('hardlink', 'c', 'a'),
      directory('real'),
      link('symlink', 'alias', '/real'),
      file('alias/x', 'in real'),
      link('symlink', 'out', '/../../..'),
      file('out/y', 'still inside'),
    ]),
  );
  expect(await filesOf(tree)).toEqual({ a: 'new', c: 'new', 'real/x': 'in real', y: 'still inside' });
  expect((await entryOf(tree, 'c')).same).toBe((await entryOf(tree, 'a')).same);
});

/** An archive of one file whose name no writer of ours would write. */
async function named(name: string): Promise<Buffer> {
  const bytes = Buffer.from(await tarOf([file('innocent', 'x')]));
  bytes.fill(0, 0, 100);
  bytes.write(name, 0);
  bytes.fill(' ', 148, 156);
  const sum = bytes.subarray(0, 512).reduce((total, byte) => total + byte, 0);
  bytes.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return bytes;
}

test.each(['../x', '/../x', 'a/../../x'])('a path that leaves the archive is refused: %s', async (name) => {
  expect(await failure(open(await named(name)))).toMatchObject({ code: 'ARCHIVE_UNSAFE' });
});

test('an absolute path is one below the root, as it is for tar', async () => {
  expect(await filesOf(await open(await named('/etc/x')))).toEqual({ 'etc/x': 'x' });
});

test('a sparse file says what to do', async () => {
  const root = tempDir();
  execFileSync('truncate', ['-s', '1M', path.join(root, 'sparse')]);
  const bytes = execFileSync('tar', ['-C', root, '--sparse', '--format=gnu', '-c', 'sparse']);
  expect(await failure(open(bytes))).toMatchObject({ code: 'UNSUPPORTED' });
});

test('a hard link to nothing and a cut archive are refused, and leave nothing behind', async () => {
  expect(await failure(open(await tarOf([link('hardlink', 'a', 'nowhere')])))).toMatchObject({
    code: 'IMAGE_INVALID',
  });
  const bytes = await sample();
  expect(await failure(open(bytes.subarray(0, 3000)))).toMatchObject({ code: 'IMAGE_INVALID' });
  const left = execFileSync('find', [path.join(store.root, 'tmp'), '-type', 'f']).toString();
  expect(left).toBe('');
});

test('a copy that was damaged in the store is not handed on', async () => {
  const tree = await open(await sample());
  const [blob = ''] = execFileSync('find', [path.join(store.root, 'blobs'), '-type', 'f'])
    .toString()
    .trim()
    .split('\n');
  execFileSync('sh', ['-c', `chmod u+w ${blob} && printf X | dd of=${blob} conv=notrunc 2>/dev/null`]);
  expect(await failure(all(tree.open(await entryOf(tree, 'src/a'))))).toMatchObject({ code: 'BLOB_CORRUPT' });
});

describe('standard input', () => {
  test('is an archive if it begins like one', async () => {
    const opened = await openStdin(store.blobs, inChunks(gzipSync(await sample()), 100));
    expect('tree' in opened && (await pathsOf(opened.tree))).toEqual(['b', 'src', 'src/a']);
  });

  test('is a Dockerfile otherwise', async () => {
    const opened = await openStdin(store.blobs, inChunks(Buffer.from('FROM scratch\n'), 5));
    expect('dockerfile' in opened && Buffer.from(opened.dockerfile).toString()).toBe('FROM scratch\n');
  });

  test('is refused when there is nothing, or no end', async () => {
    expect(await failure(openStdin(store.blobs, inChunks(Buffer.alloc(0))))).toMatchObject({
      code: 'CONTEXT_INVALID',
    });
    const endless = async function* (): AsyncGenerator<Uint8Array> {
      for (;;) yield Buffer.alloc(1024 * 1024, 'x');
    };
    expect(await failure(openStdin(store.blobs, endless()))).toMatchObject({ code: 'CONTEXT_INVALID' });
  });
});
