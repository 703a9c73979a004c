import { createServer } from 'node:http';
import type { Server } from 'node:http';
import { expect, onTestFinished, test } from 'vitest';
import { askPrometheus, measured, valuesOf } from '../../../src/deploy/judge/prometheus.ts';
import type { PrometheusCheck } from '../../../src/deploy/types.ts';
import { testCtx } from '../../support/ctx.ts';

const check: PrometheusCheck = {
  ...{ name: 'cpu', url: '', query: 'cpu{release="{{release}}",service="{{service}}"}', max: 0.5 },
};
const names = { release: 'r1', service: 'api' };
const vector = (...values: string[]): unknown => ({
  status: 'success',
  data: { resultType: 'vector', result: values.map((value) => ({ metric: {}, value: [1, value] })) },
});

test('the query has the names filled in, and the answer is held against the limits', async () => {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(new URL(request.url ?? '', 'http://x').searchParams.get('query') ?? '');
    response.end(JSON.stringify(vector('0.25')));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const url = `http://127.0.0.1:${portOf(server)}/`;
  expect(await askPrometheus(testCtx(), { ...check, url }, names, undefined)).toEqual({
    ...{ name: 'cpu', value: 0.25, outside: false, inARow: 0, words: 'allowed at most 0.5' },
  });
  expect(asked).toEqual(['cpu{release="r1",service="api"}']);
  await new Promise((resolve) => server.close(resolve));
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

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === 'object' && address ? address.port : 0;
}
