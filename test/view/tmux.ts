import path from 'node:path';
import { expect, onTestFinished, vi } from 'vitest';
import { run } from '../../src/core/exec.ts';
import { tempDir } from '../support/ctx.ts';

const signal = new AbortController().signal;
const show = path.join(import.meta.dirname, 'show.ts');

export const hasTmux =
  (await run({ argv: ['sh', '-c', 'command -v tmux'], env: { PATH: process.env['PATH'] } }, signal)).code ===
  0;

/** A shell on a terminal of its own, as tmux makes it. */
export interface Shell {
  /** Keys by tmux's names, or characters. */
  press(...keys: readonly string[]): Promise<void>;
  type(text: string): Promise<void>;
  /** The lines of the screen, without spaces at their ends. */
  screen(): Promise<string[]>;
  /** The same with marks of colour. */
  marked(): Promise<string>;
  /** What tmux knows of the pane, by its formats. */
  ask(format: string): Promise<string>;
  resize(columns: number, rows: number): Promise<void>;
  /** Writes to a file what the program writes from now on. */
  record(file: string): Promise<void>;
  /** Waits for the screen to be so. */
  until(check: (lines: readonly string[]) => void): Promise<void>;
}

export async function shell(columns = 80, rows = 24): Promise<Shell> {
  const directory = tempDir();
  const env = {
    PATH: process.env['PATH'],
    HOME: directory,
    LANG: 'C.UTF-8',
    PS1: '$ ',
    NODE: process.execPath,
    SHOW: show,
  };
  const tmux = async (...words: readonly string[]): Promise<string> => {
    const options = ['-u', '-S', path.join(directory, 'socket'), '-f', '/dev/null'];
    const exit = await run({ argv: ['tmux', ...options, ...words], env, cwd: directory }, signal);
    expect(exit).toMatchObject({ code: 0 });
    return exit.stdout;
  };
  await tmux('new-session', '-d', '-x', String(columns), '-y', String(rows), 'sh');
  await tmux('set-option', '-g', 'status', 'off');
  await tmux('resize-window', '-x', String(columns), '-y', String(rows));
  onTestFinished(async () => {
    await tmux('kill-server');
  });
  const lines = async (): Promise<string[]> =>
    (await tmux('capture-pane', '-p')).split('\n').map((line) => line.trimEnd());
  // What is typed before the prompt would stand before it.
  await vi.waitFor(async () => expect((await lines())[0]).toMatch(/^[#$]$/), {
    timeout: 60_000,
    interval: 20,
  });
  return {
    press: async (...keys) => void (await tmux('send-keys', ...keys)),
    type: async (text) => void (await tmux('send-keys', '-l', text)),
    screen: lines,
    marked: async () => tmux('capture-pane', '-p', '-e'),
    ask: async (format) => (await tmux('display-message', '-p', format)).trim(),
    resize: async (x, y) => void (await tmux('resize-window', '-x', String(x), '-y', String(y))),
    record: async (file) => void (await tmux('pipe-pane', `cat >'${file}'`)),
    until: async (check) => vi.waitFor(async () => check(await lines()), { timeout: 60_000, interval: 20 }),
  };
}
