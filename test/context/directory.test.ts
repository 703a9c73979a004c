import { createHash, randomBytes } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  linkSync,
  lutimesSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { openDirectory } from '../../src/context/directory.ts';
import { compileIgnore } from '../../src/context/ignore.ts';
import { openStore } from '../../src/store/store.ts';
import { tempDir, testCtx } from '../support/ctx.ts';
import type { TestCtx } from '../support/ctx.ts';
import { failure } from '../layer/support.ts';
import { all, entryOf, filesOf, pathsOf } from './support.ts';

const sha256 = (bytes: string | Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const contains = (text: string): unknown => expect.stringContaining(text);
const asRoot = process.getuid?.() === 0;

let root: string;
let ctx: TestCtx;
const write = (name: string, text: string | Uint8Array = name): void => {
  mkdirSync(path.dirname(path.join(root, name)), { recursive: true });
  writeFileSync(path.join(root, name), text);
};
/** As if written long ago: then metadata stands for content. */
const age = (name: string): void => utimesSync(path.join(root, name), 1_600_000_000, 1_600_000_000);

/** Opens the context as somebody who is not root, and tells what went wrong. */
function asOrdinaryUser(work: string, ...patterns: string[]): unknown {
  for (let at = root; at !== '/tmp' && at !== '/'; at = path.dirname(at)) chmodSync(at, 0o755);
  const source = path.join(import.meta.dirname, '../../src/context');
  const script = `
    const { openDirectory } = await import('${source}/directory.ts');
    const { compileIgnore } = await import('${source}/ignore.ts');
    const ctx = { cwd: '/', signal: new AbortController().signal };
    const ignore = compileIgnore(${JSON.stringify(patterns)});
    try {
      const tree = await openDirectory(ctx, ${JSON.stringify(root)}, { ignore });
      ${work};
      console.log('"fine"');
    } catch (error) {
      console.log(JSON.stringify({ code: error.code, message: error.message, hint: error.hint }));
    }`;
  const node = [process.execPath, '--input-type=module', '-e', script];
  const [program = '', ...args] = asRoot ? ['setpriv', '--reuid=65534', '--clear-groups', ...node] : node;
  return JSON.parse(execFileSync(program, args, { stdio: ['ignore', 'pipe', 'inherit'] }).toString());
}

beforeEach(() => {
  root = path.join(tempDir(), 'context');
  mkdirSync(root);
  ctx = testCtx();
});

describe('entries', () => {
  test('have the modes and times of the disk, and belong to root', async () => {
    write('bin/run', 'x');
    chmodSync(path.join(root, 'bin/run'), 0o4750);
    utimesSync(path.join(root, 'bin/run'), 1_600_000_000, 1_600_000_000.5);
    symlinkSync('/etc/passwd', path.join(root, 'link'));
    lutimesSync(path.join(root, 'link'), 1, 2);
    const tree = await openDirectory(ctx, root);
    expect(await tree.entry('bin/run')).toEqual({
      path: 'bin/run',
      type: 'file',
      mode: 0o4750,
      uid: 0,
      gid: 0,
      mtime: 1_600_000_000.5,
      made: true,
      size: 1,
    });
    expect(await tree.entry('link')).toMatchObject({
      type: 'symlink',
      linkName: '/etc/passwd',
      mode: 0o777,
      mtime: 2,
      size: 0,
    });
    expect(await tree.entry('bin')).toMatchObject({ type: 'directory', size: 0 });
    expect(await tree.entry('')).toMatchObject({ path: '', type: 'directory' });
  });

  test('are listed in the order of their bytes, one directory at a time', async () => {
    for (const name of ['b', 'a/x', 'a.b', 'é', 'z', 'B']) write(name);
    const tree = await openDirectory(ctx, root);
    expect((await tree.list('')).map((entry) => entry.path)).toEqual(['B', 'a', 'a.b', 'b', 'z', 'é']);
    expect((await tree.list('a')).map((entry) => entry.path)).toEqual(['a/x']);
    expect(await tree.list('b')).toEqual([]);
    expect(await tree.list('nowhere')).toEqual([]);
  });

  test('have names in any bytes', async () => {
    const name = Buffer.concat([Buffer.from(`${root}/a`), Buffer.from([0xff, 0x0a])]);
    writeFileSync(name, 'odd');
    mkdirSync(Buffer.concat([Buffer.from(`${root}/d`), Buffer.from([0xfe])]));
    writeFileSync(Buffer.concat([Buffer.from(`${root}/d`), Buffer.from([0xfe, 0x2f, 0xfd])]), 'deep');
    const tree = await openDirectory(ctx, root);
    expect(await filesOf(tree)).toEqual({ 'a\udcff\n': 'odd', 'd\udcfe/\udcfd': 'deep' });
    expect(await tree.digest(await entryOf(tree, 'd\udcfe/\udcfd'))).toBe(sha256('deep'));
  });

  test('of one file have the same `same`', async () => {
    write('one');
    write('other');
    linkSync(path.join(root, 'one'), path.join(root, 'two'));
    const tree = await openDirectory(ctx, root);
    const [one, other, two] = await tree.list('');
    expect(one?.same).toBeDefined();
    expect(two?.same).toBe(one?.same);
    expect(other?.same).toBeUndefined();
  });

  test('a fifo is one, a socket is an empty file as in BuildKit, and neither is waited for', async () => {
    execFileSync('mkfifo', [path.join(root, 'pipe')]);
    const server = createServer().listen(path.join(root, 'socket'));
    await new Promise((resolve) => void server.once('listening', resolve));
    const tree = await openDirectory(ctx, root);
    expect(await tree.entry('pipe')).toMatchObject({ type: 'fifo', size: 0 });
    const socket = await entryOf(tree, 'socket');
    expect(socket).toMatchObject({ type: 'file', size: 0 });
    expect(await tree.digest(socket)).toBe(sha256(''));
    expect(await all(tree.open(socket))).toHaveLength(0);
    server.close();
  });

  test.skipIf(!asRoot)('devices have their numbers', async () => {
    try {
      execFileSync('mknod', [path.join(root, 'null'), 'c', '1', '3'], { stdio: 'ignore' });
      execFileSync('mknod', [path.join(root, 'big'), 'b', '259', '70000'], { stdio: 'ignore' });
    } catch {
      return; // a container may not make them
    }
    const tree = await openDirectory(ctx, root);
    expect(await tree.entry('null')).toMatchObject({ type: 'char', major: 1, minor: 3 });
    expect(await tree.entry('big')).toMatchObject({ type: 'block', major: 259, minor: 70_000 });
  });
});

describe('the root is never left', () => {
  test('by names or by links', async () => {
    write('in/file');
    writeFileSync(path.join(root, '../secret'), 'secret');
    symlinkSync('..', path.join(root, 'up'));
    symlinkSync('in', path.join(root, 'alias'));
    const tree = await openDirectory(ctx, root);
    for (const name of [
      '../secret',
      'up/secret',
      'in/../../secret',
      '/etc/passwd',
      'alias/file',
      './in',
      'in//file',
    ]) {
      expect([name, await tree.entry(name)]).toEqual([name, undefined]);
    }
    expect(await tree.list('up')).toEqual([]);
    expect(await tree.list('..')).toEqual([]);
    expect(await tree.list('alias')).toEqual([]);
  });

  test('by a directory that is swapped for a link while the build reads', async () => {
    write('in/file', 'mine');
    const outside = tempDir();
    writeFileSync(path.join(outside, 'file'), 'else');
    const tree = await openDirectory(ctx, root);
    const file = await entryOf(tree, 'in/file');
    rmSync(path.join(root, 'in'), { recursive: true });
    symlinkSync(outside, path.join(root, 'in'));
    expect(await failure(all(tree.open(file)))).toMatchObject({ code: 'CONTEXT_CHANGED' });
    expect(await failure(tree.digest(file))).toMatchObject({ code: 'CONTEXT_CHANGED' });
  });

  test('links in a circle harm nobody', async () => {
    symlinkSync('loop', path.join(root, 'loop'));
    symlinkSync('.', path.join(root, 'self'));
    expect(await pathsOf(await openDirectory(ctx, root))).toEqual(['loop', 'self']);
  });

  test('the root itself may be a link; what is no directory is refused', async () => {
    write('file');
    const link = path.join(tempDir(), 'link');
    symlinkSync(root, link);
    expect(await pathsOf(await openDirectory(ctx, link))).toEqual(['file']);
    expect(await failure(openDirectory(ctx, path.join(root, 'file')))).toMatchObject({ code: 'NOT_FOUND' });
    expect(await failure(openDirectory(ctx, path.join(root, 'none')))).toMatchObject({ code: 'NOT_FOUND' });
  });
});

describe('.dockerignore', () => {
  const open = async (...patterns: string[]): ReturnType<typeof openDirectory> =>
    openDirectory(ctx, root, { ignore: compileIgnore(patterns) });

  test('leaves out files and whole directories, by name and in lists', async () => {
    for (const name of ['a.go', 'a.md', 'doc/x', 'src/b.go', 'src/b.md']) write(name);
    const tree = await open('**/*.md', 'doc');
    expect(await pathsOf(tree)).toEqual(['a.go', 'src', 'src/b.go']);
    expect(await tree.entry('a.md')).toBeUndefined();
    expect(await tree.entry('doc/x')).toBeUndefined();
    expect(await tree.entry('src/b.go')).toBeDefined();
  });

  test('brings back what an exception names, with the directories above it', async () => {
    for (const name of ['a', 'src/x/keep', 'src/x/drop', 'src/y/drop', 'lib/z']) write(name);
    const tree = await open('*', '!src/x/keep');
    expect(await pathsOf(tree)).toEqual(['src', 'src/x', 'src/x/keep']);
    expect(await tree.entry('src')).toMatchObject({ type: 'directory' });
    expect(await tree.entry('src/y')).toBeUndefined();
    expect(await tree.entry('lib')).toBeUndefined();
    expect(await (await open('*', '!src/x/keep')).entry('src')).toMatchObject({ type: 'directory' });
  });

  test('is the way past a directory that may not be read', async () => {
    write('closed/x');
    chmodSync(path.join(root, 'closed'), 0);
    try {
      expect(asOrdinaryUser('await tree.list("closed")')).toMatchObject({
        code: 'FILE_UNREADABLE',
        hint: contains('.dockerignore'),
      });
      expect(asOrdinaryUser('await tree.list("closed")', 'closed')).toBe('fine');
    } finally {
      chmodSync(path.join(root, 'closed'), 0o700);
    }
  });
});

describe('content', () => {
  test('is hashed and streamed, small and large', async () => {
    const large = randomBytes(700_000);
    write('small', 'hello');
    write('large', large);
    write('empty', '');
    const tree = await openDirectory(ctx, root);
    for (const [name, bytes] of [
      ['small', Buffer.from('hello')],
      ['large', large],
      ['empty', Buffer.alloc(0)],
    ] as const) {
      const entry = await entryOf(tree, name);
      expect(await tree.digest(entry)).toBe(sha256(bytes));
      expect((await all(tree.open(entry))).equals(bytes)).toBe(true);
    }
  });

  test.each(['hello', 'x'.repeat(400_000)])(
    'that changes between digest and copy is never handed on whole',
    async (text) => {
      write('file', text);
      const tree = await openDirectory(ctx, root);
      const entry = await entryOf(tree, 'file');
      await tree.digest(entry);
      write('file', text.replace(/.$/, '!'));
      const error = await failure(all(tree.open(entry)));
      expect(error).toMatchObject({ code: 'CONTEXT_CHANGED' });
      expect(String(error)).toContain('file');
    },
  );

  test('that changes between being seen and being hashed is not hashed', async () => {
    write('file', 'one');
    const tree = await openDirectory(ctx, root);
    const entry = await entryOf(tree, 'file');
    write('other', 'two');
    renameSync(path.join(root, 'other'), path.join(root, 'file'));
    expect(await failure(tree.digest(entry))).toMatchObject({ code: 'CONTEXT_CHANGED' });
  });

  test('that is gone while the build reads it', async () => {
    write('file');
    const tree = await openDirectory(ctx, root);
    const entry = await entryOf(tree, 'file');
    rmSync(path.join(root, 'file'));
    expect(await failure(tree.digest(entry))).toMatchObject({ code: 'CONTEXT_CHANGED' });
    expect(await failure(all(tree.open(entry)))).toMatchObject({ code: 'CONTEXT_CHANGED' });
  });

  test('that a fifo has taken the place of is not waited for', async () => {
    write('file');
    const tree = await openDirectory(ctx, root);
    const entry = await entryOf(tree, 'file');
    rmSync(path.join(root, 'file'));
    execFileSync('mkfifo', [path.join(root, 'file')]);
    expect(await failure(tree.digest(entry))).toMatchObject({ code: 'CONTEXT_CHANGED' });
  });

  test('that may not be read is named, with the way out', () => {
    write('secret.key');
    chmodSync(path.join(root, 'secret.key'), 0);
    const error = asOrdinaryUser('await tree.digest(await tree.entry("secret.key"))');
    expect(error).toMatchObject({
      code: 'FILE_UNREADABLE',
      message: contains('secret.key'),
      hint: contains('.dockerignore'),
    });
  });
});

describe('digests from build to build', () => {
  const once = async (name: string): Promise<string> => {
    const { cache } = await openStore(ctx);
    const tree = await openDirectory(ctx, root, { cache });
    try {
      return await tree.digest(await entryOf(tree, name));
    } finally {
      await tree.save();
    }
  };
  const settle = async (): Promise<unknown> => new Promise((resolve) => setTimeout(resolve, 60));

  test('are taken from the record while metadata is the same, and only then', async () => {
    write('dir/file', 'one');
    await settle();
    expect(await once('dir/file')).toBe(sha256('one'));
    const record = path.join(ctx.home, 'store/cache/contexts');
    const stored = execFileSync('sh', ['-c', `cat ${record}/*`]).toString();
    expect(stored).toContain('dir');
    // A lie in the record is believed: nothing was read.
    const lie = Buffer.from(sha256('lie'), 'hex').toString('base64url');
    const truth = Buffer.from(sha256('one'), 'hex').toString('base64url');
    const [file = ''] = execFileSync('sh', ['-c', `ls ${record}/*`])
      .toString()
      .trim()
      .split('\n');
    writeFileSync(file, readFileSync(file, 'utf8').replace(truth, lie));
    expect(await once('dir/file')).toBe(sha256('lie'));
    write('dir/file', 'two');
    age('dir/file');
    expect(await once('dir/file')).toBe(sha256('two'));
  });

  test('of a file written a moment ago are not kept', async () => {
    write('file', 'one');
    expect(await once('file')).toBe(sha256('one'));
    // Written again within the same tick, a file of the same size can look the same.
    const entries = execFileSync('sh', [
      '-c',
      `cat ${ctx.home}/store/cache/contexts/* 2>/dev/null || true`,
    ]).toString();
    expect(entries).not.toContain(Buffer.from(sha256('one'), 'hex').toString('base64url'));
  });

  test('a damaged record costs time, nothing else', async () => {
    write('file', 'one');
    await settle();
    await once('file');
    execFileSync('sh', ['-c', `for f in ${ctx.home}/store/cache/contexts/*; do echo '{' > $f; done`]);
    expect(await once('file')).toBe(sha256('one'));
  });
});
