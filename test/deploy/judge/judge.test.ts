import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { histogramOf } from '../../../src/deploy/judge/histogram.ts';
import { judge } from '../../../src/deploy/judge/judge.ts';
import type { Measured, Sample, Seen } from '../../../src/deploy/judge/judge.ts';
import type { JudgeSettings } from '../../../src/deploy/types.ts';

const settings: JudgeSettings = {
  window: 30_000,
  sample: 50,
  errorRate: 0.01,
  errorRatio: 2,
  quantile: 0.95,
  latencyRatio: 2,
  latencyFloor: 50,
  prometheus: [],
  noData: 'fail',
};

/** So many requests, of which some failed; the others took what is said, one after the other. */
function sample(requests: number, errors: number, ...times: number[]): Sample {
  const took = times.length > 0 ? times : [10];
  const latencies = Array.from({ length: requests - errors }, (_, index) => took[index % took.length] ?? 0);
  return { requests, errors, latencies: histogramOf(latencies) };
}

function seen(what: Partial<Seen>): Seen {
  return {
    fresh: undefined,
    old: undefined,
    before: undefined,
    measured: [],
    elapsed: 10_000,
    shortest: 5_000,
    window: 30_000,
    ...what,
  };
}

const over = { elapsed: 30_000 };

describe('errors', () => {
  test('a release as good as the old passes before its window is over', () => {
    expect(judge(seen({ fresh: sample(1000, 0), old: sample(9000, 3) }), settings).verdict).toBe('pass');
  });

  test('nothing passes before the shortest time', () => {
    expect(
      judge(seen({ fresh: sample(1000, 0), old: sample(9000, 3), elapsed: 4999 }), settings).verdict,
    ).toBe('wait');
  });

  test('five per cent of errors fail early, and the evidence has the figures', () => {
    const verdict = judge(seen({ fresh: sample(400, 20), old: sample(7600, 0), elapsed: 800 }), settings);
    expect(verdict.verdict).toBe('fail');
    expect(verdict.evidence[0]).toBe(
      'errors: 20 of 400 (5 %), the old release 0 of 7,600 (0 %), allowed 1 %',
    );
  });

  test('a release that fails everything fails before its sample is full', () => {
    expect(judge(seen({ fresh: sample(3, 3), old: sample(57, 0), elapsed: 100 }), settings).verdict).toBe(
      'fail',
    );
  });

  test('one unlucky request does not fail a release', () => {
    expect(judge(seen({ fresh: sample(1, 1), old: sample(19, 0), elapsed: 100 }), settings).verdict).toBe(
      'wait',
    );
    expect(judge(seen({ fresh: sample(60, 1), old: sample(1000, 0) }), settings).verdict).toBe('wait');
  });

  test('at the end of the window what was seen decides', () => {
    expect(judge(seen({ fresh: sample(60, 1), old: sample(1000, 0), ...over }), settings).verdict).toBe(
      'fail',
    );
    expect(judge(seen({ fresh: sample(60, 0), old: sample(1000, 0), ...over }), settings).verdict).toBe(
      'pass',
    );
  });

  test('what the old release fails too is not held against the new', () => {
    expect(judge(seen({ fresh: sample(1000, 50), old: sample(9000, 450) }), settings).verdict).toBe('pass');
    expect(judge(seen({ fresh: sample(1000, 250), old: sample(9000, 450) }), settings).verdict).toBe('fail');
  });

  test('where the old release gets nothing any more, what it did before is the measure', () => {
    const fresh = sample(1000, 50);
    expect(judge(seen({ fresh, old: sample(0, 0), before: sample(5000, 250) }), settings).verdict).toBe(
      'pass',
    );
    expect(judge(seen({ fresh, old: sample(0, 0), before: sample(5000, 0) }), settings).verdict).toBe('fail');
  });
});

