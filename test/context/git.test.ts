import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { openGit } from '../../src/context/git.ts';
import type { GitOptions, GitTree } from '../../src/context/git.ts';
import { parseGitUrl } from '../../src/context/git-url.ts';
import { openStore } from '../../src/store/store.ts';
import type { Store } from '../../src/store/store.ts';
import { failure } from '../layer/support.ts';
import { tempDir, testCtx } from '../support/ctx.ts';
import type { TestCtx } from '../support/ctx.ts';
import { commit, git, hasGit, makeRepository, serveGit } from './git-server.ts';
import { all, filesOf, pathsOf, walk } from './support.ts';

let root: string;
let ctx: TestCtx;
let store: Store;
beforeEach(async () => {
  root = tempDir();
  ctx = testCtx();
  store = await openStore(ctx);
});

async function open(address: string, options: GitOptions = {}, within = ctx): Promise<GitTree> {
  const url = parseGitUrl(address);
  if (!url) throw new Error(`no address of a repository: ${address}`);
  return openGit(within, store, url, options);
}

describe.skipIf(!hasGit)('a repository', () => {
  test('gives the default branch: modes by git, times of the commit, no .git', async () => {
    const repository = path.join(root, 'p.git');
    makeRepository(repository, { 'a.txt': 'one', 'src/run.sh': 'two' });
    chmodSync(path.join(repository, 'src/run.sh'), 0o755);
    chmodSync(path.join(repository, 'a.txt'), 0o600);
    symlinkSync('a.txt', path.join(repository, 'link'));
    const hash = commit(repository, {});
    const { url } = await serveGit(root);
    const before = process.umask(0o077);
    try {
      const opened = await open(`${url}/p.git`);
      expect(opened.commit).toBe(hash);
      expect(await filesOf(opened.tree)).toEqual({ 'a.txt': 'one', 'src/run.sh': 'two' });
      const seen = (await walk(opened.tree)).map(({ path: at, mode, mtime, made, uid }) => [
        at,
        mode.toString(8),
        mtime,
        made,
        uid,
      ]);
      expect(seen).toEqual([
        ['a.txt', '644', 1_600_000_000, true, 0],
        ['link', '777', 1_600_000_000, true, 0],
        ['src', '755', 1_600_000_000, true, 0],
        ['src/run.sh', '755', 1_600_000_000, true, 0],
      ]);
    } finally {
      process.umask(before);
    }
  });

  test('by branch, by tag of both kinds, by full name and by commit', async () => {
    const repository = path.join(root, 'p.git');
    const first = makeRepository(repository, { f: 'one' });
    git(repository, 'tag', 'light');
    git(repository, 'tag', '-a', 'v1', '-m', 'x');
    git(repository, 'branch', 'topic/x');
    const second = commit(repository, { f: 'two' });
    const { url } = await serveGit(root);
    const at = async (suffix: string): Promise<unknown> => {
      const { tree, commit: hash } = await open(`${url}/p.git${suffix}`);
      return [hash, (await filesOf(tree))['f']];
    };
    for (const suffix of [
      '#light',
      '#v1',
      '#topic/x',
      '#refs/tags/v1',
      '#refs/heads/topic/x',
      '?tag=v1',
      '?branch=topic/x',
      `#${first}`,
      `?ref=v1&commit=${first.slice(0, 8)}`,
    ]) {
      expect([suffix, await at(suffix)]).toEqual([suffix, [first, 'one']]);
    }
    expect(await at('')).toEqual([second, 'two']);
    expect(await at('#main')).toEqual([second, 'two']);
  });

  test('a commit that is no end of a branch comes too', async () => {
    const repository = path.join(root, 'p.git');
    makeRepository(repository, { f: 'one' });
    const middle = commit(repository, { f: 'two' });
    commit(repository, { f: 'three' });
    git(repository, 'config', 'uploadpack.allowAnySHA1InWant', 'false');
    const { url } = await serveGit(root);
    expect(await filesOf((await open(`${url}/p.git#${middle}`)).tree)).toEqual({ f: 'two' });
  });

  test('a directory of it, and never one outside', async () => {
    const repository = path.join(root, 'p.git');
    makeRepository(repository, { 'a/b/f': 'deep', g: 'top' });
    symlinkSync('/etc', path.join(repository, 'out'));
    symlinkSync('a', path.join(repository, 'in'));
    commit(repository, {});
    const { url } = await serveGit(root);
    expect(await filesOf((await open(`${url}/p.git#main:a/b`)).tree)).toEqual({ f: 'deep' });
    expect(await filesOf((await open(`${url}/p.git?subdir=in/b`)).tree)).toEqual({ f: 'deep' });
    for (const subdir of ['out', 'g', 'nowhere']) {
      expect(await failure(open(`${url}/p.git#main:${subdir}`))).toMatchObject({ code: 'NOT_FOUND' });
    }
    expect(() => parseGitUrl(`${url}/p.git#main:../../etc`)).toThrow('outside');
  });

  test('with its submodules, whose way to our temporary directory is not kept', async () => {
    makeRepository(path.join(root, 'lib.git'), { lib: 'library' });
    const { url } = await serveGit(root);
    const repository = path.join(root, 'p.git');
    makeRepository(repository, { f: 'x' });
    git(repository, 'submodule', '--quiet', 'add', path.join(root, 'lib.git'), 'deps/lib');
    git(repository, 'config', '--file', '.gitmodules', 'submodule.deps/lib.url', `${url}/lib.git`);
    commit(repository, {});
    expect(await filesOf((await open(`${url}/p.git`)).tree)).toMatchObject({
      f: 'x',
      'deps/lib/lib': 'library',
    });
    expect(await pathsOf((await open(`${url}/p.git`)).tree)).not.toContain('deps/lib/.git');
    expect(await pathsOf((await open(`${url}/p.git?submodules=false`)).tree)).toEqual([
      '.gitmodules',
      'deps',
      'deps/lib',
      'f',
    ]);
  });

  test('a submodule that reaches for files of this machine is refused', async () => {
    makeRepository(path.join(root, 'lib'), { lib: 'library' });
    const repository = path.join(root, 'p.git');
    makeRepository(repository, { f: 'x' });
    git(repository, 'submodule', '--quiet', 'add', path.join(root, 'lib'), 'lib');
    commit(repository, {});
    const { url } = await serveGit(root);
    expect(await failure(open(`${url}/p.git`))).toMatchObject({ code: 'COMMAND_FAILED' });
  });

  test('.git is kept when asked for, works, and is the same each time', async () => {
    const repository = path.join(root, 'p.git');
    const hash = makeRepository(repository, { 'a/f': 'x' });
    git(repository, 'tag', '-a', 'v1', '-m', 'x');
    const { url } = await serveGit(root);
    for (const suffix of ['', '#v1', `#${hash}`]) {
      const first = await filesOf((await open(`${url}/p.git${suffix}`, { keepGitDir: true })).tree);
      const again = testCtx();
      store = await openStore(again);
      const second = await filesOf((await open(`${url}/p.git${suffix}`, { keepGitDir: true }, again)).tree);
      expect(second).toEqual(first);
      expect(JSON.stringify(first)).not.toContain(ctx.home);
      expect(first).toMatchObject({
        'a/f': 'x',
        '.git/config': expect.stringContaining(`${url}/p.git`) as unknown,
      });
    }
    const { tree } = await open(`${url}/p.git`, { keepGitDir: true });
    const copy = tempDir();
    for (const entry of await walk(tree)) {
      const target = path.join(copy, entry.path);
      if (entry.type === 'directory') mkdirSync(target);
      else writeFileSync(target, await all(tree.open(entry)), { mode: entry.mode });
    }
    expect(git(copy, 'rev-parse', 'HEAD')).toBe(hash);
    expect(git(copy, 'branch', '--show-current')).toBe(''); // as with BuildKit
    expect(git(copy, 'status', '--porcelain')).toBe('');
    expect(await pathsOf((await open(`${url}/p.git#main:a`, { keepGitDir: true })).tree)).toEqual(['f']);
  });

  test('is fetched once for each commit', async () => {
    const repository = path.join(root, 'p.git');
    const hash = makeRepository(repository, { f: 'x' });
    const server = await serveGit(root);
    await open(`${server.url}/p.git#${hash}`);
    const before = server.requests.length;
    expect(await filesOf((await open(`${server.url}/p.git#${hash}`)).tree)).toEqual({ f: 'x' });
    expect(server.requests).toHaveLength(before);
    expect(await filesOf((await open(`${server.url}/p.git`)).tree)).toEqual({ f: 'x' });
  });

  test('the user and the machine have no say: no hooks, no filters, no attributes of theirs', async () => {
    const repository = path.join(root, 'p.git');
    makeRepository(repository, { f: 'x\n', '.gitattributes': '* filter=evil\n' });
    const home = tempDir();
    writeFileSync(
      path.join(home, '.gitconfig'),
      `[filter "evil"]\n\tsmudge = echo evil\n[core]\n\tautocrlf = true\n[url "http://127.0.0.1:1/"]\n\tinsteadOf = http://\n`,
    );
    const { url } = await serveGit(root);
    const mine = testCtx({ env: { HOME: home } });
    expect((await filesOf((await open(`${url}/p.git`, {}, mine)).tree))['f']).toBe('x\n');
  });
});

