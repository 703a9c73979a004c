import type { Measured } from '../types.ts';

/** The median of what was measured several times, with least and greatest; of two in the middle their mean. At least one is given. */
export function median(values: readonly number[]): Measured {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  const value = ((sorted[Math.floor(middle)] ?? 0) + (sorted[Math.ceil(middle)] ?? 0)) / 2;
  if (sorted.length < 2) return { value, of: sorted.length };
  return { value, spread: [sorted[0] ?? value, sorted.at(-1) ?? value], of: sorted.length };
}
