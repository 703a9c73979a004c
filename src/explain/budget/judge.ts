import path from 'node:path';
import type { Ctx } from '../../core/ctx.ts';
import { formatPlace, parsePlace } from '../../images/place.ts';
import { formatReference } from '../../oci/reference.ts';
import { openStore } from '../../store/store.ts';
import { measure } from '../sums/measures.ts';
import type { Explanation } from '../types.ts';
import { checkBudgets, type Verdict } from './check.ts';
import { recall, type Earlier } from './history.ts';
import type { Budget } from './parse.ts';
import { brokenSince, type Since } from './since.ts';

/** A verdict, and for a broken limit since when it is. */
export interface Judged {
  readonly verdict: Verdict;
  readonly since?: Since;
}

/**
 * Holds an explanation against limits, and remembers its numbers for the next time that the same name is explained.
 * @param what as typed
 * @param against what to compare with, in place of what is remembered
 */
export async function judge(
  ctx: Ctx,
  what: string,
  explanation: Explanation,
  budgets: readonly Budget[],
  against?: Explanation,
): Promise<Judged[]> {
  const measures = measure(explanation);
  const cache = (await openStore(ctx)).cache;
  const now = ctx.now().getTime();
  let earlier: readonly Earlier[] = against ? [{ at: now, measures: measure(against) }] : [];
  for (const name of namesOf(ctx, what, explanation)) {
    const known = await recall(cache, name, now, measures);
    if (earlier.length === 0) earlier = known;
  }
  return checkBudgets(budgets, measures).map((verdict) =>
    verdict.broken > 0 ? { verdict, since: brokenSince(verdict.budget, earlier, measures) } : { verdict },
  );
}

/** Under which names it is remembered, the narrowest first: an image with its tag, and its repository, as each build may have a tag of its own. */
function namesOf(ctx: Ctx, what: string, explanation: Explanation): string[] {
  if (explanation.kind !== 'image') return [`${explanation.kind} ${path.resolve(ctx.cwd, what)}`];
  const { platform } = explanation;
  const place = parsePlace(what, ctx.cwd);
  if (place.kind === 'oci' || place.kind === 'docker-archive')
    return [`${platform} ${formatPlace(place, '/')}`];
  if (!place.reference) return [];
  const { registry, repository, tag } = place.reference;
  const whole = formatReference({ registry, repository });
  return [...(tag === undefined ? [] : [`${platform} ${whole}:${tag}`]), `${platform} ${whole}`];
}
