import { chmodSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { runCheck, type Finding } from '../../src/host/check.ts';
import { run } from '../../src/core/exec.ts';
import { sandboxChecks } from '../../src/host/sandbox.ts';
import { describeWith, installed, isRoot } from '../components/program.ts';
import { as, homeOf } from '../run/people.ts';
import { asContained } from '../sandbox/contract.ts';
import { containing } from '../support/containing.ts';
import { testCtx } from '../support/ctx.ts';

const ask = path.join(import.meta.dirname, 'ask.ts');
const needs = [isRoot, installed('unshare'), installed('setpriv')];

/** What doctor says about sandboxes to somebody else. */
async function said(
  command: (argv: readonly string[]) => readonly string[],
  home: string,
): Promise<Map<string, Finding>> {
  chmodSync(path.dirname(home), 0o755);
  const [program = '', ...args] = command([process.execPath, '--no-warnings', ask]);
  const exit = await run(
    { argv: [program, ...args], env: { PATH: process.env['PATH'], CORACLE_HOME: home } },
    new AbortController().signal,
  );
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- written by ask.ts
  const findings = JSON.parse(exit.stdout) as Finding[];
  return new Map(findings.map((finding) => [finding.name, finding]));
}

describeWith(needs, 'doctor tries sandboxes', () => {
  test('as root everything that needs no other program works', async () => {
    const ctx = testCtx();
    const findings = await Promise.all(sandboxChecks.map(async (check) => runCheck(ctx, check)));
    const state = (name: string): string | undefined => findings.find((each) => each.name === name)?.state;
    expect(['namespaces', 'ids', 'overlayfs', 'builtin', 'chroot', 'network'].map(state)).toEqual(
      Array.from({ length: 6 }, () => 'ok'),
    );
    const builtin = findings.find(({ name }) => name === 'builtin');
    expect(builtin?.says).toMatch(/keeps honest builds apart.*no boundary for hostile Dockerfiles.*runc/);
    expect(findings.filter(({ state, hint }) => state !== 'ok' && hint === undefined)).toEqual([]);
  });

  test('an ordinary user without subordinate ids is told what is lost', async () => {
    const found = await said((argv) => as('single', argv), homeOf('single'));
    expect(found.get('builtin')?.state).toBe('ok');
    expect(found.get('overlayfs')?.state).toBe('ok');
    expect(found.get('ids')).toMatchObject({ state: 'missing', hint: containing('--add-subuids') });
    expect(found.get('chroot')?.state).toBe('missing');
  });

  test('root of a container is sent to chroot', async () => {
    const found = await said(asContained, homeOf('root'));
    expect(found.get('chroot')?.state).toBe('ok');
    expect(found.get('builtin')).toMatchObject({
      state: 'missing',
      says: containing('CAP_SYS_ADMIN'),
      hint: containing('--sandbox chroot'),
    });
  });
});
