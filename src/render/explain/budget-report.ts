import type { Judged } from '../../explain/budget/judge.ts';
import type { Unit } from '../../explain/budget/parse.ts';
import type { Since } from '../../explain/budget/since.ts';
import type { Earlier } from '../../explain/budget/history.ts';
import { bytes } from '../units.ts';
import { causeRow } from './diff-report.ts';
import { textOf, code, type Row, type Section } from './report.ts';
import { count, grouped, percent } from './words.ts';

/** Changes that are named as the reason. */
const mostCauses = 3;

/** What came of the limits: broken ones first, with how much is too much, since when, and by which change. */
export function budgetSection(judged: readonly Judged[]): Section {
  const broken = judged.filter(({ verdict }) => verdict.broken > 0);
  const sorted = [...broken, ...judged.filter((each) => !broken.includes(each))];
  return {
    title: `Budget: ${outcome(judged, broken.length)}`,
    table: {
      head: ['STATE', 'NOW', 'LIMIT'],
      left: [0],
      rows: sorted.map(judgedRow),
    },
  };
}

/** What is not there is not said to be kept: a limit may be misspelt, or meant for something else. */
function outcome(judged: readonly Judged[], broken: number): string {
  if (broken > 0)
    return `${broken === judged.length ? '' : `${grouped(broken)} of `}${count(judged.length, 'limit')} broken`;
  const kept = judged.filter(({ verdict }) => verdict.state === 'kept').length;
  if (kept === judged.length) return `${count(kept, 'limit')} kept`;
  const idle = judged.length - kept;
  return `none broken; ${idle === judged.length ? '' : `${grouped(idle)} of `}${count(judged.length, 'limit')} had nothing to limit`;
}

function judgedRow({ verdict, since }: Judged): Row {
  const { budget, state, worst, broken } = verdict;
  const under: string[] = [];
  if (worst?.name !== undefined && budget.name === undefined) {
    under.push(`${broken > 1 ? `${grouped(broken)} break it, most of all` : 'it is'} ${worst.name}`);
  }
  if (state === 'absent')
    under.push(`there is no ${budget.subject}${budget.name === undefined ? '' : ` ${budget.name}`}`);
  if (state === 'not applicable') under.push('this sort of thing has none');
  if (broken > 0 && worst) under.push(over(worst.value, budget.limit, budget.unit, budget.relation));
  if (since) under.push(...sinceLines(since));
  const now = worst === undefined ? '-' : valueText(worst.value, budget.unit);
  return {
    cells: [state, now, code(budget.text)],
    under,
    ...(broken > 0 ? { tone: 'bad' as const } : {}),
  };
}

function valueText(value: number, unit: Unit): string {
  if (unit === 'bytes') return bytes(value);
  return unit === 'share' ? percent(value, 1) : grouped(value);
}

function over(value: number, limit: number, unit: Unit, relation: string): string {
  const difference = Math.abs(value - limit);
  const less = relation.startsWith('>');
  if (difference === 0) return `exactly the limit, which "${relation}" does not allow`;
  const much =
    unit === 'share' ? `${Math.round(difference * 1000) / 10} points` : valueText(difference, unit);
  return `${much} too ${less ? 'little' : unit === 'count' ? 'many' : 'much'}`;
}

function sinceLines({ kept, broke, causes }: Since): string[] {
  if (!kept)
    return broke
      ? [`broken since ${stateText(broke)} at least, the earliest that is remembered`]
      : [
          'whether it ever kept it is not known: no earlier explanation of it is remembered; --against compares with another',
        ];
  const first = broke ? `since ${stateText(broke)}` : 'since this one';
  const lines = causes.slice(0, mostCauses).map((cause) => {
    const { cells, under = [] } = causeRow(cause);
    return [cells.map(textOf).join(' '), ...under].join('; ');
  });
  return [`broken ${first}; ${stateText(kept)} kept it`, ...lines.map((line) => `what grew: ${line}`)];
}

/** `abc123def456 (commit 0a1b2c3d4e5f, explained 2026-11-20)`. */
function stateText({ at, measures }: Earlier): string {
  const { digest, revision, source } = measures;
  const name = digest === undefined ? source : digest.replace(/^sha256:/, '').slice(0, 12);
  const day = new Date(at).toISOString().slice(0, 16).replace('T', ' ');
  return `${name} (${revision === undefined ? '' : `commit ${revision.slice(0, 12)}, `}explained ${day} UTC)`;
}
