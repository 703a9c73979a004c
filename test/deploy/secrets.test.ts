import { chmodSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { isToolError, type ToolError } from '../../src/core/errors.ts';
import { readAllSecrets } from '../../src/deploy/secrets.ts';
import type { Ctx } from '../../src/core/ctx.ts';
import type { Secret } from '../../src/deploy/types.ts';
import { tempDir, testCtx } from '../support/ctx.ts';

function withEnv(env: Record<string, string>, cwd = tempDir()): Ctx {
  return testCtx({
    cwd,
    env: { PATH: process.env['PATH'], ...env },
  });
}

async function missing(ctx: Ctx, secrets: readonly Secret[]): Promise<ToolError> {
  try {
    await readAllSecrets(ctx, { container: { secrets }, accessories: [] });
  } catch (error) {
    if (isToolError(error, 'SECRET_MISSING')) return error;
    throw error;
  }
  throw new Error('they were there');
}

test('values come from the environment, files and commands; one line end is not part of them', async () => {
  const cwd = tempDir();
  const file = path.join(cwd, 'key.pem');
  writeFileSync(file, '-----BEGIN\nabc\n-----END\n\n');
  const secrets: readonly Secret[] = [
    { name: 'A', from: { env: 'TOKEN' } },
    { name: 'B', from: { file } },
    { name: 'C', from: { command: ['printf', 'x\\ny\\n'] } },
  ];
  const { service: values } = await readAllSecrets(withEnv({ TOKEN: ' t \n' }, cwd), {
    container: { secrets },
    accessories: [],
  });
  expect(values).toEqual({ A: ' t \n', B: '-----BEGIN\nabc\n-----END\n', C: 'x\ny' });
});

test('all that are missing are named at once, and no value is', async () => {
  const cwd = tempDir();
  writeFileSync(path.join(cwd, 'zero'), 'a\0b');
  writeFileSync(path.join(cwd, 'long'), 'x'.repeat(200_000));
  const error = await missing(withEnv({ EMPTY: '', THERE: 'hunter2' }, cwd), [
    { name: 'A', from: { env: 'NOT_SET' } },
    { name: 'B', from: { env: 'EMPTY' } },
    { name: 'C', from: { file: path.join(cwd, 'none') } },
    { name: 'D', from: { file: path.join(cwd, 'zero') } },
    { name: 'E', from: { file: path.join(cwd, 'long') } },
    { name: 'F', from: { command: ['sh', '-c', 'echo hunter3; echo "wrong: hunter3" >&2; exit 4'] } },
    { name: 'G', from: { command: ['no-such-program-anywhere'] } },
    { name: 'H', from: { env: 'THERE' } },
    { name: 'I', from: { file: cwd } },
  ]);
  const words = `${error.message}\n${error.detail ?? ''}`;
  expect(error.message).toBe('there are no values for A, B, C, D, E, F, G, I');
  expect(words).toContain('A: the variable NOT_SET is not set');
  expect(words).toContain('B: the variable EMPTY holds nothing');
  expect(words).toContain('none: there is no such file');
  expect(words).toContain('zero byte');
  expect(words).toContain('longer than an environment can hold');
  expect(words).toContain('F: sh ended with 4');
  expect(words).toContain('wrong: ***');
  expect(words).toContain('cannot run no-such-program-anywhere');
  expect(words).not.toMatch(/hunter/);
});

test('what several containers share is asked for once, and each gets its own', async () => {
  const cwd = tempDir();
  const asked = path.join(cwd, 'ask');
  writeFileSync(asked, `#!/bin/sh\necho asked >>${cwd}/count\nwc -l <${cwd}/count\n`);
  chmodSync(asked, 0o755);
  const shared: Secret['from'] = { command: [asked] };
  const values = await readAllSecrets(withEnv({ OTHER: 'o' }, cwd), {
    container: { secrets: [{ name: 'PASS', from: shared }] },
    accessories: [
      { name: 'redis', secrets: [{ name: 'PASS', from: { env: 'OTHER' } }] },
      { name: 'db', secrets: [{ name: 'POSTGRES_PASSWORD', from: shared }] },
    ],
  });
  expect(values).toEqual({
    service: { PASS: '1' },
    accessories: { redis: { PASS: 'o' }, db: { POSTGRES_PASSWORD: '1' } },
  });
});
