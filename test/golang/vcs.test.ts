import { appendFileSync, chmodSync, chownSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { readVcs } from '../../src/golang/vcs.ts';
import { tempDir, testCtx } from '../support/ctx.ts';
import type { TestCtx } from '../support/ctx.ts';
import { commitAll, git, gitEnv, writeFiles } from './go-project.ts';

const ctxWith = (env: Record<string, string> = {}): TestCtx => testCtx({ env: { ...gitEnv, ...env } });

function repository(files: Record<string, string> = { 'a.go': 'package a\n' }): string {
  const dir = writeFiles(tempDir(), files);
  commitAll(dir);
  return dir;
}

describe('readVcs', () => {
  test('reads commit, time, branch, tag and remote', async () => {
    const dir = repository();
    git(dir, 'tag', 'v1.2.3');
    git(dir, 'tag', 'v1.10.0');
    git(dir, 'tag', 'latest');
    git(dir, 'remote', 'add', 'origin', 'https://user:hunter2@example.com/team/app.git');
    mkdirSync(path.join(dir, 'cmd', 'api'), { recursive: true });
    const { vcs, problem, notes } = await readVcs(ctxWith(), path.join(dir, 'cmd', 'api'));
    expect(problem).toBeUndefined();
    expect(notes).toEqual([]);
    expect(vcs).toEqual({
      root: dir,
      revision: git(dir, 'rev-parse', 'HEAD').trim(),
      time: '2024-05-06T07:08:09Z',
      epoch: 1714979289,
      dirty: false,
      shallow: false,
      branch: 'main',
      tag: 'v1.10.0',
      remote: 'https://example.com/team/app.git',
      tagsKey: vcs?.tagsKey,
    });
  });

  test.each([
    ['a changed file', (dir: string) => writeFileSync(path.join(dir, 'a.go'), 'package b\n')],
    ['an untracked file', (dir: string) => writeFileSync(path.join(dir, 'new'), '')],
    [
      'a staged file',
      (dir: string) => {
        writeFileSync(path.join(dir, 'new'), '');
        git(dir, 'add', 'new');
      },
    ],
    ['a mode', (dir: string) => chmodSync(path.join(dir, 'a.go'), 0o755)],
  ])('counts as dirty: %s', async (_, change) => {
    const dir = repository();
    change(dir);
    expect((await readVcs(ctxWith(), dir)).vcs?.dirty).toBe(true);
  });

  test('counts untracked files even when the git config of the user hides them, but no ignored ones', async () => {
    const dir = repository({ 'a.go': 'package a\n', '.gitignore': 'out\n' });
    writeFileSync(path.join(dir, 'out'), '');
    const config = path.join(
      writeFiles(tempDir(), { c: '[status]\n\tshowUntrackedFiles = no\n[log]\n\tshowSignature = true\n' }),
      'c',
    );
    const ctx = ctxWith({ GIT_CONFIG_GLOBAL: config });
    expect((await readVcs(ctx, dir)).vcs?.dirty).toBe(false);
    writeFileSync(path.join(dir, 'new'), '');
    expect((await readVcs(ctx, dir)).vcs?.dirty).toBe(true);
  });

  test('does not write to the repository', async () => {
    const dir = repository();
    const index = readFileSync(path.join(dir, '.git', 'index'));
    writeFileSync(path.join(dir, 'a.go'), 'package a\n'); // a new time, the same content
    expect((await readVcs(ctxWith(), dir)).vcs?.dirty).toBe(false);
    expect(readFileSync(path.join(dir, '.git', 'index')).equals(index)).toBe(true);
  });

  test('describes by the last tag when asked, with as many digits in every clone', async () => {
    const dir = repository();
    git(dir, 'tag', 'v1.2.3');
    expect((await readVcs(ctxWith(), dir, { describe: true })).vcs?.describe).toBe('v1.2.3');
    git(dir, 'commit', '-q', '--allow-empty', '-m', 'second');
    const { vcs } = await readVcs(ctxWith(), dir, { describe: true });
    expect(vcs?.tag).toBeUndefined();
    expect(vcs?.describe).toBe(`v1.2.3-1-g${vcs?.revision.slice(0, 7)}`);
  });

  test('says what a shallow clone changes', async () => {
    const dir = repository();
    git(dir, 'commit', '-q', '--allow-empty', '-m', 'second');
    const clone = path.join(tempDir(), 'clone');
    git(dir, 'clone', '-q', '--depth', '1', `file://${dir}`, clone);
    const { vcs, notes } = await readVcs(ctxWith(), clone, { describe: true });
    expect(vcs).toMatchObject({ shallow: true, revision: git(dir, 'rev-parse', 'HEAD').trim() });
    expect(notes.join()).toMatch(/shallow.*git fetch --unshallow --tags/);
  });

  test('has a key that changes when a tag comes, goes or moves, and not when a file does', async () => {
    const dir = repository();
    const key = async () => (await readVcs(ctxWith(), dir)).vcs?.tagsKey;
    const first = await key();
    writeFileSync(path.join(dir, 'new'), '');
    expect(await key()).toBe(first);
    git(dir, 'tag', 'a/b/v1.0.0');
    const second = await key();
    expect(second).not.toBe(first);
    git(dir, 'commit', '-q', '--allow-empty', '-m', 'second');
    git(dir, 'tag', '-f', 'a/b/v1.0.0');
    const third = await key();
    expect(third).not.toBe(second);
    git(dir, 'pack-refs', '--all');
    expect(await key()).not.toBe(third);
  });

  test('reads worktrees and submodules', async () => {
    const dir = repository();
    git(dir, 'remote', 'add', 'origin', 'git@example.com:team/app.git');
    const worktree = path.join(tempDir(), 'tree');
    git(dir, 'worktree', 'add', '-q', '-b', 'side', worktree);
    git(dir, 'tag', 'v1.0.0');
    const side = (await readVcs(ctxWith(), worktree)).vcs;
    expect(side).toMatchObject({
      root: worktree,
      branch: 'side',
      tag: 'v1.0.0',
      remote: 'git@example.com:team/app.git',
      dirty: false,
    });
    expect(side?.tagsKey).toBe((await readVcs(ctxWith(), dir)).vcs?.tagsKey);

    const outer = repository();
    git(outer, '-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add', `file://${dir}`, 'sub');
    const sub = (await readVcs(ctxWith(), path.join(outer, 'sub'))).vcs;
    expect(sub).toMatchObject({ root: path.join(outer, 'sub'), dirty: false, remote: `file://${dir}` });
  });

  test('a detached HEAD has no branch', async () => {
    const dir = repository();
    git(dir, 'checkout', '-q', '--detach');
    const { vcs } = await readVcs(ctxWith(), dir);
    expect(vcs?.revision).toMatch(/^[0-9a-f]{40}$/);
    expect(vcs?.branch).toBeUndefined();
  });
});

describe('where there is nothing to read', () => {
  test('no repository', async () => {
    expect(await readVcs(ctxWith(), tempDir())).toEqual({ notes: [] });
  });

  test('a repository without a commit', async () => {
    const dir = writeFiles(tempDir(), { 'a.go': '' });
    git(dir, 'init', '-q');
    const { vcs, problem, notes } = await readVcs(ctxWith(), dir);
    expect([vcs, problem]).toEqual([undefined, undefined]);
    expect(notes.join()).toContain('no commit yet');
  });

  test('no git on the machine', async () => {
    const { problem } = await readVcs(ctxWith({ PATH: tempDir() }), repository());
    expect(problem?.reason).toContain('git is not there');
    expect(problem?.hint).toContain('apt-get install git');
  });

  test.runIf(process.getuid?.() === 0)('a repository of another user', async () => {
    const dir = repository();
    for (const name of ['.', '.git']) chownSync(path.join(dir, name), 65_534, 65_534);
    const { vcs, problem } = await readVcs(ctxWith({ SUDO_UID: '' }), dir);
    expect(vcs).toBeUndefined();
    expect(problem?.reason).toContain('belongs to another user');
    expect(problem?.hint).toContain(`safe.directory ${dir}`);
  });

  test('a broken repository', async () => {
    const dir = repository();
    appendFileSync(path.join(dir, '.git', 'config'), '[broken');
    const { vcs, problem } = await readVcs(ctxWith(), dir);
    expect(vcs).toBeUndefined();
    expect(problem?.reason).toContain('git cannot read');
  });

  test('another version control system', async () => {
    const outer = repository();
    const dir = path.join(outer, 'inner');
    mkdirSync(path.join(dir, '.hg'), { recursive: true });
    expect((await readVcs(ctxWith(), dir)).problem?.reason).toContain('.hg');
  });
});
