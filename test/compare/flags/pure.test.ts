import { expect, test } from 'vitest';
import { readResults } from '../../../src/compare/flags/benchmarks.ts';
import type { ProgramFacts } from '../../../src/compare/flags/facts.ts';
import { lackedBy, levelOf } from '../../../src/compare/flags/levels.ts';
import { buildOptions } from '../../../src/compare/flags/options.ts';
import { compareRounds } from '../../../src/compare/flags/speed.ts';
import type { OptionName, OptionResult } from '../../../src/compare/flags/types.ts';
import { chooseWinners } from '../../../src/compare/flags/winners.ts';

const times = (a: number, b: number): Map<string, number> =>
  new Map([
    ['p BenchmarkA', a],
    ['p BenchmarkB', b],
  ]);

test('a ratio is the geometric mean over benchmarks, beside both runs of the default, the median of the rounds', () => {
  const runners = [{ name: 'default' }, { name: 'slow' }, { name: 'broken' }];
  const none = new Map<string, number>();
  const { slowdown, noise } = compareRounds(runners, [
    [times(10, 1000), times(40, 1000), none, times(10, 1000)],
    [times(10, 1000), times(20, 2000), none, times(10, 1000)],
    [times(10, 1000), times(90, 1000), none, times(11, 1100)],
  ]);
  expect(slowdown.get('slow')).toMatchObject({
    value: expect.closeTo(2, 6) as unknown,
    spread: [expect.closeTo(2, 6), expect.closeTo(3 / Math.sqrt(1.1), 6)],
    of: 3,
  });
  expect(slowdown.get('broken')).toEqual({ missing: 'its benchmarks could not be run' });
  expect(noise).toMatchObject({ value: 0, spread: [0, expect.closeTo(0.1, 6)] });
});

test('results are read with sub-benchmarks and other units beside them', () => {
  const output = `goos: linux\nBenchmarkFib-2   \t 1000\t      1234 ns/op\t  16 B/op\nBenchmarkX/size=10-2 5 0.51 ns/op\nBenchmarkOdd 1 20.5 MB/s\nPASS\n`;
  expect([...readResults(output)]).toEqual([
    ['BenchmarkFib', 1234],
    ['BenchmarkX/size=10', 0.51],
  ]);
});

const facts: ProgramFacts = {
  ...{ ownC: true, resolves: true, architecture: 'amd64', native: true },
  ...{ features: new Set<string>(), noCompiler: undefined, noMusl: undefined },
};

function tried(name: OptionName, saved: number, slowdown: number, packed = saved) {
  const option = buildOptions.find((one) => one.name === name);
  if (!option) throw new Error(name);
  const [loses, notChosen] = [option.loses?.(facts), option.notChosen?.(facts)];
  const result: OptionResult = {
    ...{ name, means: '', size: { value: 1000 - saved }, compressed: { value: 1000 - packed } },
    ...{ saved: { value: saved }, savedCompressed: { value: packed }, slowdown: { value: slowdown } },
    ...(loses !== undefined && { loses }),
    ...(notChosen !== undefined && { notChosen }),
  };
  return { option, result };
}
const baseline = tried('strip', 0, 1).result;
const winners = (all: ReturnType<typeof tried>[], noise: number, work = true): string[] =>
  chooseWinners(all, baseline, { noise, work }).map(({ option }) => option.name);

test('what saves wins unless it costs more than the noise', () => {
  const all = [
    tried('no-inline', 100, 1.05),
    tried('c-size', 100, 1.02),
    tried('trimpath', 4, 1),
    tried('strip', 300, 9),
  ];
  expect(winners(all, 0.03)).toEqual(['c-size', 'strip']);
  expect(winners(all, 0)).toEqual(['strip']);
});

test('by starts alone nothing wins that costs while the program works; on a busy machine, nothing that has other code', () => {
  const all = [tried('no-inline', 100, 1), tried('c-sections', 100, 1), tried('strip', 300, 1)];
  expect(winners(all, 0.03)).toEqual(['no-inline', 'c-sections', 'strip']);
  expect(winners(all, 0.03, false)).toEqual(['c-sections', 'strip']);
  expect(winners(all, 0.2)).toEqual(['strip']);
});

test('what saves in one measure and costs in the other does not win', () => {
  expect(winners([tried('c-size', 100, 1, -1)], 0)).toEqual([]);
});

test('of the ways to link C the best one wins; a program without its C, or of a newer processor, never', () => {
  const all = [
    tried('cgo-off', 900, 1),
    tried('static', 50, 1),
    tried('static-musl', 80, 1),
    tried('level-3', 100, 1),
  ];
  expect(winners(all, 0)).toEqual(['static-musl']);
});

test('levels are those of the architecture, and need what lower ones need', () => {
  expect(levelOf('arm64', 2)).toEqual({ variable: 'GOARM64', value: 'v8.1' });
  expect(levelOf('riscv64', 2)).toBeUndefined();
  const v2 = new Set('cx16 lahf_lm popcnt pni sse4_1 sse4_2 ssse3'.split(' '));
  expect(lackedBy(v2, 'amd64', 2)).toBeUndefined();
  expect(lackedBy(v2, 'amd64', 3)).toBe('avx');
  expect(lackedBy(new Set(['avx512f']), 'amd64', 4)).toBe('cx16');
});
