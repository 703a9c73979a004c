/**
 * How sure a count makes us. All of it is exact or errs on the side of "not sure yet".
 */

/** P(X >= k) of n tries that each succeed with p: how likely so many errors are when the true share is p. */
export function atLeast(k: number, n: number, p: number): number {
  if (k <= 0) return 1;
  if (p <= 0) return 0;
  if (p >= 1 || k <= n * p) return 1; // more than half of the weight; nothing that anybody would be surprised by
  return sumTerms(k, n, p, 1);
}

/** P(X <= k): how likely so few errors are when the true share is p. */
export function atMost(k: number, n: number, p: number): number {
  if (p <= 0 || k >= n * p) return 1;
  if (p >= 1) return 0;
  return sumTerms(k, n, p, -1);
}

/** Adds the terms of the binomial distribution away from its middle, where each is smaller than the one before. */
function sumTerms(k: number, n: number, p: number, step: 1 | -1): number {
  const odds = Math.log(p) - Math.log1p(-p);
  let term = logChoose(n, k) + k * Math.log(p) + (n - k) * Math.log1p(-p);
  let sum = 0;
  for (let at = k; at >= 0 && at <= n; at += step) {
    const value = Math.exp(term);
    sum += value;
    if (value < sum * 1e-12) break;
    term += step === 1 ? Math.log((n - at) / (at + 1)) + odds : Math.log(at / Math.max(1, n - at + 1)) - odds;
  }
  return Math.min(1, sum);
}

/** Wilson's interval: between which shares the true one lies, `z` standard deviations to each side. */
export function shareBounds(successes: number, n: number, z: number): { low: number; high: number } {
  if (n === 0) return { low: 0, high: 1 };
  const share = Math.min(1, successes / n);
  const square = (z * z) / n;
  const middle = (share + square / 2) / (1 + square);
  const spread = (z * Math.sqrt((share * (1 - share)) / n + square / (4 * n))) / (1 + square);
  return { low: Math.max(0, middle - spread), high: Math.min(1, middle + spread) };
}

/** Ranks between which the true quantile lies, whatever the distribution is: counts below it are binomial. */
export function quantileRanks(count: number, share: number, z: number): { low: number; high: number } {
  const spread = z * Math.sqrt(count * share * (1 - share));
  return { low: Math.floor(count * share - spread), high: Math.ceil(count * share + spread) + 1 };
}

function logChoose(n: number, k: number): number {
  return logFactorial(n) - logFactorial(k) - logFactorial(n - k);
}

/** Exact up to 20, by Stirling's series above (relative error below 1e-10). */
function logFactorial(n: number): number {
  if (n <= 20) {
    let product = 1;
    for (let factor = 2; factor <= n; factor++) product *= factor;
    return Math.log(product);
  }
  return n * Math.log(n) - n + Math.log(2 * Math.PI * n) / 2 + 1 / (12 * n) - 1 / (360 * n ** 3);
}
