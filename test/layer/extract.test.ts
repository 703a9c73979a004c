import { promises as fs } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isToolError } from '../../src/core/errors.ts';
import type { Entry } from '../../src/layer/entry.ts';
import { extractTree } from '../../src/layer/extract.ts';
import { tempDir } from '../support/ctx.ts';
import { directory, failure, file, link } from './support.ts';

const owners = false; // the tests run as any user
const read = async (...parts: string[]): Promise<string> => fs.readFile(path.join(...parts), 'utf8');

test('files, directories and links are written with mode and time, into a directory that is made', async () => {
  const root = path.join(tempDir(), 'not/yet');
  const result = await extractTree(
    [
      directory('closed', { mode: 0o555, mtime: 1_500_000_000 }),
      file('closed/file', 'text', { mode: 0o640, mtime: 1_600_000_000.5 }),
      file('deep/er/file', 'deep'),
      link('symlink', 'link', '/nowhere/../at all'),
      link('hardlink', 'same', 'closed/file'),
      file('big', 'x'.repeat(300_000)),
    ],
    root,
    { owners },
  );
  expect(result).toEqual({ entries: 6, skipped: [] });
  const closed = await fs.stat(path.join(root, 'closed'));
  expect([closed.mode & 0o7777, closed.mtimeMs]).toEqual([0o555, 1_500_000_000_000]);
  const stat = await fs.stat(path.join(root, 'closed/file'));
  expect([stat.mode & 0o7777, stat.mtimeMs, stat.nlink]).toEqual([0o640, 1_600_000_000_500, 2]);
  expect((await fs.stat(path.join(root, 'deep/er'))).mode & 0o7777).toBe(0o755);
  expect(await fs.readlink(path.join(root, 'link'))).toBe('/nowhere/../at all');
  expect(await read(root, 'same')).toBe('text');
  expect((await read(root, 'big')).length).toBe(300_000);
});

test('names that are not UTF-8 are written byte for byte', async () => {
  const root = tempDir();
  await extractTree([file('caf\uDCE9', 'latin')], root, { owners });
  const [name] = await fs.readdir(root, { encoding: 'buffer' });
  expect(name?.toString('hex')).toBe(Buffer.from('caf\xe9', 'latin1').toString('hex'));
});

test('set-id bits are left out where the owner is not set', async () => {
  const root = tempDir();
  await extractTree([file('su', '', { mode: 0o4755 }), directory('tmp', { mode: 0o1777 })], root, { owners });
  expect((await fs.stat(path.join(root, 'su'))).mode & 0o7777).toBe(0o755);
  expect((await fs.stat(path.join(root, 'tmp'))).mode & 0o7777).toBe(0o1777);
});

test.runIf(process.getuid?.() === 0)('as root owners and set-id bits are set, on links too', async () => {
  const root = tempDir();
  await extractTree(
    [
      file('su', '', { mode: 0o4755, uid: 65532, gid: 65533 }),
      { ...link('symlink', 'l', 'su'), uid: 7 },
      directory('d', { uid: 8 }),
    ],
    root,
  );
  const stat = await fs.stat(path.join(root, 'su'));
  expect([stat.mode & 0o7777, stat.uid, stat.gid]).toEqual([0o4755, 65532, 65533]);
  expect((await fs.lstat(path.join(root, 'l'))).uid).toBe(7);
  expect((await fs.lstat(path.join(root, 'd'))).uid).toBe(8);
});

test('devices, pipes and attributes are reported, the rest is written', async () => {
  const root = tempDir();
  const device: Entry = { ...directory('null'), type: 'char', major: 1, minor: 3 };
  const { entries, skipped } = await extractTree(
    [
      device,
      { ...device, path: 'pipe', type: 'fifo' },
      file('a', 'x', { xattrs: { 'user.x': Uint8Array.of(1) } }),
    ],
    root,
    { owners },
  );
  expect(entries).toBe(1);
  expect(skipped.map((entry) => entry.path)).toEqual(['null', 'pipe', 'a']);
  expect(await fs.readdir(root)).toEqual(['a']);
});

