import type { Case, Row } from './case.ts';
import { median } from './measure.ts';

/**
 * Runs the rounds of a case interleaved (each round: every contender once, starting with another one each time), so that a slow
 * moment of the machine hits all alike.
 */
export async function runCase(test: Case, rounds: number, tell: (line: string) => void): Promise<Row> {
  await test.warmUp?.();
  const names = Object.keys(test.contenders);
  const values = new Map<string, number[]>(names.map((name) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (let turn = 0; turn < names.length; turn++) {
      const name = names[(round + turn) % names.length] ?? '';
      const value = await test.contenders[name]?.(round);
      if (value === undefined) continue;
      values.get(name)?.push(value);
      tell(`${test.work} · round ${round + 1}/${rounds} · ${name}: ${value.toFixed(3)} ${test.unit}`);
    }
  }
  const results = Object.fromEntries(
    [...values].map(([name, all]) => [
      name,
      { median: median(all), least: Math.min(...all), most: Math.max(...all), rounds: all.length },
    ]),
  );
  const medians = Object.fromEntries(Object.entries(results).map(([name, result]) => [name, result.median]));
  return {
    work: test.work,
    unit: test.unit,
    ...(test.target && { target: test.target.words, reached: test.target.reached(medians) }),
    results,
  };
}
