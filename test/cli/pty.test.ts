import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { run } from '../../src/core/exec.ts';
import { fillStore } from '../images/store.ts';
import { tempDir, testCtx } from '../support/ctx.ts';
import { cleanEnv, main } from './run.ts';

const signal = new AbortController().signal;
const hasScript =
  (await run({ argv: ['sh', '-c', 'command -v script'], env: { PATH: process.env['PATH'] } }, signal))
    .code === 0;

/** Runs a shell line on a terminal of its own. Both standard streams come out of it together. */
async function onTerminal(
  line: string,
  env: Record<string, string> = {},
): Promise<{ code: number; text: string }> {
  const home = tempDir();
  await fillStore(testCtx({ home: path.join(home, 'coracle') }));
  const exit = await run(
    {
      argv: ['script', '-qefc', line, '/dev/null'],
      cwd: home,
      env: {
        ...cleanEnv(home, { TERM: 'xterm', LANG: 'C.UTF-8', ...env }),
        NODE: process.execPath,
        MAIN: main,
      },
    },
    signal,
  );
  return { code: exit.code, text: exit.stdout };
}

describe.skipIf(!hasScript)('on a terminal', () => {
  test('steps are drawn, the cursor comes back, the result is coloured', async () => {
    const { code, text } = await onTerminal('"$NODE" "$MAIN" copy both oci:layout');
    expect(code).toBe(0);
    expect(text).toContain('write oci:layout');
    expect(text.lastIndexOf('\u001B[?25h')).toBeGreaterThan(text.lastIndexOf('\u001B[?25l'));
    expect(text).toContain('\u001B[1m');
    expect(text).toContain('✓');
  });

  test.each([
    ['CI', 'true'],
    ['TERM', 'dumb'],
  ])('with %s=%s lines are plain', async (name, value) => {
    const { text } = await onTerminal('"$NODE" "$MAIN" copy both oci:layout', { [name]: value });
    expect(text).toContain('#1 write oci:layout');
    expect(text).not.toContain('\u001B[?25');
  });

  test('NO_COLOR leaves no colour', async () => {
    const { text } = await onTerminal('"$NODE" "$MAIN" copy both oci:layout', { NO_COLOR: '1' });
    // oxlint-disable-next-line no-control-regex
    expect(text).not.toMatch(/\u001B\[\d+m/);
  });

  test('a locale without UTF-8 gets plain marks', async () => {
    const { text } = await onTerminal('"$NODE" "$MAIN" copy both oci:layout', { LANG: 'C' });
    expect(text).toContain('+\u001B[39m ');
    expect(text).not.toContain('✓');
  });

  /** Types `keys` at the first question of login, and stays until the log has `end`. */
  const login = async (keys: string, end: string): Promise<string> => {
    const until = (text: string): string => `until grep -q '${text}' log 2>/dev/null; do sleep 0.05; done`;
    const inner = '"$NODE" "$MAIN" login 127.0.0.1:9; echo "exit $?"; stty -a';
    return (
      await onTerminal(
        `(${until('User name')}; printf '${keys}'; ${until(end)}) | script -qefc '${inner}' log`,
      )
    ).text;
  };

  test('login asks without showing the password', async () => {
    const text = await login(String.raw`me\rpasss\177word\r`, 'exit');
    expect(text).toContain('User name for 127.0.0.1:9: me');
    expect(text).toContain('Password or token of this user: ');
    expect(text).not.toContain('pass');
    expect(text).toContain('exit 3');
  });

  test('Ctrl-C at a question ends login and leaves the terminal as it was', async () => {
    const text = await login(String.raw`\003`, 'icanon');
    expect(text).toContain('exit 130');
    expect(text).toMatch(/[^-]echo\b/);
    expect(text).toMatch(/[^-]icanon\b/);
  });
});
