import path from 'node:path';
import { chmodSync } from 'node:fs';
import { expect, test } from 'vitest';
import { run } from '../../src/core/exec.ts';
import { chooseSandbox } from '../../src/sandbox/choose.ts';
import { enterUserNamespace, idMode, userNamespace } from '../../src/sandbox/userns.ts';
import { describeWith, installed, isRoot, type Probe } from '../components/program.ts';
import { as, hasSubordinateIds, homeOf, type Who } from '../run/people.ts';
import { containing } from '../support/containing.ts';
import { testCtx } from '../support/ctx.ts';
import { asContained } from './contract.ts';

const ask = path.join(import.meta.dirname, 'contract/ask.ts');
const needs: Probe[] = [isRoot, installed('unshare'), installed('setpriv')];

/** What a process of somebody finds: which namespace it would enter, and what it is there. */
async function asked(
  who: Who,
  env: Record<string, string> = {},
  prefix: readonly string[] = [],
): Promise<unknown> {
  const home = homeOf(who);
  chmodSync(path.dirname(home), 0o755);
  const [program, ...args] = as(who, [...prefix, process.execPath, '--no-warnings', ask]);
  const exit = await run(
    { argv: [program, ...args], env: { PATH: process.env['PATH'], CORACLE_HOME: home, ...env } },
    new AbortController().signal,
  );
  expect(exit.stderr).toBe('');
  return JSON.parse(exit.stdout) as unknown;
}

describeWith(needs, 'a user namespace', () => {
  test('root needs none', async () => {
    expect(await userNamespace(testCtx())).toEqual({ kind: 'inside', mode: 'root' });
    expect(await idMode()).toBe('root');
  });

  test('an ordinary user without subordinate ids has one id, and is told why', async () => {
    expect(await asked('single')).toMatchObject({
      found: { kind: 'enter', mode: 'single', because: containing('subuid') },
      inside: { kind: 'inside', mode: 'single' },
      marker: 'single',
    });
  });

  describeWith([hasSubordinateIds], '', () => {
    test('subordinate ids are used', async () => {
      expect(await asked('subids')).toMatchObject({
        found: { kind: 'enter', mode: 'subids' },
        inside: { kind: 'inside', mode: 'subids' },
      });
    });
  });

  test('the variable that says so is believed by nobody', async () => {
    expect(await asked('single', { CORACLE_USERNS: 'subids' })).toMatchObject({
      found: { kind: 'refused', why: containing('CORACLE_USERNS') },
    });
    expect(await asked('root', { CORACLE_USERNS: 'single' })).toMatchObject({
      found: { kind: 'inside', mode: 'root' },
    });
  });
});

test('entering keeps the command line, the environment, and says so', () => {
  const argv = ['/usr/bin/unshare', '--user'] as const;
  const entered = enterUserNamespace(
    { kind: 'enter', mode: 'single', argv: [...argv] },
    ['node', 'x', '--y'],
    {
      A: 'b',
      NONE: undefined,
    },
  );
  expect(entered).toEqual({
    file: '/usr/bin/unshare',
    argv: ['/usr/bin/unshare', '--user', '--', 'node', 'x', '--y'],
    env: { A: 'b', CORACLE_USERNS: 'single' },
  });
});

describeWith(needs, 'choosing a sandbox', () => {
  test('takes builtin, and runc only when it is asked for', async () => {
    expect((await chooseSandbox(testCtx(), 'auto')).name).toBe('builtin');
    expect((await chooseSandbox(testCtx(), 'chroot')).lacks.length).toBeGreaterThan(3);
  });

  test('says what root of a container may not do, and what to do', async () => {
    const [program, ...args] = asContained([process.execPath, '--no-warnings', ask, 'choose']);
    const exit = await run({ argv: [program, ...args], env: process.env }, new AbortController().signal);
    expect(JSON.parse(exit.stdout)).toMatchObject({
      auto: {
        code: 'SANDBOX_UNAVAILABLE',
        message: containing('CAP_SYS_ADMIN'),
        hint: containing('--sandbox chroot'),
      },
      chroot: 'chroot',
    });
  });
});