describe.skipIf(!hasGit)('what goes wrong', () => {
  test('a branch that is not there says which are', async () => {
    makeRepository(path.join(root, 'p.git'), { f: 'x' });
    git(path.join(root, 'p.git'), 'branch', 'release');
    const { url } = await serveGit(root);
    const error = await failure(open(`${url}/p.git#relaese`));
    expect(error).toMatchObject({ code: 'NOT_FOUND', hint: 'Did you mean release?' });
    expect(await failure(open(`${url}/p.git#abcdef12`))).toMatchObject({ code: 'NOT_FOUND' });
    expect(await failure(open(`${url}/p.git#${'a'.repeat(40)}`))).toMatchObject({ code: 'NOT_FOUND' });
  });

  test('another commit than the checksum', async () => {
    const hash = makeRepository(path.join(root, 'p.git'), { f: 'x' });
    const later = commit(path.join(root, 'p.git'), { f: 'y' });
    const { url } = await serveGit(root);
    const error = await failure(open(`${url}/p.git`, { checksum: hash.slice(0, 12) }));
    expect(error).toMatchObject({ code: 'CHECKSUM_MISMATCH' });
    expect(String(error)).toContain(later);
    expect((await open(`${url}/p.git`, { checksum: later.slice(0, 12) })).commit).toBe(later);
    expect(await failure(open(`${url}/p.git`, { checksum: 'main' }))).toMatchObject({
      code: 'CONTEXT_INVALID',
    });
  });

  test('a checksum that names a whole commit is taken, but not another one than the ref', async () => {
    const hash = makeRepository(path.join(root, 'p.git'), { f: 'x' });
    commit(path.join(root, 'p.git'), { f: 'y' });
    const { url } = await serveGit(root);
    expect(await failure(open(`${url}/p.git#${'b'.repeat(40)}`, { checksum: hash }))).toMatchObject({
      code: 'CHECKSUM_MISMATCH',
    });
    expect(await failure(open(`${url}/p.git#main`, { checksum: hash }))).toMatchObject({
      code: 'CHECKSUM_MISMATCH',
    });
  });

  test('no repository, no server, no git', async () => {
    const { url } = await serveGit(root);
    expect(await failure(open(`${url}/nothing.git`))).toMatchObject({ code: 'NOT_FOUND' });
    const quick = { ...ctx, signal: AbortSignal.timeout(20_000) };
    expect(await failure(open('http://127.0.0.1:1/p.git', {}, quick))).toMatchObject({ code: 'NETWORK' });
    const bare = testCtx({ env: { PATH: '/nowhere' } });
    expect(await failure(open(`${url}/p.git`, {}, bare))).toMatchObject({ code: 'TOOL_MISSING' });
  });

  test('credentials come by the environment, to that server only, and are in no message', async () => {
    makeRepository(path.join(root, 'p.git'), { f: 'x' });
    const server = await serveGit(root, { password: 'hunter2' });
    const address = server.url.replace('//', '//user:hunter2@');
    expect(await filesOf((await open(`${address}/p.git`)).tree)).toEqual({ f: 'x' });
    const error = await failure(open(`${address}/nothing.git`));
    expect(JSON.stringify(error) + String(error)).not.toContain('hunter2');
    expect(JSON.stringify(parseGitUrl(`${address}/p.git`)?.remote)).not.toContain('hunter2');
    const denied = await failure(open(`${server.url}/p.git`));
    expect(denied).toMatchObject({ code: 'NOT_FOUND' });
    expect(String(denied)).toContain('wants credentials');
  });
});

