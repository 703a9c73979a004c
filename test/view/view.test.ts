import fc from 'fast-check';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { press } from '../../src/view/press.ts';
import { resize, start, type State } from '../../src/view/state.ts';
import { viewedOf } from '../../src/view/tabs/viewed.ts';
import { tempDir } from '../support/ctx.ts';
import { binaryExplanation, imageExplanation } from './explanations.ts';
import { hasTmux, shell, type Shell } from './tmux.ts';
import { anyKey, keyNames, linesOf } from './walk.ts';

/** What stands on the terminal before the view opens, and must afterwards. */
const before = 'something that was there';

/** A shell that has something on its screen, with the view opened in it. */
async function viewing(what: string, env = '', columns = 80, rows = 24): Promise<Shell> {
  const terminal = await shell(columns, rows);
  await terminal.type(`echo ${before}; stty -g >modes; ${env} "$NODE" "$SHOW" ${what}; stty -g >after`);
  await terminal.press('Enter');
  return terminal;
}

/** The view is gone: what was there is there, and the shell has its terminal back. */
async function expectRestored(terminal: Shell, said: string): Promise<void> {
  await terminal.until((lines) => {
    expect(lines).toContain(before);
    expect(lines.join('\n')).toContain(said);
  });
  await terminal.type('cmp modes after && echo "as it" was');
  await terminal.press('Enter');
  await terminal.until((lines) => expect(lines.join('\n')).toContain('as it was'));
  expect(await terminal.ask('#{cursor_flag} #{wrap_flag} #{alternate_on}')).toBe('1 1 0');
}

async function expectScreen(terminal: Shell, state: State): Promise<void> {
  const expected = linesOf(state);
  await terminal.until((lines) => expect(lines.slice(0, state.rows)).toEqual(expected));
}

/** The state after the window is as large as asked. */
const at = (state: State, columns = 80, rows = 24): State => resize(state, { columns, rows });