describe('latency', () => {
  test('three times as slow fails early', () => {
    const verdict = judge(
      seen({ fresh: sample(500, 0, 300), old: sample(500, 0, 100), elapsed: 900 }),
      settings,
    );
    expect(verdict.verdict).toBe('fail');
    expect(verdict.evidence[1]).toMatch(/^latency p95: \d+ ms, the old release \d+ ms, allowed \d+ ms$/);
  });

  test('below the floor nothing is too slow', () => {
    expect(judge(seen({ fresh: sample(1000, 0, 40), old: sample(1000, 0, 1) }), settings).verdict).toBe(
      'pass',
    );
  });

  test('with no old release only errors count, and it says so', () => {
    const verdict = judge(seen({ fresh: sample(1000, 0, 4000) }), settings);
    expect(verdict.verdict).toBe('pass');
    expect(verdict.evidence[1]).toContain('nothing to hold it against');
  });

  test('requests that nobody timed are no data', () => {
    const fresh = { ...sample(1000, 0), latencies: histogramOf([]) };
    expect(judge(seen({ fresh, old: sample(1000, 0), ...over }), settings).verdict).toBe('no data');
  });
});

describe('no data', () => {
  test('too few requests wait for the window, and then are no data', () => {
    const fresh = sample(49, 0);
    expect(judge(seen({ fresh, old: sample(1000, 0), elapsed: 29_999 }), settings).verdict).toBe('wait');
    expect(judge(seen({ fresh, old: sample(1000, 0), ...over }), settings).verdict).toBe('no data');
  });

  test('no requests are no data even where no sample is asked for', () => {
    expect(judge(seen({ fresh: sample(0, 0), ...over }), { ...settings, sample: 0 }).verdict).toBe('no data');
  });

  test('without a proxy and without queries there is only time', () => {
    expect(judge(seen({ elapsed: 4000 }), settings).verdict).toBe('wait');
    expect(judge(seen({ elapsed: 5000 }), settings).verdict).toBe('pass');
  });
});

describe('Prometheus', () => {
  const good: Measured = { name: 'cpu', value: 0.2, outside: false, inARow: 0, words: 'allowed at most 0.5' };
  const bad = { ...good, value: 0.9, outside: true, inARow: 1 };
  const fresh = sample(1000, 0);

  test('outside once is waited for, three times in a row fails, at the end it fails', () => {
    expect(judge(seen({ fresh, measured: [good] }), settings).verdict).toBe('pass');
    expect(judge(seen({ fresh, measured: [bad] }), settings).verdict).toBe('wait');
    expect(judge(seen({ fresh, measured: [{ ...bad, inARow: 3 }] }), settings).verdict).toBe('fail');
    expect(judge(seen({ fresh, measured: [bad], ...over }), settings).verdict).toBe('fail');
  });

  test('no answer never passes', () => {
    const none = { ...good, value: undefined, words: 'connection refused' };
    expect(judge(seen({ fresh, measured: [none] }), settings).verdict).toBe('wait');
    const verdict = judge(seen({ fresh, measured: [none], ...over }), settings);
    expect(verdict).toMatchObject({ verdict: 'no data' });
    expect(verdict.evidence.at(-1)).toBe('cpu: no answer, connection refused');
  });
});

const samples = fc
  .record({ requests: fc.nat(3000), share: fc.double({ min: 0, max: 1, noNaN: true }), time: fc.nat(500) })
  .map(({ requests, share, time }) => sample(requests, Math.round(requests * share), time));
const anything = fc.record({
  fresh: fc.option(samples, { nil: undefined }),
  old: fc.option(samples, { nil: undefined }),
  before: fc.option(samples, { nil: undefined }),
  elapsed: fc.nat(40_000),
});

test('there is always a verdict once the window is over, and never a pass below the sample', () => {
  fc.assert(
    fc.property(anything, (what) => {
      const { verdict } = judge(seen(what), settings);
      if (what.elapsed >= 30_000) expect(verdict).not.toBe('wait');
      if (what.fresh && what.fresh.requests < settings.sample) expect(verdict).not.toBe('pass');
    }),
  );
});

test('more errors never make a verdict better', () => {
  const order = ['fail', 'no data', 'wait', 'pass'];
  fc.assert(
    fc.property(
      fc.integer({ min: 50, max: 2000 }),
      fc.nat(100),
      fc.nat(100),
      samples,
      (requests, some, more, old) => {
        const rank = (errors: number): number =>
          order.indexOf(
            judge(seen({ fresh: sample(requests, Math.min(requests, errors)), old, ...over }), settings)
              .verdict,
          );
        fc.pre(rank(some) !== 1 && rank(some + more) !== 1);
        expect(rank(some + more)).toBeLessThanOrEqual(rank(some));
      },
    ),
  );
});