test.each<[string, object | undefined]>([
  ['https://host/p.git', { protocol: 'https', remote: 'https://host/p.git' }],
  ['https://host/p.git#v1', { ref: 'v1' }],
  ['https://host/p.git#v1:sub/dir', { ref: 'v1', subdir: 'sub/dir' }],
  ['https://host/p.git#:sub', { subdir: 'sub' }],
  ['https://host/p.git#:/sub/', { subdir: 'sub' }],
  ['https://host/p.git#:.', {}],
  ['https://host/p.git?tag=v1&subdir=x', { ref: 'refs/tags/v1', subdir: 'x' }],
  ['https://host/p.git?branch=b', { ref: 'refs/heads/b' }],
  ['https://host/p.git?ref=b#b', { ref: 'b' }],
  ['https://host/p.git?checksum=abcd', { checksum: 'abcd' }],
  ['https://host/p.git?keep-git-dir=1&submodules=false', { keepGitDir: true, submodules: false }],
  ['https://host/p.git?keep-git-dir', { keepGitDir: true }],
  ['https://u:p%40@host/p.git', { remote: 'https://host/p.git', credentials: { user: 'u', password: 'p@' } }],
  ['HTTPS://host/p.git', { protocol: 'https' }],
  ['git://host/p', { protocol: 'git', remote: 'git://host/p' }],
  ['ssh://git@host:22/p', { protocol: 'ssh', remote: 'ssh://git@host:22/p' }],
  ['git@host:group/p.git#v1:x', { protocol: 'ssh', remote: 'git@host:group/p.git', ref: 'v1', subdir: 'x' }],
  ['git@host:p?ref=v1', { remote: 'git@host:p', ref: 'v1' }],
  ['https://host/p', undefined],
  ['https://host/p.tar.gz', undefined],
  ['ftp://host/p.git', undefined],
  ['file:///p.git', undefined],
  ['./p.git', undefined],
  ['github.com/a/b', undefined],
])('%s', (text, expected) => {
  const parsed = parseGitUrl(text);
  if (expected) expect(parsed).toMatchObject(expected);
  else expect(parsed).toBeUndefined();
});

test('the short form is a repository only as the main context', () => {
  expect(parseGitUrl('github.com/a/b#v1', { allowShort: true })).toMatchObject({
    remote: 'https://github.com/a/b.git',
    ref: 'v1',
  });
  expect(parseGitUrl('github.com/a/b.git', { allowShort: true })).toMatchObject({
    remote: 'https://github.com/a/b.git',
  });
});

test.each([
  'https://host/p.git?unknown=1',
  'https://host/p.git?ref=a&ref=b',
  'https://host/p.git?ref=a#b',
  'https://host/p.git?tag=a&branch=a',
  'https://host/p.git?ref=',
  'https://host/p.git?submodules=perhaps',
  'https://host/p.git#--upload-pack=evil',
  'https://host/p.git#a..b',
  'https://host/p.git#a b',
  'https://-oProxyCommand=evil/p.git',
  'ssh://-oProxyCommand=evil/p.git',
  'https:///p.git',
])('%s is refused', (text) => {
  expect(() => parseGitUrl(text)).toThrow('wrong');
});
