import { expect, test } from 'vitest';
import type { Event } from '../../src/core/event.ts';
import { plainView } from '../../src/render/plain.ts';

function shown(...events: Event[]): string {
  let text = '';
  let clock = 0;
  const view = plainView(
    (more) => (text += more),
    () => (clock += 3000),
  );
  for (const event of events) view.event(event);
  view.end();
  view.end();
  return text;
}
const step = (
  id: string,
  state: 'started' | 'done' | 'cached' | 'failed' | 'cancelled',
  at: number,
  note?: string,
): Event => ({
  kind: 'step',
  id,
  name: `do ${id}`,
  state,
  at,
  ...(note === undefined ? {} : { note }),
});

test('steps are numbered as they come', () => {
  expect(
    shown(
      step('a', 'started', 0),
      step('b', 'cached', 5),
      step('a', 'done', 2100, '13.1 MB'),
      step('c', 'failed', 9),
    ),
  ).toBe('#1 do a\n#2 do b\n#2 CACHED\n#1 DONE 2.1s (13.1 MB)\n#3 do c\n#3 FAILED 0.0s\n');
});

test('lines of a program stand under its number, and a half line is not lost', () => {
  const log = (text: string): Event => ({ kind: 'log', id: 'a', stream: 'stderr', text });
  expect(shown(step('a', 'started', 0), log('one\ntw'), log('o\nthree'), step('a', 'done', 0))).toBe(
    '#1 do a\n#1 one\n#1 two\n#1 three\n#1 DONE 0.0s\n',
  );
});

test('progress is told now and then', () => {
  const progress = (done: number): Event => ({ kind: 'progress', id: 'a', done, total: 4000, unit: 'bytes' });
  expect(shown(step('a', 'started', 0), progress(1000), progress(2000), progress(3000), progress(4000))).toBe(
    '#1 do a\n#1 2.0 kB / 4.0 kB\n#1 4.0 kB / 4.0 kB\n',
  );
});

test('warnings have their hint, and no text from outside moves the cursor', () => {
  expect(
    shown(
      { kind: 'warning', message: 'a\u001B[2Jb', hint: 'c' },
      { kind: 'log', stream: 'stdout', text: 'x\n' },
    ),
  ).toBe('warning: ab\nhint: c\nx\n');
});
