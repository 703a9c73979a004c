import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { completionScript } from '../../src/cli/completion.ts';
import { run } from '../../src/core/exec.ts';
import { tempDir } from '../support/ctx.ts';

const signal = new AbortController().signal;
const env = { PATH: process.env['PATH'] };
const has = async (shell: string): Promise<boolean> =>
  (await run({ argv: ['sh', '-c', `command -v ${shell}`], env }, signal)).code === 0;

async function script(shell: string): Promise<string> {
  const file = path.join(tempDir(), `completion.${shell}`);
  writeFileSync(file, await completionScript(shell));
  return file;
}

describe.each(['bash', 'zsh', 'fish'])('%s', (shell) => {
  test('names every verb and the flags of build', async () => {
    const text = await completionScript(shell);
    for (const word of ['build', 'toolchain', 'doctor', 'insecure-registry', 'no-strip', 'build-arg'])
      expect(text).toContain(word);
  });

  test('the shell can read it', async (context) => {
    context.skip(!(await has(shell)), `there is no ${shell} on this machine`);
    expect(await run({ argv: [shell, '-n', await script(shell)], env }, signal)).toMatchObject({
      code: 0,
      stderr: '',
    });
  });
});

async function complete(...words: string[]): Promise<string[]> {
  const line = `source ${await script('bash')}; COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length - 1}; _coracle; printf '%s\\n' "\${COMPREPLY[@]}"`;
  return (await run({ argv: ['bash', '-c', line], env }, signal)).stdout.trim().split('\n');
}

test('bash offers verbs, members, flags and values', async (context) => {
  context.skip(!(await has('bash')), 'there is no bash on this machine');
  expect(await complete('coracle', 'bu')).toEqual(['build']);
  expect(await complete('coracle', 'toolchain', '')).toEqual(['list', 'install', 'remove', 'env', 'exec']);
  expect(await complete('coracle', 'build', '--plat')).toEqual(['--platform']);
  expect(await complete('coracle', 'build', '--cgo', '')).toEqual([
    'off',
    'dynamic',
    'static',
    'static-musl',
  ]);
  expect(await complete('coracle', 'toolchain', 'env', '--shell', 'f')).toEqual(['fish']);
  expect(await complete('coracle', 'completion', '')).toEqual(['bash', 'zsh', 'fish']);
});
