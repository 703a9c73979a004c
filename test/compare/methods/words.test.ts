import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { shellWord } from '../../../src/compare/methods/words.ts';

const characters = Array.from('ab $"\'\\`!*?=-\n\t;&|<>(){}~#');

test('a shell reads a quoted word as it was', () => {
  const words = fc.array(
    fc.string({ unit: fc.constantFrom(...characters) }).filter((text) => text !== ''),
    { minLength: 1, maxLength: 6 },
  );
  fc.assert(
    fc.property(words, (list) => {
      const script = `printf '%s\\0' ${list.map(shellWord).join(' ')}`;
      expect(execFileSync('sh', ['-c', script]).toString()).toBe(list.map((text) => `${text}\0`).join(''));
    }),
    { numRuns: 60 },
  );
});
