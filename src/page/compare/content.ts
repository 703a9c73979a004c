import type { Comparison, FigureName, MethodResult } from '../../compare/types.ts';
import {
  allFigures,
  figureOf,
  figureText,
  missingWhy,
  rank,
  type AnyFigure,
  type FigureColumn,
} from '../../render/compare/figures.ts';
import { bestOf } from '../../render/compare/best.ts';
import { headWords } from '../../render/compare/sections.ts';
import { failureWords } from '../../render/compare/table.ts';
import { safe } from '../../render/safe.ts';
import type { Fact } from '../data.ts';
import type { Bar, Chart, ComparePage, FigureCell, FigureWords, HoldingRow, MethodWords } from './data.ts';

/** All that a comparison's page says. */
export function comparePage(comparison: Comparison): ComparePage {
  const { program, results, decision, notes } = comparison;
  const head = headWords(comparison);
  return {
    title: program,
    subtitle: [head.title.slice(program.length + 2), ...head.items.slice(0, 1).map(({ text }) => text)].join(
      ' · ',
    ),
    facts: facts(comparison),
    methods: results.map((result) => methodWords(result, decision.method)),
    figures: asked(results).map((column) => figureWords(results, column)),
    charts: charted.flatMap((name) => chart(results, name)),
    holdings: holdings(results),
    decision: { reasons: decision.reasons, path: decision.path },
    notes: [...head.items.slice(1).map(({ name, text }) => `${name ?? ''}: ${text}`), ...notes],
  };
}

const charted: readonly FigureName[] = ['size', 'start', 'secondRelease', 'memory'];

/** The method that was decided for, in figures. */
function facts({ results, decision }: Comparison): Fact[] {
  const chosen = results.find(({ name }) => name === decision.method);
  const figures = charted.slice(0, 2).flatMap((name): Fact[] => {
    const column = allFigures.find((each) => each.name === name);
    const text = column && chosen && figureText(column.unit, figureOf(chosen.figures, name));
    return column && text !== undefined ? [{ label: column.words, value: text, about: column.about }] : [];
  });
  return [{ label: 'the method for this program', value: decision.method }, ...figures];
}

function asked(results: readonly MethodResult[]): FigureColumn[] {
  return allFigures.filter(({ name }) =>
    results.some(({ figures }) => figureOf(figures, name) !== undefined),
  );
}

function methodWords(result: MethodResult, chosen: string): MethodWords {
  const { name, means, statement, failure, dockerfile } = result;
  return {
    name,
    means,
    chosen: name === chosen,
    ...(statement === undefined ? {} : { statement }),
    ...(failure ? { failure: { ...failureWords(failure), said: failure.said.map(safe) } } : {}),
    ...(dockerfile === undefined ? {} : { dockerfile: safe(dockerfile) }),
  };
}

function figureWords(
  results: readonly MethodResult[],
  { name, words, about, unit }: FigureColumn,
): FigureWords {
  const best = bestOf(results, name);
  return {
    label: words,
    about,
    cells: results.map(({ name: method, figures }): FigureCell => {
      const figure = figureOf(figures, name);
      const text = figureText(unit, figure);
      const value = rank(figure);
      if (text === undefined || value === undefined)
        return { text: '–', about: missingWhy(figure) ?? 'it was not measured' };
      const more = exact(unit, figure);
      return {
        text,
        rank: value,
        ...(best.has(method) ? { best: true } : {}),
        ...(more === undefined ? {} : { about: more }),
      };
    }),
  };
}

/** What stands behind a figure: all digits, or what was counted. */
function exact(unit: FigureColumn['unit'], figure: AnyFigure): string | undefined {
  if (figure === undefined || !('value' in figure)) return undefined;
  const { value, of, at } = figure;
  const when = at === undefined ? [] : [`measured ${at.slice(0, 16).replace('T', ' ')} UTC`];
  const median = of === undefined ? [] : [`median of ${of}`];
  if (typeof value === 'object') return value.length === 0 ? undefined : value.join(', ');
  if (unit === 'bytes') return [`${value.toLocaleString('en')} B`, ...median, ...when].join(', ');
  return [...median, ...when].join(', ') || undefined;
}

function chart(results: readonly MethodResult[], name: FigureName): Chart[] {
  const column = allFigures.find((each) => each.name === name);
  if (!column) return [];
  const best = bestOf(results, name);
  const bars = results.map(({ name: method, figures, failure }): Bar => {
    const figure = figureOf(figures, name);
    const value = rank(figure);
    if (figure === undefined || !('value' in figure) || value === undefined) {
      const why = failure ? failureWords(failure).what : missingWhy(figure);
      return { text: why ?? 'not measured' };
    }
    const spread = figure.spread?.map(Number);
    return {
      text: figureText(column.unit, figure) ?? '',
      value,
      ...(spread ? { spread: [spread[0] ?? value, spread[1] ?? value] } : {}),
      ...(best.has(method) ? { best: true } : {}),
    };
  });
  if (bars.every((bar) => bar.value === undefined)) return [];
  return [{ id: name, title: column.words, about: column.about, bars }];
}

function holdings(results: readonly MethodResult[]): HoldingRow[] {
  const known = results.find(({ holds }) => holds.length > 0)?.holds ?? [];
  return known.map(({ what, kind }) => ({
    what,
    kind,
    cells: results.map(({ holds }) => {
      const one = holds.find((each) => each.what === what);
      return one ? (one.where ?? false) : null;
    }),
  }));
}
