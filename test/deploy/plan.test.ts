import fc from 'fast-check';
import { expect, test } from 'vitest';
import { shiftSteps, weightsFor } from '../../src/deploy/plan.ts';
import type { Strategy } from '../../src/deploy/types.ts';

const strategies: fc.Arbitrary<Strategy> = fc.oneof(
  fc.constant<Strategy>({ type: 'all' }),
  fc.record({
    type: fc.constant('rolling' as const),
    batch: fc.integer({ min: 1, max: 9 }),
    pause: fc.nat(9),
  }),
  fc.uniqueArray(fc.integer({ min: 1, max: 99 }), { maxLength: 4 }).map((steps): Strategy => ({
    type: 'canary',
    steps: [...steps.toSorted((a, b) => a - b), 100],
    pause: 1000,
  })),
);
const hosts = fc
  .uniqueArray(fc.stringMatching(/^[a-z][a-z0-9]{0,5}$/), { minLength: 1, maxLength: 12 })
  .chain((names) =>
    fc
      .array(fc.boolean(), { minLength: names.length, maxLength: names.length })
      .map((serving) => names.map((name, index) => ({ name, serving: serving[index] === true }))),
  );

test('every host gets all its requests exactly once, shares only rise, and who has nothing old never shares', () => {
  fc.assert(
    fc.property(strategies, hosts, (strategy, fleet) => {
      const steps = shiftSteps(strategy, fleet, 1000);
      const whole = steps.filter(({ share }) => share === 100).flatMap((step) => step.hosts);
      expect(whole.toSorted()).toEqual(fleet.map(({ name }) => name).toSorted());
      for (const { name, serving } of fleet) {
        const shares = steps.filter((step) => step.hosts.includes(name)).map(({ share }) => share);
        expect(shares).toEqual(shares.toSorted((a, b) => a - b));
        if (!serving) expect(shares).toEqual([100]);
      }
    }),
  );
});

test('rolling takes batches in the order of the hosts, the last one smaller', () => {
  const fleet = ['c', 'a', 'b'].map((name) => ({ name, serving: true }));
  expect(shiftSteps({ type: 'rolling', batch: 2, pause: 7 }, fleet, 0)).toEqual([
    { share: 100, hosts: ['c', 'a'], shortest: 7 },
    { share: 100, hosts: ['b'], shortest: 7 },
  ]);
});

test('weights come within a fifth of a per cent of any share, and nobody is left out', () => {
  fc.assert(
    fc.property(fc.double({ min: 0.5, max: 99.5, noNaN: true }), (share) => {
      const { fresh, old } = weightsFor(share);
      expect(Math.abs((fresh / (fresh + old)) * 100 - share)).toBeLessThan(0.2);
      expect(fresh).toBeGreaterThan(0);
      expect(old).toBeGreaterThan(0);
      expect(fresh + old).toBeLessThanOrEqual(256);
    }),
  );
  expect(weightsFor(0).fresh).toBe(0);
  expect(weightsFor(100).old).toBe(0);
  expect(weightsFor(0.01)).toEqual({ fresh: 1, old: 255 });
  expect(weightsFor(25)).toEqual({ fresh: 1, old: 3 });
});
