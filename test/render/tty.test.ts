import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Event } from '../../src/core/event.ts';
import { styleFor } from '../../src/render/style.ts';
import { ascii, lastingLines, liveLines, unicode, type Screen } from '../../src/render/tty-lines.ts';
import { emptyState, running, take } from '../../src/render/tty-state.ts';
import { picture, ttyView } from '../../src/render/tty.ts';
import { displayWidth } from '../../src/render/width.ts';

const screen: Screen = { columns: 60, rows: 10, style: styleFor(false), glyphs: unicode };
const step = (
  id: string,
  state: 'started' | 'done' | 'cached' | 'failed' | 'cancelled',
  at: number,
  more: object = {},
): Event => ({ kind: 'step', id, name: `do ${id}`, state, at, ...more });

function after(...events: Event[]) {
  const state = emptyState();
  for (const event of events) take(state, event);
  return state;
}

describe('lines', () => {
  test('a finished step has its mark, number, name, note and time at the right edge', () => {
    const { lasting } = after(
      step('a', 'started', 0),
      step('a', 'done', 2100, { note: '4.2 MB' }),
      step('b', 'cached', 0),
      step('c', 'failed', 0),
    );
    expect(lasting.flatMap((item) => lastingLines(item, screen))).toEqual([
      ' ✓ 1 do a  4.2 MB                                      2.1s',
      ' • 2 do b                                            CACHED',
      ' ✗ 3 do c                                            FAILED',
    ]);
  });

  test('a running step shows how far it is, and the last lines of its program', () => {
    const state = after(
      step('a', 'started', 0),
      { kind: 'progress', id: 'a', done: 1e6, total: 4e6, unit: 'bytes' },
      { kind: 'log', id: 'a', stream: 'stderr', text: '1\n2\n3\n4\n5\n' },
    );
    expect(liveLines(running(state), 1000, { ...screen, glyphs: ascii })).toEqual([
      ' | 1 do a                             1.0 MB / 4.0 MB  1.0s'.replace(
        '|',
        ascii.spinner[Math.floor(1000 / 80) % 4] ?? '',
      ),
      '     | 2',
      '     | 3',
      '     | 4',
      '     | 5',
    ]);
    expect(liveLines(running(state), 1000, { ...screen, columns: 80 })[0]).toContain(
      '━━━─────────  1.0 MB / 4.0 MB',
    );
  });

  test('more running steps than rows are counted', () => {
    const events = Array.from({ length: 20 }, (_, index) => step(`s${index}`, 'started', 0));
    const lines = liveLines(running(after(...events)), 0, { ...screen, rows: 6 });
    expect(lines).toHaveLength(5);
    expect(lines.at(-1)).toContain('and 16 more');
  });

  test('a step that starts again is one step', () => {
    const state = after(
      step('a', 'started', 0),
      step('a', 'done', 1),
      step('a', 'started', 5),
      step('b', 'started', 6),
    );
    expect(running(state).map(({ id, number, startedAt }) => [id, number, startedAt])).toEqual([
      ['a', 1, 5],
      ['b', 2, 6],
    ]);
  });

  test('no line is wider than the window, whatever it holds', () => {
    const anything = fc.string({
      unit: fc.constantFrom('a', '漢', '🐳', 'e\u0301', '\t', '\n', '\u001B[31m', 'https://u:p@h/ '),
    });
    fc.assert(
      fc.property(anything, anything, fc.integer({ min: 30, max: 200 }), (name, log, columns) => {
        const window = { ...screen, columns };
        const state = after(
          { kind: 'step', id: 'a', name, state: 'started', at: 0 },
          { kind: 'step', id: 'b', name, state: 'done', at: 0, note: log },
          { kind: 'progress', id: 'a', done: 123_456_789, total: 999_999_999, unit: 'bytes' },
          { kind: 'log', id: 'a', stream: 'stdout', text: log },
        );
        const lines = [
          ...liveLines(running(state), 99_999, window),
          ...state.lasting.flatMap((item) => lastingLines(item, window)),
        ];
        for (const line of lines) {
          expect(displayWidth(line)).toBeLessThan(columns);
          expect(line).not.toMatch(/\n|u:p/);
        }
      }),
    );
  });
});

/** A terminal's screen, as far as the renderer uses one. */
function play(text: string, columns: number): string[] {
  const rows: string[] = [''];
  let row = 0;
  // oxlint-disable-next-line no-control-regex
  for (const token of text.matchAll(/\u001B\[([?\d]*)([A-Za-z])|\n|\r|[^\u001B\n\r]/g)) {
    const [whole, count = '', command] = token;
    if (whole === '\n') rows[++row] ??= '';
    else if (command === 'A') row -= Number(count);
    else if (command === 'J') rows.length = row + 1;
    else if (command === 'K') rows[row] = pending(row);
    else if (command === undefined && whole !== '\r') written.set(row, (written.get(row) ?? '') + whole);
    if (whole === '\n') written.delete(row);
    expect(row).toBeGreaterThanOrEqual(0);
  }
  expect(rows.every((line) => line.length <= columns)).toBe(true);
  return rows.slice(0, -1);
}
const written = new Map<number, string>();
function pending(row: number): string {
  const line = written.get(row) ?? '';
  written.delete(row);
  return line;
}

describe('pictures', () => {
  test('the next one takes the place of the last, and finished lines stay above', () => {
    const text =
      picture([], [], ['run 1', 'run 2'], 80, false) +
      picture(['run 1', 'run 2'], ['done 1'], ['run 2'], 80, true) +
      picture(['run 2'], ['done 2'], [], 80, true);
    expect(play(text, 80)).toEqual(['done 1', 'done 2']);
  });

  test('after the window became narrower, the wrapped rows are covered too', () => {
    expect(picture(['x'.repeat(50)], [], ['y'], 20, true)).toContain('\u001B[3A');
  });

  test('the cursor is hidden once, each picture is one write', () => {
    expect(picture([], [], ['a'], 80, false)).toContain('\u001B[?25l');
    expect(picture(['a'], [], ['b'], 80, true)).not.toContain('\u001B[?25l');
  });
});

describe('the view', () => {
  function view() {
    const writes: string[] = [];
    let resize: (() => void) | undefined;
    const shown = ttyView({
      write: (text) => writes.push(text),
      screen: () => screen,
      now: () => 0,
      onResize(redraw) {
        resize = redraw;
        return () => (resize = undefined);
      },
    });
    return { shown, writes, resize: () => resize?.() };
  }

  test('shows the cursor again at the end', () => {
    const { shown, writes, resize } = view();
    shown.event(step('a', 'started', 0));
    resize();
    shown.end();
    shown.end();
    const text = writes.join('');
    expect(text).toContain('\u001B[?25l');
    expect(text.endsWith('\u001B[?25h')).toBe(true);
  });

  test('a command that had nothing to do leaves the screen alone', () => {
    const { shown, writes } = view();
    shown.event(step('a', 'cached', 0));
    shown.end();
    expect(writes).toEqual([]);
  });

  test('a command that was over before the first picture still shows what it did', () => {
    const { shown, writes } = view();
    shown.event(step('a', 'done', 0));
    shown.end();
    expect(writes.join('')).toContain('do a');
  });
});
