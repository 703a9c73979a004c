import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { run } from '../../src/core/exec.ts';
import { tempDir } from '../support/ctx.ts';
import { parseJson } from '../support/json.ts';
import { hasTmux, shell } from '../view/tmux.ts';
import { cleanEnv, coracle, main } from './run.ts';

/** An ELF file that is on every Linux. */
const file = '/bin/sh';
const signal = new AbortController().signal;
const hasScript =
  (await run({ argv: ['sh', '-c', 'command -v script'], env: { PATH: process.env['PATH'] } }, signal))
    .code === 0;

test('a pipe gets lines of text, whole and without marks', async () => {
  const { stdout, code } = await coracle(['explain', file], {
    env: cleanEnv(tempDir(), { FORCE_COLOR: '' }),
  });
  expect(code).toBe(0);
  expect(stdout).toMatch(/^\/bin\/sh: ELF file, not of Go, [\d.]+ k?M?B\n size +[\d,]+ B\n/);
  expect(stdout).not.toContain('\u001B');
});

test('--quiet prints broken limits and nothing else; they are in the document too', async () => {
  const home = tempDir();
  const env = cleanEnv(home);
  const limits = ['--budget', 'size<1kB', '--budget', 'size<1GB,modules<1'];
  const quiet = await coracle(['explain', file, '-q', ...limits], { env });
  expect(quiet).toMatchObject({ code: 1, stderr: '' });
  expect(quiet.stdout).toMatch(/^Budget: 1 limit broken\n +STATE +NOW +LIMIT\n +broken [^\n]* size<1kB\n/);
  const { code, stdout } = await coracle(['explain', file, '--json', ...limits], { env });
  expect(code).toBe(1);
  expect(parseJson(stdout)).toMatchObject({
    kind: 'binary',
    budget: [{ state: 'broken' }, { state: 'kept' }, { state: 'kept' }],
  });
  expect(await coracle(['explain', file, '-q'], { env })).toMatchObject({ code: 0, stdout: '' });
  for (const form of ['--plain', '--markdown'])
    expect(
      (await coracle(['explain', file, '-q', form], { env })).stdout,
      'a form that was asked for',
    ).toMatch(/ELF|program/);
});

test('--html writes the page and says so', async () => {
  const home = tempDir();
  const { stdout, code } = await coracle(['explain', file, '--html', 'page.html'], {
    env: cleanEnv(home),
    cwd: home,
  });
  expect(code).toBe(0);
  expect(stdout).toMatch(/^wrote page\.html, [\d.]+ k?M?B\n$/);
});

test.each([
  [['--cat', '/x', '--budget', 'size<1'], '--cat and --budget'],
  [['--cat', '/x', '--extract', '/a=b'], '--cat and --extract'],
  [['--cat', '/x', '--json'], '--cat and --json'],
  [['--markdown', '--json'], '--markdown and --json'],
  [['--dockerfile', '--html', 'x.html'], '--dockerfile and --html'],
  [['--why', 'm', '--dockerfile'], '--why and --dockerfile'],
])('%j: a question beside which something else would pass unanswered is refused', async (flags, said) => {
  const { code, stderr } = await coracle(['explain', file, ...flags], { env: cleanEnv(tempDir()) });
  expect(code).toBe(2);
  expect(stderr).toContain(`${said} cannot be given together`);
});

describe.skipIf(!hasScript)('on a terminal', () => {
  const onTerminal = async (
    line: string,
    env: Record<string, string> = {},
  ): Promise<{ code: number; text: string }> => {
    const home = tempDir();
    const { code, stdout } = await run(
      {
        argv: ['script', '-qefc', `stty cols 60 2>/dev/null; ${line}`, '/dev/null'],
        cwd: home,
        env: {
          ...cleanEnv(home, { TERM: 'xterm', LANG: 'C.UTF-8', ...env }),
          NODE: process.execPath,
          MAIN: main,
          FILE: path.resolve(file),
        },
      },
      signal,
    );
    return { code, text: stdout };
  };

  test('--plain stays within the window, with NO_COLOR without marks', async () => {
    const { code, text } = await onTerminal('"$NODE" "$MAIN" explain --plain "$FILE" --progress quiet', {
      NO_COLOR: '1',
    });
    expect(code).toBe(0);
    expect(text).not.toContain('\u001B');
    expect(text.split('\r\n').filter((line) => line.length > 60)).toEqual([]);
  });

  test('limits on the command line open no view: their answer is what matters', async () => {
    const { code, text } = await onTerminal('"$NODE" "$MAIN" explain "$FILE" --budget "size<1kB"');
    expect(code).toBe(1);
    expect(text).toContain('too much');
    expect(text).not.toContain('\u001B[?1049h');
  });
});

describe.skipIf(!hasTmux)('on a terminal with somebody at it', () => {
  test('the view opens, and its end is the end of the command', async () => {
    const terminal = await shell();
    await terminal.type(`"$NODE" ${main} explain ${file} --progress quiet; echo "exit $?"`);
    await terminal.press('Enter');
    await terminal.until((lines) => expect(lines.join('\n')).toMatch(/\? keys +q quit/));
    await terminal.press('q');
    await terminal.until((lines) => expect(lines).toContain('exit 0'));
  });
});
