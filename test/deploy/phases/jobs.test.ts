import fc from 'fast-check';
import { expect, test } from 'vitest';
import { lastLines, masker } from '../../../src/deploy/phases/jobs.ts';

test('a secret is hidden however the output was cut into pieces', () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom('hun', 'ter', '2secret', 'x', '\n', 'hunter2secret'), { maxLength: 40 }),
      (pieces) => {
        let shown = '';
        const lines = lastLines(masker(['hunter2secret', '']), (text) => (shown += text));
        for (const piece of pieces) lines.add(piece);
        lines.end();
        expect(shown).not.toContain('hunter2secret');
        expect(lines.kept()).not.toContain('hunter2secret');
        expect(shown.replaceAll('***', 'hunter2secret').trimEnd()).toBe(pieces.join('').trimEnd());
      },
    ),
  );
});

test('the longest secret is hidden first, so that none is left in part', () => {
  expect(masker(['abcd', 'abcdef'])('abcdef abcd abc')).toBe('*** *** abc');
});

test('of a long output the last lines are kept, and a line without an end is passed on in the end', () => {
  const shown: string[] = [];
  const lines = lastLines(
    (text) => text,
    (text) => shown.push(text),
  );
  for (let line = 0; line < 100; line++) lines.add(`line ${line}\n`);
  lines.add('last');
  lines.end();
  expect(lines.kept().split('\n')).toHaveLength(30);
  expect(lines.kept()).toMatch(/line 99\nlast$/);
  expect(shown.join('')).toMatch(/^line 0\n/);
  lines.add('y'.repeat(20_000));
  expect(shown.at(-1)).toHaveLength(20_000);
});
