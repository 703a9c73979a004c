import { describe, expect, test } from 'vitest';
import { answerCompare } from '../../src/cli/compare-answer.ts';
import { compareFlags } from '../../src/cli/compare-flags.ts';
import { compareOptionsOf, type CompareInput } from '../../src/cli/compare-request.ts';
import { makeOut } from '../../src/cli/out.ts';
import { parse } from '../../src/cli/parse.ts';
import { compare } from '../../src/cli/verbs/compare.ts';
import { styleFor } from '../../src/render/style.ts';
import { testCtx } from '../support/ctx.ts';

const typed = (...words: string[]): CompareInput =>
  parse(words, { command: 'coracle compare', flags: compareFlags, args: compare.args });
const options = (...words: string[]) => compareOptionsOf(testCtx(), typed(...words));

describe('what the flags say', () => {
  test.each([
    ['/healthz', { path: '/healthz' }],
    ['http://localhost:9000/ready?full=1', { path: '/ready?full=1', port: 9000 }],
    ['http://127.0.0.1/', { path: '/', port: 80 }],
  ])('--health %s', (text, probe) => {
    expect(options('--health', text).probe).toEqual(probe);
  });

  test('a port is the one that the program is ready on, not one of the image', () => {
    const { probe, said } = options('-p', '9000');
    expect(probe).toEqual({ port: 9000 });
    expect(said?.config).toEqual({});
  });

  test('flags that build has too are configuration here too', () => {
    const { said } = options(
      '--go-tags',
      'a,b',
      '--cgo',
      'static',
      '--env',
      'A=1',
      '--debian-release',
      'trixie',
    );
    expect(said?.config).toEqual({
      go: { tags: ['a', 'b'], cgo: 'static' },
      env: { A: '1' },
      debian: { release: 'trixie' },
    });
  });

  test('methods are compared in the order of tables, each once', () => {
    expect(options('--only', 'coracle,scratch', '--only', 'scratch').methods).toEqual(['scratch', 'coracle']);
    expect(options().methods).toHaveLength(7);
  });

  test('what is given twice with --with is compared once', () => {
    expect(options('--with', 'Dockerfile', '--with', 'Dockerfile').with).toEqual(['Dockerfile']);
  });

  test.each([
    [['--only', 'alpin'], /no method "alpin"/],
    [['--only', ','], /there is no method/],
    [['--starts', '0'], /no whole number from 1/],
    [['--port', '70000'], /no whole number from 1 to 65535/],
    [['--health', 'healthz'], /is no path/],
    [['--health', 'http://example.com/healthz'], /is not this machine/],
    [['--health', 'http://localhost:1/', '--port', '2'], /--port says 2, --health 1/],
    [['--exit', '0', '--port', '80'], /for programs that end/],
    [['--exit', '256'], /no whole number from 0 to 255/],
  ])('%j is refused', (words, message) => {
    expect(() => options(...words)).toThrow(message);
  });
});

describe('flags that would be ignored are refused before anything is built', () => {
  const out = makeOut({
    ...{ json: false, quiet: false, debug: false, style: styleFor(false), columns: 80 },
    settle: () => Promise.resolve(),
  });
  test.each([
    [['--write'], /--write goes with --flags/],
    [['--flags', '--with', 'x'], /--with means nothing with --flags/],
    [['--flags', '--gate', 'coracle.size<1MB'], /--gate means nothing with --flags/],
    [['--emit', 'd', '--html', 'x.html'], /--html means nothing with --emit/],
  ])('%j', async (words, message) => {
    await expect(answerCompare(testCtx(), typed(...words), out)).rejects.toThrow(message);
  });
});
