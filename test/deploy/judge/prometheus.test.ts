import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { askPrometheus, measured, valuesOf } from '../../../src/deploy/judge/prometheus.ts';
import type { PrometheusCheck } from '../../../src/deploy/types.ts';
import { freePort } from '../../components/free-port.ts';
import { describeWith } from '../../components/program.ts';
import { hasPrometheus, startPrometheus } from '../../components/prometheus.ts';
import { testCtx } from '../../support/ctx.ts';

const check: PrometheusCheck = {
  ...{ name: 'cpu', url: '', query: 'cpu{release="{{release}}",service="{{service}}"}', max: 0.5 },
};
const names = { release: 'r1', service: 'api' };
const vector = (...values: string[]): unknown => ({
  status: 'success',
  data: { resultType: 'vector', result: values.map((value) => ({ metric: {}, value: [1, value] })) },
});

describeWith([hasPrometheus], 'a Prometheus', () => {
  let prometheus: Awaited<ReturnType<typeof startPrometheus>>;
  beforeAll(async () => {
    const labels = { release: 'r1', service: 'api' };
    prometheus = await startPrometheus([{ record: 'cpu', expr: 'vector(0.25)', labels }]);
  });
  afterAll(async () => prometheus?.stop());

  const ask = async (more: Partial<PrometheusCheck> = {}): Promise<unknown> =>
    askPrometheus(testCtx(), { ...check, url: `${prometheus.url}/`, ...more }, names, undefined);

  test('is asked with the names filled in, and its answer is held against the limits', async () => {
    await vi.waitFor(async () => expect(await ask()).toMatchObject({ value: 0.25 }), 30_000);
    expect(await ask()).toEqual({
      ...{ name: 'cpu', value: 0.25, outside: false, inARow: 0, words: 'allowed at most 0.5' },
    });
    expect(await ask({ max: 0.2 })).toMatchObject({ outside: true, inARow: 1 });
    expect(await ask({ query: 'scalar(vector(3))' })).toMatchObject({ value: 3, outside: true });
  });

  test('that has no such series, or does not understand the query, has not answered', async () => {
    expect(await ask({ query: 'cpu{release="r2"}' })).toMatchObject({ value: undefined });
    const refused = await ask({ query: 'cpu{' });
    expect(refused).toMatchObject({ value: undefined });
    expect(JSON.stringify(refused)).toContain('Prometheus answered 400');
    expect(await ask({ query: 'cpu[5m]' })).toMatchObject({ value: undefined });
  });
});

test('nobody at the address is no answer', async () => {
  const url = `http://127.0.0.1:${await freePort()}`;
  expect(await askPrometheus(testCtx(), { ...check, url }, names, undefined)).toMatchObject({
    value: undefined,
  });
});

test('one of several values outside is outside, and it is counted how often in a row', () => {
  const once = measured(check, [0.1, 0.9, 0.2], undefined);
  expect(once).toMatchObject({ value: 0.9, outside: true, inARow: 1 });
  expect(measured(check, [0.9], once).inARow).toBe(2);
  expect(measured(check, [0.1], once).inARow).toBe(0);
  expect(measured({ ...check, min: 0.3 }, [0.1], undefined)).toMatchObject({
    outside: true,
    words: 'allowed at least 0.3, at most 0.5',
  });
});

test('no number is no answer', () => {
  expect(measured(check, [], undefined).value).toBeUndefined();
  expect(measured(check, [Number.NaN], undefined).value).toBeUndefined();
  expect(measured(check, [Number.POSITIVE_INFINITY], undefined).outside).toBe(true);
});

test('scalars and vectors are understood, everything else is refused', () => {
  expect(valuesOf({ status: 'success', data: { resultType: 'scalar', result: [1, '3'] } })).toEqual([3]);
  expect(valuesOf(vector('1', '+Inf'))).toEqual([1, Number.POSITIVE_INFINITY]);
  expect(valuesOf(vector('what'))).toEqual([Number.NaN]);
  for (const odd of [
    null,
    7,
    {},
    { status: 'error' },
    { status: 'success', data: { resultType: 'matrix', result: [] } },
  ])
    expect(() => valuesOf(odd)).toThrow('scalar or an instant vector');
});
