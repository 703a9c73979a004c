import { describe, expect, test } from 'vitest';
import { progressMode, wantsColor } from '../../src/cli/terminal.ts';

describe('progress', () => {
  test.each([
    ['auto', {}, true, 'tty'],
    ['auto', {}, false, 'plain'],
    ['auto', { CI: 'true' }, true, 'plain'],
    ['auto', { CI: 'false' }, true, 'tty'],
    ['auto', { TERM: 'dumb' }, true, 'plain'],
    ['tty', { CI: 'true' }, false, 'tty'],
    ['json', {}, true, 'json'],
    ['quiet', {}, true, 'quiet'],
  ] as const)('%s with %j on a terminal: %s is %s', (wanted, env, terminal, mode) => {
    expect(progressMode(wanted, env, terminal)).toBe(mode);
  });
});

describe('colour', () => {
  test.each([
    [{}, true, true],
    [{}, false, false],
    [{ TERM: 'dumb' }, true, false],
    [{ NO_COLOR: '1' }, true, false],
    [{ NO_COLOR: '' }, true, true],
    [{ FORCE_COLOR: '1' }, false, true],
    [{ FORCE_COLOR: '0' }, true, false],
    [{ CLICOLOR_FORCE: '1' }, false, true],
    [{ NO_COLOR: '1', FORCE_COLOR: '1' }, true, false],
  ])('%j on a terminal: %s is %s', (env, terminal, wanted) => {
    expect(wantsColor(env, terminal)).toBe(wanted);
  });
});
