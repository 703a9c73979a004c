import { describe, expect, test } from 'vitest';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { account, hasRegistry, startRegistry } from '../components/registry.ts';
import { tempDir } from '../support/ctx.ts';
import { cleanEnv, coracle } from './run.ts';
import { containing } from '../support/containing.ts';

describe('login without a terminal', () => {
  test('asks for nothing and says how', async () => {
    expect(await coracle(['login', '-u', 'me', 'registry.example.com'])).toMatchObject({
      code: 2,
      stderr: containing('--password-stdin registry.example.com'),
    });
  });

  test('a password on stdin needs a name', async () => {
    const exit = await coracle(['login', '--password-stdin', 'registry.example.com'], { input: 'secret\n' });
    expect(exit).toMatchObject({ code: 2, stderr: containing('--username') });
  });

  test('what is no registry is refused', async () => {
    const exit = await coracle(['login', '-u', 'me', '--password-stdin', 'team'], { input: 'secret' });
    expect(exit).toMatchObject({ code: 2, stderr: containing('"team" is no registry') });
  });
});

test('login proves the password, keeps it, and logout forgets it', async (context) => {
  context.skip(!hasRegistry, 'docker-registry is not on this machine');
  const registry = await startRegistry({ auth: true });
  try {
    const home = tempDir();
    const env = cleanEnv(home);
    const line = ['login', '-u', account.username, '--password-stdin', registry.host];
    const wrong = await coracle(line, { env, input: 'wrong password' });
    expect(wrong).toMatchObject({ code: 3, stderr: containing('REGISTRY_AUTH') });
    expect(wrong.stderr + wrong.stdout).not.toContain('wrong password');
    const right = await coracle([...line, '--json'], { env, input: `${account.password}\n` });
    expect(JSON.parse(right.stdout)).toMatchObject({
      schema: 'coracle.login/v1',
      verified: true,
      plain: true,
    });
    expect(right.stdout + right.stderr).not.toContain(account.password);
    const file = path.join(home, '.docker/config.json');
    expect(readFileSync(file, 'utf8')).toContain(registry.host);
    expect(await coracle(['logout', registry.host], { env })).toMatchObject({ code: 0 });
    expect(readFileSync(file, 'utf8')).not.toContain(registry.host);
  } finally {
    await registry.stop();
  }
});