describe.skipIf(!hasTmux)('on a terminal', () => {
  test('the screen is what was drawn, the cursor stands on what is selected, and q leaves no trace', async () => {
    const terminal = await viewing('image');
    let state = at(start(viewedOf(imageExplanation())));
    await expectScreen(terminal, state);
    await terminal.press('2', 'Down', 'Right', 'Down');
    state = ['2', 'down', 'right', 'down'].reduce(press, state);
    await expectScreen(terminal, state);
    const [row] = (await terminal.ask('#{cursor_y} #{cursor_x} #{cursor_flag}')).split(' ');
    expect((await terminal.screen())[Number(row)]).toMatch(/^› +15\.9 MB .* local\/$/);
    await terminal.press('q');
    await expectRestored(terminal, 'exit 0');
  });

  // Whatever changes, only that is written: so an error in it would show as lines left over.
  test.each([
    ['image', imageExplanation, 1],
    ['binary', binaryExplanation, 2],
  ] as const)('the screen is what was drawn after each of many keys: %s', async (what, make, seed) => {
    const [columns, rows] = [72, 18];
    const terminal = await viewing(what, '', columns, rows);
    let state = at(start(viewedOf(make())), columns, rows);
    await expectScreen(terminal, state);
    for (const key of fc.sample(anyKey, { seed, numRuns: 60 })) {
      const next = press(state, key);
      if (next.exit !== undefined) continue;
      state = next;
      const name = keyNames[key];
      await (name === undefined ? terminal.type(key) : terminal.press(name));
      await expectScreen(terminal, state);
    }
  });

  test('the window is made smaller and larger', async () => {
    const terminal = await viewing('image');
    let state = press(at(start(viewedOf(imageExplanation()))), '2');
    await terminal.press('2');
    for (const [columns, rows] of [
      [40, 10],
      [132, 43],
      [20, 4],
      [80, 24],
    ] as const) {
      await terminal.resize(columns, rows);
      state = at(state, columns, rows);
      await expectScreen(terminal, state);
    }
    await terminal.press('t');
    await terminal.resize(100, 30);
    await expectScreen(terminal, at(press(state, 't'), 100, 30));
  });

  test('Ctrl-C in the middle of a search leaves with 130', async () => {
    const terminal = await viewing('image');
    await terminal.until((lines) => expect(lines[1]).toContain('[1 layers]'));
    await terminal.type('/lib');
    await terminal.until((lines) => expect(lines.at(-2)).toContain('search: lib'));
    await terminal.press('C-c');
    await expectRestored(terminal, 'exit 130');
  });

  test.each([
    ['a signal', 'end', 'failed: asked to end'],
    ['what breaks when a key is pressed', 'broken', 'failed: this tree cannot be made'],
    ['an error that nobody catches', 'crash', 'Error: nobody catches this'],
  ])('%s ends it, and gives the terminal back', async (_, what, said) => {
    const terminal = await viewing(what);
    await terminal.until((lines) => expect(lines[1]).toContain('[1 layers]'));
    await terminal.press('Tab');
    await expectRestored(terminal, said);
  });

  test('a signal while it is stopped ends it when it goes on', async () => {
    const terminal = await viewing('image');
    await terminal.until((lines) => expect(lines[1]).toContain('[1 layers]'));
    await terminal.press('C-z');
    await terminal.until((lines) => expect(lines).toContain(before));
    await terminal.type('kill %1; fg');
    await terminal.press('Enter');
    await terminal.until((lines) => expect(lines.join('\n')).toContain('failed: asked to end'));
    expect(await terminal.ask('#{alternate_on}')).toBe('0');
  });

  test('Ctrl-Z gives the terminal to the shell, and fg comes back to the same place', async () => {
    const terminal = await viewing('image');
    const state = ['2', 'down', 'right'].reduce(press, at(start(viewedOf(imageExplanation()))));
    await terminal.press('2', 'Down', 'Right');
    await expectScreen(terminal, state);
    await terminal.press('C-z');
    await terminal.until((lines) => expect(lines).toContain(before));
    await terminal.type('echo in the shell');
    await terminal.press('Enter');
    await terminal.until((lines) => expect(lines).toContain('in the shell'));
    await terminal.type('fg');
    await terminal.press('Enter');
    await expectScreen(terminal, state);
    await terminal.press('q');
    await expectRestored(terminal, 'exit 0');
  });

  test('a key writes little: a line down a few hundred bytes, a key that changes nothing none', async () => {
    const terminal = await viewing('image');
    await terminal.press('2', '*');
    const state = ['2', '*'].reduce(press, at(start(viewedOf(imageExplanation()))));
    await expectScreen(terminal, state);
    const file = path.join(tempDir(), 'written');
    await terminal.record(file);
    /** Bytes of so many redraws from the beginning. */
    const bytesOf = async (redraws: number): Promise<number> =>
      vi.waitFor(
        () => {
          const texts = readFileSync(file, 'utf8').split('\u001B[?2026l');
          expect(texts).toHaveLength(redraws + 1);
          expect(texts.at(-1)).toBe('');
          return Buffer.byteLength(texts.join(''));
        },
        { timeout: 60_000 },
      );
    await terminal.press('Down');
    const first = await bytesOf(1);
    expect(first).toBeLessThan(400);
    for (let line = 2; line <= 18; line++) {
      await terminal.press('Down');
      await bytesOf(line);
    }
    const bottom = Array.from({ length: 18 }, () => 'down').reduce(press, state);
    await expectScreen(terminal, bottom);
    // Now the body scrolls, which the terminal does itself.
    const there = await bytesOf(18);
    await terminal.press('Down');
    expect((await bytesOf(19)) - there).toBeLessThan(600);
    await expectScreen(terminal, press(bottom, 'down'));
    const end = await bytesOf(19);
    await terminal.type('Z');
    await terminal.press('Up');
    expect((await bytesOf(20)) - end).toBeLessThan(400);
  });

  test('with NO_COLOR nothing is marked, and all can be told', async () => {
    const terminal = await viewing('image', 'NO_COLOR=1');
    await terminal.press('2', 't');
    await terminal.until((lines) => expect(lines.join('\n')).toContain('┏━'));
    // oxlint-disable-next-line no-control-regex
    expect(await terminal.marked()).not.toMatch(/\u001B\[[\d;]*m/);
  });

  test('without UTF-8 it is drawn in ASCII', async () => {
    const terminal = await viewing('binary', 'ASCII=1');
    await terminal.until((lines) => expect(lines.join('\n')).toMatch(/^> +3\.1 MB +100\.0% {2}#+ +- shop$/m));
    await terminal.press('t');
    await terminal.until((lines) => expect(lines.join('\n')).toMatch(/^#{20,}-+\+/m));
    // oxlint-disable-next-line no-control-regex
    expect((await terminal.screen()).join('')).toMatch(/^[\u0000-\u007F]*$/);
  });

  test('a terminal that cannot move its cursor, and input that is none, are told of --plain', async () => {
    const dumb = await viewing('image', 'TERM=dumb');
    await dumb.until((lines) =>
      expect(lines).toContain('failed: the view needs a terminal that can move its cursor'),
    );
    const piped = await viewing('image', ': |');
    await piped.until((lines) => expect(lines.join('\n')).toContain('failed: the view needs a terminal'));
  });
});
