/** What `npm test` says at its end, and what it does about programs that are not installed. */
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { findProgram, tryCall } from '../components/program.ts';
import { tempDir } from '../support/ctx.ts';
import { repository } from './coracle.ts';

const test = (status: string, fullName: string): object => ({ status, fullName });

async function summary(
  exitCode: number,
  vitest: object | undefined,
  go?: readonly object[],
  check?: string,
): Promise<[number, string]> {
  const results = tempDir();
  if (vitest) writeFileSync(path.join(results, 'vitest.json'), JSON.stringify(vitest));
  if (go)
    writeFileSync(path.join(results, 'go.json'), go.map((event) => `${JSON.stringify(event)}\n`).join(''));
  const exit = await tryCall(
    [process.execPath, path.join(repository, 'scripts/test-summary.ts'), results, String(exitCode)],
    {
      env: { CORACLE_CHECK: check },
    },
  );
  return [exit.code, exit.stdout.trim().split('\n').at(-1) ?? ''];
}

describe('the last line of npm test', () => {
  const passing = {
    testResults: [{ status: 'passed', assertionResults: [test('passed', 'a'), test('passed', 'b')] }],
  };
  const goPass = [
    { Action: 'pass', Package: 'p', Test: 'T' },
    { Action: 'pass', Package: 'p' },
  ];

  it('adds up all suites', async () => {
    expect(await summary(0, passing, goPass)).toEqual([0, '3 passed, 0 failed']);
    expect(await summary(0, passing, goPass, 'passed')).toEqual([0, '4 passed, 0 failed']);
  });

  it('counts what was skipped', async () => {
    const skipped = {
      testResults: [
        {
          status: 'passed',
          assertionResults: [test('passed', 'a'), test('skipped', 'b [runc not installed]')],
        },
      ],
    };
    expect(await summary(0, skipped)).toEqual([0, '1 passed, 0 failed, 1 skipped']);
  });

  it.each([
    [
      'a test',
      1,
      { testResults: [{ status: 'failed', assertionResults: [test('passed', 'a'), test('failed', 'b')] }] },
      undefined,
      '1 passed, 1 failed',
    ],
    [
      'a file that could not be read',
      1,
      { testResults: [{ status: 'failed', assertionResults: [] }] },
      undefined,
      '0 passed, 1 failed',
    ],
    ['an error outside any test', 1, passing, undefined, '2 passed, 1 failed'],
    ['vitest itself, without a report', 137, undefined, undefined, '0 passed, 1 failed'],
    ['a Go test', 0, passing, [{ Action: 'fail', Package: 'p', Test: 'T' }], '2 passed, 1 failed'],
    ['go test, which said nothing', 0, passing, [], '2 passed, 1 failed'],
  ])('counts as failed: %s', async (_what, exitCode, vitest, go, line) => {
    expect(await summary(exitCode, vitest, go)).toEqual([1, line]);
  });

  it('fails when the checks failed', async () => {
    expect(await summary(0, passing, goPass, 'failed')).toEqual([1, '3 passed, 1 failed']);
  });
});

describe('setup-components', () => {
  it('without the right to install, it says what is left out and goes on', async () => {
    const bin = path.join(tempDir(), 'bin');
    mkdirSync(bin);
    for (const name of ['cut', 'sort', 'tr']) symlinkSync(findProgram(name) ?? '', path.join(bin, name));
    writeFileSync(path.join(bin, 'id'), '#!/bin/sh\necho 1000\n', { mode: 0o755 });
    // The real PATH ends with /usr/sbin; a copy whose tail is empty sees only `bin`.
    const script = path.join(tempDir(), 'setup-components');
    const text = readFileSync(path.join(repository, 'scripts/setup-components'), 'utf8');
    writeFileSync(script, text.replace('PATH=$PATH:/usr/sbin:/sbin', 'PATH=$PATH'));
    const exit = await tryCall(['/bin/sh', script], { env: { PATH: bin } });
    expect(exit).toMatchObject({ code: 0, stderr: '' });
    expect(exit.stdout).toContain(
      'left out: umoci, for unpacking images as others do: not installed, and only root can install it',
    );
    expect(exit.stdout).toMatch(/hint: as root: apt-get install .*umoci/);
  });
});
