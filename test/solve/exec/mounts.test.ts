import { promises as fs } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import type { ExecMount, Snapshot } from '../../../src/solve/graph.ts';
import { call, describeWith, findProgram, installed, isRoot } from '../../components/program.ts';
import { containing } from '../../support/containing.ts';
import { tempDir } from '../../support/ctx.ts';
import { realAgent } from './agents.ts';
import { busybox, type File } from './files.ts';
import { machine } from './machine.ts';
import { execOp } from './op.ts';
import { memoryTree } from './memory-tree.ts';

const needs = [isRoot, installed('busybox'), installed('unshare')];
const bind = (over: Partial<ExecMount & { type: 'bind' }> = {}): ExecMount => ({
  type: 'bind',
  target: '/mnt',
  input: 1,
  source: '/',
  readOnly: true,
  ...over,
});
const cache = (over: Partial<ExecMount & { type: 'cache' }> = {}): ExecMount => ({
  type: 'cache',
  target: '/cache',
  id: 'c',
  sharing: 'shared',
  source: '/',
  readOnly: false,
  ...over,
});
const context = (files: Parameters<typeof memoryTree>[0]): Snapshot => ({
  layers: [],
  tree: memoryTree(files),
});

describeWith(needs, 'RUN --mount=type=bind', () => {
  test('shows a stage, or a part of one, read-only', async () => {
    const { sh, stage } = await machine();
    const other = await stage({ a: null, 'a/b': null, 'a/b/file': 'deep', link: '-> a/b' });
    const { output, paths } = await sh(
      'cat /mnt/a/b/file /part/file /one; touch /mnt/no 2>&1 || echo refused',
      {
        mounts: [
          bind(),
          bind({ target: '/part', source: '/link' }),
          bind({ target: '/one', source: 'a/b/file' }),
        ],
      },
      [other],
    );
    expect(output).toContain('deepdeepdeep');
    expect(output).toContain('refused');
    expect(paths).toEqual([]);
  });

  test('that may be written to throws away what is written', async () => {
    const { sh, stage } = await machine();
    const other = await stage({ file: 'old' });
    const ran = await sh(
      'echo new > /mnt/file; echo more > /mnt/more; cat /mnt/file /mnt/more',
      { mounts: [bind({ readOnly: false })] },
      [other],
    );
    expect(ran.output).toBe('new\nmore\n');
    expect(ran.paths).toEqual([]);
    const again = await sh('ls /mnt; cat /mnt/file', { mounts: [bind()] }, [other]);
    expect(again.output).toBe('file\nold');
  });

  test('shows the build context, with modes, links and hard links', async () => {
    const { sh } = await machine();
    const files = context({
      'src/main.go': 'package main',
      'src/run.sh': { text: '#!/bin/sh\necho ran', mode: 0o755 },
      'src/link': '-> main.go',
      'src/one': { text: 'same', same: 'x' },
      'src/two': { text: 'same', same: 'x' },
      'src/empty': null,
      'other/secret': 'not shown',
    });
    const { output, paths } = await sh(
      'cat /mnt/link; /mnt/run.sh; stat -c %h /mnt/two; ls /mnt; ls -d /mnt/../other || true',
      { mounts: [bind({ source: 'src' })] },
      [files],
    );
    expect(output).toContain('package mainran\n2\nempty\nlink\nmain.go\none\nrun.sh\ntwo\n');
    expect(output).not.toContain('secret');
    expect(paths).toEqual([]);
  });

  test('of what is not there is an error with its place', async () => {
    const { sh } = await machine();
    const missing = sh('true', { mounts: [bind({ source: '/none' })] }, [context({})]);
    await expect(missing).rejects.toMatchObject({ code: 'NOT_FOUND', where: { line: 2 } });
  });
});

