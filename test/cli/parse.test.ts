import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkArgs, parse, usage } from '../../src/cli/parse.ts';
import type { Flag } from '../../src/cli/verb.ts';
import { containing } from '../support/containing.ts';

const flags: Flag[] = [
  { name: 'tag', short: 't', type: 'string', value: 'REF', repeatable: true, help: '' },
  { name: 'push', type: 'boolean', help: '' },
  { name: 'quiet', short: 'q', type: 'boolean', help: '' },
  { name: 'all', short: 'a', type: 'boolean', help: '' },
  { name: 'strip', type: 'boolean', on: true, help: '' },
  { name: 'port', type: 'string', aliases: ['expose'], help: '' },
  { name: 'mode', type: 'string', choices: ['plain', 'json'], help: '' },
];
const spec = { command: 'coracle build', flags, args: [{ name: 'WHAT', help: 'what', optional: true }] };
const read = (...words: string[]) => parse(words, spec);

describe('parse', () => {
  test('takes flags and arguments in any order', () => {
    const parsed = read('-t', 'a', './cmd', '--push', '--tag=b');
    expect(parsed.args).toEqual(['./cmd']);
    expect(parsed.values('tag')).toEqual(['a', 'b']);
    expect(parsed.value('tag')).toBe('b');
    expect(parsed.flag('push')).toBe(true);
    expect(parsed.flag('quiet')).toBeUndefined();
  });

  test.each([
    [['-t=a'], 'a'],
    [['-ta'], 'a'],
    [['-qt', 'a'], 'a'],
    [['--tag', '-X main.v=1'], '-X main.v=1'],
    [['--tag', '-'], '-'],
    [['--tag='], ''],
  ])('reads the value of %j', (words, value) => {
    expect(read(...words).value('tag')).toBe(value);
  });

  test.each([
    [['--strip'], true],
    [['--no-strip'], false],
    [['--no-strip=false'], true],
    [['--strip=false'], false],
    [['--strip', '--no-strip'], false],
    [['--no-strip', '--strip'], true],
  ])('reads %j as %j', (words, value) => {
    expect(read(...words).flag('strip')).toBe(value);
  });

  test('several short flags may stand together', () => {
    const parsed = read('-qa');
    expect([parsed.flag('quiet'), parsed.flag('all')]).toEqual([true, true]);
  });

  test('another name of a flag means the same', () => {
    expect(read('--expose', '80').value('port')).toBe('80');
  });

  test('what stands behind -- is left alone', () => {
    const parsed = parse(['1.26', '--', 'go', '--push'], { ...spec, rest: 'COMMAND' });
    expect(parsed.args).toEqual(['1.26']);
    expect(parsed.rest).toEqual(['go', '--push']);
    expect(read('--', '--push').args).toEqual(['--push']);
  });

  test.each([
    [['--pusj'], 'has no flag --pusj', 'Did you mean --push?'],
    [['--no-stripp'], 'has no flag --no-stripp', 'Did you mean --no-strip?'],
    [['-z'], 'has no flag -z', '--help lists'],
    [['--tag'], '--tag needs a value', '--tag REF'],
    [['--tag', '--push'], '--tag needs a value', '--tag REF'],
    [['--push=perhaps'], 'takes true or false', undefined],
    [['--mode', 'jsn'], 'does not take "jsn"', 'Did you mean json?'],
  ])('refuses %j', (words, message, hint) => {
    expect(() => read(...words)).toThrow(
      expect.objectContaining({
        code: 'USAGE',
        message: containing(message),
        ...(hint === undefined ? {} : { hint: containing(hint) }),
      }),
    );
  });

  test('asking for a flag that the table lacks is our bug', () => {
    expect(() => read().value('nothere')).toThrow('reads a flag that it does not have');
  });

  test('any words give a result or a USAGE error', () => {
    const word = fc.oneof(
      fc.string(),
      fc.constantFrom(
        '-t',
        '--tag',
        '--push',
        '--',
        '-',
        '--=',
        '-q=',
        '--no-',
        '--__proto__',
        '--constructor',
      ),
    );
    fc.assert(
      fc.property(fc.array(word, { maxLength: 6 }), (words) => {
        try {
          parse(words, spec);
        } catch (error) {
          expect(error).toMatchObject({ code: 'USAGE' });
        }
      }),
    );
  });

  test('every value survives whatever is in it', () => {
    fc.assert(
      fc.property(fc.string(), (value) => {
        expect(read(`--tag=${value}`).value('tag')).toBe(value);
      }),
    );
  });
});

test('too few and too many arguments are refused', () => {
  const two = {
    ...spec,
    args: [
      { name: 'SRC', help: 'from' },
      { name: 'DST', help: 'to' },
    ],
  };
  expect(() => checkArgs(parse(['a'], two), two)).toThrow('needs DST');
  expect(() => checkArgs(parse(['a', 'b', 'c'], two), two)).toThrow('"c"');
  const many = { ...spec, args: [{ name: 'NAME', help: '', repeatable: true }] };
  expect(() => checkArgs(parse(['a', 'b', 'c'], many), many)).not.toThrow();
  expect(() => checkArgs(parse([], many), many)).toThrow('needs NAME');
});

test('usage shows what is optional and what repeats', () => {
  expect(usage({ ...spec, rest: 'COMMAND...' })).toBe('coracle build [flags] [WHAT] -- COMMAND...');
});
