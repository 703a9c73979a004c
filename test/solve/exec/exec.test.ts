import { promises as fs } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { isToolError } from '../../../src/core/errors.ts';
import type { Tree } from '../../../src/snapshot/types.ts';
import { readText } from '../../../src/solve/exec/resolve.ts';
import { installed, isRoot, describeWith } from '../../components/program.ts';
import { containing } from '../../support/containing.ts';
import { busybox } from './files.ts';
import { machine } from './machine.ts';

async function text(tree: Tree, file: string): Promise<string | undefined> {
  return readText(tree, file, 1 << 20);
}

describeWith([isRoot, installed('busybox'), installed('unshare')], 'a step', () => {
  test('leaves a layer with what it wrote, above what was beneath', async () => {
    const { sh } = await machine();
    const ran = await sh('echo made > /tmp/new; rm /etc/group; mkdir -p /a/b');
    expect(ran.paths).toEqual(expect.arrayContaining(['tmp/new', 'etc/.wh.group', 'a/b']));
    expect(await text(ran.tree, 'tmp/new')).toBe('made\n');
    expect(await ran.tree.entry('etc/group')).toBeUndefined();
  });

  test('that does nothing leaves nothing, not even the places of mounts', async () => {
    const { sh, stage } = await machine();
    const other = await stage({ file: 'x' });
    const ran = await sh(
      'cat /mnt/deep/file /etc/hosts /etc/resolv.conf > /dev/null',
      { mounts: [{ type: 'bind', target: '/mnt/deep', input: 1, source: '/', readOnly: true }] },
      [other],
    );
    expect(ran.paths).toEqual([]);
  });

  test('leaves the places of kernel file systems where the base has none, as Docker does', async () => {
    const { sh, stage } = await machine();
    const { dev: _, proc: __, sys: ___, ...bare } = busybox();
    const ran = await sh('true', {}, [], await stage(bare));
    expect(ran.paths.filter((place) => place !== '')).toEqual(['dev', 'proc', 'sys']);
    expect(await ran.tree.entry('proc')).toMatchObject({ type: 'directory', mode: 0o755, uid: 0, gid: 0 });
  });

  test('has the environment of its op, HOME, PATH, its directory, its host name, no input', async () => {
    const { sh } = await machine();
    const { output } = await sh('env; pwd; hostname; cat; cat /etc/hosts', {
      env: ['A=1'],
      unkeyedEnv: ['http_proxy=http://proxy'],
      cwd: '/made/here',
      addHosts: [{ name: 'db', address: '10.0.0.7' }],
    });
    const lines = output.split('\n');
    expect(lines).toEqual(
      expect.arrayContaining([
        'A=1',
        'http_proxy=http://proxy',
        'HOME=/root',
        'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
        '/made/here',
        'buildkitsandbox',
        '127.0.0.1\tlocalhost buildkitsandbox',
        '10.0.0.7\tdb',
      ]),
    );
    expect(lines.filter((line) => line.includes('CORACLE') || line.startsWith('TERM='))).toEqual([]);
  });

  test.each([
    ['app', 'uid=1000(app) gid=1000(app) groups=100(users)', 'HOME=/home/app'],
    ['1000:100', 'uid=1000(app) gid=100(users)', 'HOME=/home/app'],
    ['4711', 'uid=4711 gid=0(root)', 'HOME=/'],
  ])('runs as USER %s', async (user, id, home) => {
    const { sh } = await machine();
    const { output } = await sh('id; env | grep ^HOME', { user });
    const [line = '', ...rest] = output.trim().split('\n');
    expect(line).toContain(id);
    expect(rest).toEqual([home]);
  });

  test('without a network has none', async () => {
    const { sh } = await machine();
    const { output } = await sh(
      'ip -o addr; cat /etc/resolv.conf; nc -w1 127.0.0.1 9 </dev/null || echo none',
      {
        network: 'none',
      },
    );
    expect(output).not.toMatch(/eth0|nameserver/);
    expect(output).toContain('none');
  });

  test('that fails says its code, its last output and its place, and keeps its tree', async () => {
    const { ctx, sh } = await machine();
    const failed = sh('echo before; echo wrote > /half; echo why >&2; exit 3', {
      env: ['PATH=/bin', 'A=1'],
      cwd: '/tmp',
      unkeyedEnv: ['http_proxy=http://user:pass@proxy'],
    });
    const error: unknown = await failed.catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      code: 'RUN_FAILED',
      message: 'RUN echo before; echo wrote > /half; echo why >&2; exit 3 failed with exit code 3',
      detail: 'before\nwhy',
      where: { line: 2 },
      hint: containing('coracle run --failed '),
    });
    const id = /--failed (\w+)/.exec((isToolError(error) ? error.hint : undefined) ?? '')?.[1] ?? '';
    const kept = path.join(ctx.home, 'store', 'failed', id);
    expect(await fs.readFile(path.join(kept, 'upper', 'half'), 'utf8')).toBe('wrote\n');
    const record = await fs.readFile(path.join(kept, 'record.json'), 'utf8');
    expect(record).toContain('"cwd":"/tmp"');
    expect(record).not.toContain('pass@proxy');
  });

  test('that cannot be found fails with 127, and one that is no program with 126', async () => {
    const { sh } = await machine();
    await expect(sh('', { argv: ['/no/such'] })).rejects.toMatchObject({
      message: containing('exit code 127 (command not found)'),
    });
    await expect(sh('', { argv: ['/etc/passwd'] })).rejects.toMatchObject({
      message: containing('exit code 126'),
    });
  });

  test('whose user nobody knows does not run', async () => {
    const { sh } = await machine();
    await expect(sh('true', { user: 'ap' })).rejects.toMatchObject({
      code: 'DOCKERFILE_INVALID',
      where: { line: 2 },
      hint: containing('Did you mean app?'),
    });
  });

  test('ends with the command: an interrupt kills all of it', async () => {
    const { ctx, sh } = await machine();
    const ran = sh('sleep 1000 & echo started; sleep 1000', {});
    setTimeout(() => ctx.abort(), 300);
    await expect(ran).rejects.toThrow('interrupted');
    expect(await fs.readdir(path.join(ctx.home, 'store', 'failed')).catch(() => [])).toEqual([]);
  });

  test('of which only the newest failures are kept', async () => {
    const { ctx, sh } = await machine();
    for (let code = 1; code <= 7; code++) await sh(`exit ${code}`).catch(() => undefined);
    expect(await fs.readdir(path.join(ctx.home, 'store', 'failed'))).toHaveLength(5);
  });
});

describe('what the weak wall lacks', () => {
  test.runIf(process.getuid?.() === 0)('is said once in a build', async () => {
    const { ctx, sh, sandbox } = await machine();
    await sh('true');
    await sh('true');
    const warnings = ctx.events.filter((event) => event.kind === 'warning');
    expect(warnings.map(({ message }) => message)).toEqual(sandbox.lacks);
  });
});