describeWith(needs, 'RUN --mount=type=cache', () => {
  test('keeps what steps write, out of the layer', async () => {
    const { sh } = await machine();
    const first = await sh('echo kept > /cache/file', { mounts: [cache()] });
    expect(first.paths).toEqual([]);
    expect((await sh('cat /cache/file', { mounts: [cache()] })).output).toBe('kept\n');
    expect((await sh('ls /cache', { mounts: [cache({ id: 'other' })] })).output).toBe('');
  });

  test('has the mode and owner that it is given, and another cache for another owner', async () => {
    const { sh } = await machine();
    const owned = cache({ mode: 0o700, uid: 1000, gid: 100 });
    const { output } = await sh('stat -c "%a %u %g" /cache; touch /cache/mine', {
      user: 'app',
      mounts: [owned],
    });
    expect(output).toBe('700 1000 100\n');
    expect((await sh('stat -c "%a %u" /cache; ls /cache', { mounts: [cache()] })).output).toBe('755 0\n');
  });

  test('begins with what from= names, and only the first time', async () => {
    const { sh, stage } = await machine();
    const other = await stage({
      seed: null,
      'seed/tool': { text: '#!/bin/sh\necho tool', mode: 0o755, uid: 1000 },
      not: 'here',
    });
    const mounts = [cache({ input: 1, source: '/seed' })];
    const first = await sh('ls /cache; /cache/tool; stat -c %u /cache/tool; rm /cache/tool', { mounts }, [
      other,
    ]);
    expect(first.output).toBe('tool\ntool\n1000\n');
    expect((await sh('ls /cache', { mounts }, [other])).output).toBe('');
  });

  test('that is read-only cannot be written to', async () => {
    const { sh } = await machine();
    const { output } = await sh('touch /cache/x 2>&1 || echo refused', {
      mounts: [cache({ readOnly: true })],
    });
    expect(output).toContain('refused');
  });

  test('locked: steps follow one another; one may mount it twice', async () => {
    const { sh } = await machine();
    const script = 'test -e /cache/busy && echo overlap; touch /cache/busy; sleep 0.3; rm /cache/busy';
    const mounts = [cache({ sharing: 'locked' }), cache({ sharing: 'locked', target: '/again' })];
    const both = await Promise.all([sh(script, { mounts }), sh(script, { mounts })]);
    // One of them may have been told that it waits.
    expect(both.map(({ output }) => output).join('')).not.toContain('overlap');
  });

  test('private: steps at the same time do not see each other', async () => {
    const { sh } = await machine();
    const script = 'echo x >> /cache/file; sleep 0.5; wc -l < /cache/file';
    const mounts = [cache({ sharing: 'private' })];
    const both = await Promise.all([sh(script, { mounts }), sh(script, { mounts })]);
    expect(both.map(({ output }) => output.trim())).toEqual(['1', '1']);
  });

  test('locked caches in opposite orders do not wait for each other for ever', async () => {
    const { sh } = await machine();
    const [a, b] = [
      cache({ id: 'a', sharing: 'locked' }),
      cache({ id: 'b', sharing: 'locked', target: '/b' }),
    ];
    await Promise.all([sh('sleep 0.2', { mounts: [a, b] }), sh('sleep 0.2', { mounts: [b, a] })]);
  });
});

describeWith(needs, 'RUN --mount=type=tmpfs', () => {
  test('is empty, in memory, of its size, and gone afterwards', async () => {
    const { sh } = await machine();
    const { output, paths } = await sh('df -k /mnt | tail -n1; stat -c %a /mnt; echo x > /mnt/x', {
      mounts: [{ type: 'tmpfs', target: '/mnt', size: 8 << 20 }],
    });
    expect(output).toMatch(/ 8192 .*\n1777\n$/s);
    expect(paths).toEqual([]);
  });
});

const value = 'the-hidden-value-4711';
const secret = (over: Partial<ExecMount & { type: 'secret' }> = {}): ExecMount => ({
  type: 'secret',
  id: 'token',
  target: '/run/secrets/token',
  required: true,
  mode: 0o400,
  uid: 0,
  gid: 0,
  ...over,
});

