import { causes, type Cause } from '../diff/causes.ts';
import type { Measures } from '../sums/measures.ts';
import { checkBudget } from './check.ts';
import type { Earlier } from './history.ts';
import type { Budget } from './parse.ts';

/** Since when a budget is broken, and by what. */
export interface Since {
  /** The last state that kept it; undefined when no known one did. */
  readonly kept?: Earlier;
  /** The first that broke it; undefined when that is the present one. */
  readonly broke?: Earlier;
  /** What changed between the two, largest first; of what grew only. */
  readonly causes: readonly Cause[];
}

/**
 * Looks back through the earlier states of the same name for the last one that kept the budget.
 * @param earlier oldest first, without the present state
 */
export function brokenSince(budget: Budget, earlier: readonly Earlier[], present: Measures): Since {
  const at = earlier.findLastIndex(({ measures }) => checkBudget(budget, measures).broken === 0);
  const kept = earlier[at];
  const broke = earlier[at + 1];
  if (!kept) return { ...(broke ? { broke } : {}), causes: [] };
  const grown = causes(kept.measures, broke?.measures ?? present).filter((cause) => cause.bytes > 0);
  return { kept, ...(broke ? { broke } : {}), causes: grown };
}
