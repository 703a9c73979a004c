import fc from 'fast-check';
import { expect, test } from 'vitest';
import { atRank, histogramOf, mergeHistograms, quantile } from '../../../src/deploy/judge/histogram.ts';
import { atLeast, atMost, quantileRanks, shareBounds } from '../../../src/deploy/judge/statistics.ts';

/** The same by adding every term, with exact factorials. */
function tailByHand(from: number, to: number, n: number, p: number): number {
  const choose = (k: number): number => {
    let result = 1;
    for (let i = 0; i < k; i++) result = (result * (n - i)) / (i + 1);
    return result;
  };
  let sum = 0;
  for (let k = from; k <= to; k++) sum += choose(k) * p ** k * (1 - p) ** (n - k);
  return sum;
}

test('binomial tails are what adding every term gives', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 60 }),
      fc.nat(60),
      fc.double({ min: 0.001, max: 0.999, noNaN: true }),
      (n, some, p) => {
        const k = Math.min(some, n);
        if (k > n * p) expect(atLeast(k, n, p)).toBeCloseTo(tailByHand(k, n, n, p), 8);
        else expect(atLeast(k, n, p)).toBe(1);
        if (k < n * p) expect(atMost(k, n, p)).toBeCloseTo(tailByHand(0, k, n, p), 8);
        else expect(atMost(k, n, p)).toBe(1);
      },
    ),
  );
});

test('tails of many requests are neither slow nor not a number', () => {
  expect(atLeast(20_000, 1_000_000, 0.01)).toBeLessThan(1e-100);
  expect(atMost(9_900, 1_000_000, 0.01)).toBeGreaterThan(0.1);
  expect(atMost(0, 299, 0.01)).toBeLessThan(0.05);
  expect(atMost(0, 297, 0.01)).toBeGreaterThan(0.05);
  expect(atLeast(1, 1, 0)).toBe(0);
});

test('the bounds of a share hold it', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 10_000 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (n, share) => {
        const successes = Math.round(n * share);
        const { low, high } = shareBounds(successes, n, 2);
        expect(low).toBeLessThanOrEqual(successes / n + 1e-12);
        expect(high).toBeGreaterThanOrEqual(successes / n - 1e-12);
      },
    ),
  );
});

test('a histogram gives quantiles within three per cent, however it was split over hosts', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 5_000_000 }), { minLength: 1, maxLength: 200 }),
      fc.double({ min: 0.01, max: 0.999, noNaN: true }),
      fc.nat(200),
      (values, share, cut) => {
        const whole = histogramOf(values);
        const merged = mergeHistograms([histogramOf(values.slice(0, cut)), histogramOf(values.slice(cut))]);
        expect(merged).toEqual(whole);
        const sorted = values.toSorted((a, b) => a - b);
        const exact = sorted[Math.max(0, Math.ceil(share * values.length) - 1)] ?? 0;
        expect(Math.abs((quantile(whole, share) ?? -1) - exact)).toBeLessThanOrEqual(
          exact < 64 ? 0 : exact * 0.03,
        );
      },
    ),
  );
});

test('a histogram leaves out what is no time, and ends at its ends', () => {
  const histogram = histogramOf([-1, Number.NaN, 5, 7]);
  expect(histogram.count).toBe(2);
  expect(atRank(histogram, 0)).toBe(0);
  expect(atRank(histogram, 3)).toBe(Number.POSITIVE_INFINITY);
  expect(quantile(histogramOf([]), 0.5)).toBeUndefined();
  expect(histogramOf([1e300]).count).toBe(1);
});

test('ranks of a quantile spread with the root of the count', () => {
  expect(quantileRanks(10_000, 0.5, 2)).toEqual({ low: 4900, high: 5101 });
  expect(quantileRanks(10, 0.99, 2).high).toBeGreaterThan(10);
});