describeWith(needs, 'RUN --mount=type=secret', () => {
  const services = { secret: async (id: string) => (id === 'token' ? Buffer.from(value) : undefined) };

  test('is a file, a variable or both, and nowhere else', async () => {
    const { ctx, engine, base, sh } = await machine(services);
    const mounts = [secret({ env: 'TOKEN', uid: 1000, mode: 0o440, gid: 100 })];
    const { output, paths } = await sh(
      'stat -c "%a %u %g" /run/secrets/token; test "$TOKEN" = "$(cat /run/secrets/token)" && wc -c < /run/secrets/token; echo x 2>/dev/null > /run/secrets/token || echo read-only',
      { mounts },
    );
    expect(output).toBe(`440 1000 100\n${value.length}\nread-only\n`);
    expect(paths).toEqual([]);
    const key = await engine.key(execOp('true', { mounts }), [base]);
    expect(JSON.stringify(key)).not.toContain(value);
    // Of a step that fails nothing of it is kept either.
    await sh('cat /run/secrets/token > /dev/null; exit 1', { mounts }).catch(() => undefined);
    expect(JSON.stringify(ctx.events)).not.toContain(value);
    expect((await grep(value, ctx.home)).stdout).toBe('');
  });

  test('that was not given is an error when it is required, and not there when it is not', async () => {
    const { sh } = await machine();
    await expect(sh('true', { mounts: [secret()] })).rejects.toMatchObject({
      code: 'SECRET_MISSING',
      where: { line: 2 },
      hint: containing('--secret id=token,src=FILE'),
    });
    const { output } = await sh('ls /run/secrets 2>&1; env | grep TOKEN', {
      argv: ['/bin/sh', '-c', 'ls /run/secrets 2>&1; env | grep TOKEN; true'],
      mounts: [secret({ required: false, env: 'TOKEN' })],
    });
    expect(output).toContain('No such file');
  });

  test('is in no command line while the step runs', async () => {
    const { sh } = await machine(services);
    const running = sh('sleep 0.5', { mounts: [secret({ env: 'TOKEN' })] });
    const seen: string[] = [];
    for (let look = 0; look < 5; look++) {
      await new Promise((resolve) => setTimeout(resolve, 80));
      for (const pid of (await fs.readdir('/proc')).filter((name) => /^\d+$/.test(name)))
        seen.push(await fs.readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => ''));
    }
    await running;
    expect(seen.filter((line) => line.includes(value))).toEqual([]);
  });
});

describeWith([...needs, installed('ssh-agent')], 'RUN --mount=type=ssh', () => {
  const ssh = (over: Partial<ExecMount & { type: 'ssh' }> = {}): ExecMount => ({
    type: 'ssh',
    id: 'default',
    target: '/run/buildkit/ssh_agent.0',
    required: true,
    mode: 0o600,
    uid: 0,
    gid: 0,
    ...over,
  });

  test("gives the step's user the agent, at SSH_AUTH_SOCK", async () => {
    const directory = tempDir();
    const agent = await realAgent(directory);
    const { sh, stage } = await machine({ ssh: async (id) => (id === 'default' ? agent : undefined) });
    const { output, paths } = await sh(
      'stat -c "%a %u" $SSH_AUTH_SOCK; ssh-add -l; ssh-add -D || echo refused',
      { user: 'app', mounts: [ssh({ uid: 1000 })] },
      [],
      await stage({ ...busybox(), ...(await withLibraries('ssh-add')) }),
    );
    expect(output).toMatch(/^600 1000\n/);
    expect(output).toContain('the key of the test');
    expect(output).toContain('refused');
    expect(paths).toEqual([]);
  });

  test('that was not given is an error when it is required', async () => {
    const { sh } = await machine();
    await expect(sh('true', { mounts: [ssh()] })).rejects.toMatchObject({
      code: 'SECRET_MISSING',
      hint: containing('--ssh default'),
    });
    await sh('test ! -e $SSH_AUTH_SOCK', { mounts: [ssh({ required: false })] });
  });
});

async function grep(what: string, where: string) {
  return call(['sh', '-c', 'grep -ra -- "$1" "$2" || true', 'sh', what, path.join(where)]);
}

/** A program of this machine with the libraries that it is linked to, as files of a layer in which it can run. */
async function withLibraries(name: string): Promise<Record<string, File>> {
  const program = findProgram(name) ?? name;
  const { stdout } = await call(['ldd', program]);
  const libraries = [...stdout.matchAll(/(\/\S+) \(0x/g)].map(([, file = '']) => file);
  const files: Record<string, File> = {
    [`bin/${name}`]: { text: await fs.readFile(program), mode: 0o755 },
  };
  for (const file of libraries) {
    for (let at = path.dirname(file); at !== '/'; at = path.dirname(at)) files[at.slice(1)] ??= null;
    files[file.slice(1)] = { text: await fs.readFile(file), mode: 0o755 };
  }
  return files;
}
