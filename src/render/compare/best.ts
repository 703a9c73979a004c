import type { FigureName, MethodResult } from '../../compare/types.ts';
import { allFigures, rank, type AnyFigure } from './figures.ts';

/**
 * Which methods are the best in a figure, of those that work. Where figures are medians of several, all within the spread of the least one are:
 * between them the measurement cannot tell. None, when all are alike or fewer than two were measured.
 */
export function bestOf(results: readonly MethodResult[], name: FigureName): ReadonlySet<string> {
  const column = allFigures.find((each) => each.name === name);
  if (!column?.rated) return new Set();
  const ranked = results.flatMap(({ name: method, failure, figures }) => {
    const value = failure ? undefined : rank(figures[name]);
    return value === undefined ? [] : [{ method, value, most: greatest(figures[name]) ?? value }];
  });
  if (ranked.length < 2) return new Set();
  const [least] = [...ranked].sort((a, b) => a.value - b.value);
  const limit = least?.most ?? 0;
  const best = ranked.filter(({ value }) => value <= limit);
  return new Set(best.length === ranked.length ? [] : best.map(({ method }) => method));
}

function greatest(measured: AnyFigure): number | undefined {
  if (measured === undefined || !('value' in measured)) return undefined;
  const most = measured.spread?.[1];
  return typeof most === 'number' ? most : undefined;
}