describe('nothing is written through a link', () => {
  const outside = (): { root: string; secret: string } => {
    const base = tempDir();
    return { root: path.join(base, 'root'), secret: path.join(base, 'secret') };
  };

  test.each<[string, (secret: string) => Entry[]]>([
    ['a link, then a file below it', (secret) => [link('symlink', 'l', secret), file('l/evil', 'x')]],
    [
      'a link that climbs, then a file below it',
      () => [link('symlink', 'l', '../secret'), file('l/evil', 'x')],
    ],
    [
      'a directory that becomes a link',
      (secret) => [directory('d'), link('symlink', 'd', secret), file('d/evil', 'x')],
    ],
    [
      'a link to a link',
      () => [link('symlink', 'a', 'b'), link('symlink', 'b', '../secret'), file('a/evil', 'x')],
    ],
    [
      'a link deep down',
      () => [directory('a/b'), link('symlink', 'a/b/c', '../../../secret'), file('a/b/c/d/evil', 'x')],
    ],
    [
      'a hard link through a link',
      () => [link('symlink', 'l', '../secret'), link('hardlink', 'mine', 'l/kept')],
    ],
  ])('%s', async (_, make) => {
    const { root, secret } = outside();
    await fs.mkdir(secret);
    await fs.writeFile(path.join(secret, 'kept'), 'kept');
    expect(await failure(extractTree(make(secret), root, { owners }))).toMatchObject({
      code: 'ARCHIVE_UNSAFE',
    });
    expect(await fs.readdir(secret)).toEqual(['kept']);
  });

  test('a link that was there before is replaced at the end of a path and refused in the middle', async () => {
    const { root, secret } = outside();
    await fs.mkdir(secret);
    await fs.mkdir(root);
    await fs.writeFile(path.join(secret, 'kept'), 'kept');
    await fs.symlink(path.join(secret, 'kept'), path.join(root, 'file'));
    await fs.symlink(secret, path.join(root, 'dir'));
    await extractTree([file('file', 'mine')], root, { owners });
    expect([await read(root, 'file'), await read(secret, 'kept')]).toEqual(['mine', 'kept']);
    expect(await failure(extractTree([file('dir/x', 'y')], root, { owners }))).toMatchObject({
      code: 'ARCHIVE_UNSAFE',
    });
    await extractTree([directory('dir'), file('dir/x', 'y')], root, { owners });
    expect([await read(root, 'dir/x'), (await fs.readdir(secret)).length]).toEqual(['y', 1]);
  });

  test('a file with a second name outside keeps that other one as it was', async () => {
    const { root, secret } = outside();
    await fs.mkdir(root);
    await fs.writeFile(secret, 'kept');
    await fs.link(secret, path.join(root, 'file'));
    await extractTree([file('file', 'mine')], root, { owners });
    expect(await read(secret)).toBe('kept');
  });

  test('whatever the entries, nothing outside is touched', async () => {
    const tempBase = tempDir();
    const at = fc
      .array(fc.constantFrom('a', 'b', 'l'), { minLength: 1, maxLength: 3 })
      .map((parts) => parts.join('/'));
    const to = fc.constantFrom('..', '../secret', '../../secret', '/', '.', 'a', 'l', '../a');
    const entry = fc.oneof(
      at.map((name) => file(name, 'evil')),
      at.map((name) => directory(name, { mode: 0o777 })),
      fc.tuple(at, to).map(([name, target]) => link('symlink', name, target)),
      fc.tuple(at, at).map(([name, target]) => link('hardlink', name, target)),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(entry, { maxLength: 8 }), async (entries) => {
        const base = await fs.mkdtemp(path.join(tempBase, 'x-'));
        await fs.mkdir(path.join(base, 'secret'));
        await fs.utimes(path.join(base, 'secret'), 1, 1);
        try {
          await extractTree(entries, path.join(base, 'root'), { owners });
        } catch (error) {
          if (!isToolError(error, 'ARCHIVE_UNSAFE', 'FILE_UNWRITABLE')) throw error;
        }
        expect((await fs.readdir(base)).sort()).toEqual(['root', 'secret']);
        expect(await fs.readdir(path.join(base, 'secret'))).toEqual([]);
        expect((await fs.stat(path.join(base, 'secret'))).mtimeMs).toBe(1000);
      }),
      { numRuns: 200 },
    );
  });
});

test('a directory with something in it is not removed for a file', async () => {
  const root = tempDir();
  await fs.mkdir(path.join(root, 'kept'));
  await fs.writeFile(path.join(root, 'kept/mine'), 'mine');
  expect(await failure(extractTree([file('kept', 'x')], root, { owners }))).toMatchObject({
    code: 'FILE_UNWRITABLE',
  });
  expect(await read(root, 'kept/mine')).toBe('mine');
});

test('half a file is not left behind', async () => {
  const root = tempDir();
  expect(await failure(extractTree([file('a', 'four', { size: 10 })], root, { owners }))).toMatchObject({
    code: 'IMAGE_INVALID',
  });
  expect(await fs.readdir(root)).toEqual([]);
});

test('an interrupt ends it between chunks', async () => {
  const controller = new AbortController();
  const endless = async function* (): AsyncGenerator<Uint8Array> {
    for (;;) {
      controller.abort(new Error('interrupted'));
      yield new Uint8Array(10);
    }
  };
  const root = tempDir();
  const entry = { ...file('a'), size: 1e9, content: endless };
  expect(await failure(extractTree([entry], root, { owners, signal: controller.signal }))).toMatchObject({
    message: 'interrupted',
  });
  expect(await fs.readdir(root)).toEqual([]);
});

test('a thousand levels need no thousand open directories', async () => {
  const deep = Array.from({ length: 1000 }, () => 'd').join('/');
  const root = tempDir();
  const { entries } = await extractTree([file(`${deep}/file`, 'x')], root, { owners });
  expect(entries).toBe(1);
  expect(await read(root, deep, 'file')).toBe('x');
});
