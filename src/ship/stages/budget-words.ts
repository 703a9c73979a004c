import type { Verdict } from '../../explain/budget/check.ts';
import { causes } from '../../explain/diff/causes.ts';
import type { Measures } from '../../explain/sums/measures.ts';
import type { Finding } from '../finding.ts';

/** Causes of growth that are named. */
const mostCauses = 5;

/** `github.com/x/y v1.2.0 -> v1.3.0: 412 kB more`. */
export function growth(before: Measures, after: Measures): string[] {
  return causes(before, after)
    .filter(({ bytes }) => bytes > 0)
    .slice(0, mostCauses)
    .map(({ name, from, to, bytes }) => {
      const versions = from === undefined || to === undefined ? '' : ` ${from} -> ${to}`;
      return `${name}${versions}: ${sizeWords(bytes)} more`;
    });
}

/** A broken limit, with what broke it, as far as that is known. */
export function brokenFinding(verdict: Verdict, where: Finding['where'], grown: readonly string[]): Finding {
  const { budget, worst, broken } = verdict;
  const value =
    worst === undefined
      ? ''
      : `: ${worst.name === undefined ? '' : `${worst.name} is `}${budget.unit === 'bytes' ? sizeWords(worst.value) : String(worst.value)}`;
  const why = grown.length === 0 ? '' : `; since the release that serves: ${grown.join(', ')}`;
  return {
    rule: 'budget',
    severity: 'error',
    message: `${budget.text} is broken${broken > 1 ? ` ${broken} times` : ''}${value}${why}`,
    ...(where ? { where: { file: where.file, line: where.line } } : {}),
    fix: 'coracle explain says where the bytes come from.',
  };
}

/** The result in a line: the size, against what serves and against its limits. */
export function budgetWords(
  now: Measures,
  serving: Measures | undefined,
  limits: number,
  broken: number,
): string {
  const difference = serving === undefined ? 0 : now.size - serving.size;
  const than =
    serving === undefined
      ? ''
      : `, ${sizeWords(Math.abs(difference))} ${difference < 0 ? 'less' : 'more'} than what serves`;
  const kept =
    limits === 0
      ? ''
      : broken > 0
        ? `; ${broken} of ${limits} limits broken`
        : `; ${limits === 1 ? 'its limit is' : `all ${limits} limits are`} kept`;
  return `${sizeWords(now.size)}${than}${kept}`;
}

function sizeWords(bytes: number): string {
  return bytes < 999_500 ? `${(bytes / 1000).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}
