/** Questions to a Prometheus (its HTTP API, /api/v1/query). */
import type { Ctx } from '../../core/ctx.ts';
import { messageOf } from '../../core/errors.ts';
import type { PrometheusCheck } from '../types.ts';
import type { Measured } from './judge.ts';

/** Bytes of an answer that are read: a query that is meant to give one number gives far less. */
const longest = 1024 * 1024;
/** Milliseconds until an answer counts as none. */
const patience = 5000;

/** Asks once. Never throws: no answer is an answer without a value. */
export async function askPrometheus(
  ctx: Ctx,
  check: PrometheusCheck,
  names: { readonly release: string; readonly service: string },
  last: Measured | undefined,
): Promise<Measured> {
  try {
    return measured(check, await query(ctx, check, names), last);
  } catch (error) {
    return { name: check.name, value: undefined, outside: false, inARow: 0, words: messageOf(error) };
  }
}

/** The worst value of an answer, held against the limits. */
export function measured(
  check: PrometheusCheck,
  values: readonly number[],
  last: Measured | undefined,
): Measured {
  const known = values.filter((value) => !Number.isNaN(value));
  const isOutside = (value: number): boolean =>
    (check.max !== undefined && value > check.max) || (check.min !== undefined && value < check.min);
  const value = known.find(isOutside) ?? known[0];
  const outside = value !== undefined && isOutside(value);
  const limits = [
    ...(check.min === undefined ? [] : [`at least ${check.min}`]),
    ...(check.max === undefined ? [] : [`at most ${check.max}`]),
  ];
  return {
    name: check.name,
    value,
    outside,
    inARow: outside ? (last?.inARow ?? 0) + 1 : 0,
    words: value === undefined ? 'the query gave no number' : `allowed ${limits.join(', ') || 'anything'}`,
  };
}

async function query(
  ctx: Ctx,
  check: PrometheusCheck,
  names: { readonly release: string; readonly service: string },
): Promise<readonly number[]> {
  const url = new URL(`${check.url.replace(/\/+$/, '')}/api/v1/query`);
  const text = check.query.replaceAll('{{release}}', names.release).replaceAll('{{service}}', names.service);
  url.searchParams.set('query', text);
  const response = await ctx.fetch({ url, idleTimeout: patience, connectTimeout: patience });
  let body = '';
  for await (const chunk of response.body.setEncoding('utf8')) {
    body += String(chunk);
    if (body.length > longest) throw new Error('the answer is longer than 1 MB');
  }
  if (response.status !== 200)
    throw new Error(`Prometheus answered ${response.status}: ${body.slice(0, 200)}`);
  return valuesOf(JSON.parse(body) as unknown);
}

/** The numbers of an instant vector or a scalar. Throws when it is neither. */
export function valuesOf(answer: unknown): number[] {
  const data = field(answer, 'data');
  const result = field(data, 'result');
  const type = field(data, 'resultType');
  if (field(answer, 'status') === 'success' && Array.isArray(result)) {
    if (type === 'scalar') return [numberOf(result)];
    if (type === 'vector') return result.map((one: unknown) => numberOf(field(one, 'value')));
  }
  throw new Error('the query must give a scalar or an instant vector');
}

/** Of a pair of time and value as text. */
function numberOf(pair: unknown): number {
  const text: unknown = Array.isArray(pair) ? pair[1] : undefined;
  if (text === '+Inf') return Number.POSITIVE_INFINITY;
  if (text === '-Inf') return Number.NEGATIVE_INFINITY;
  return typeof text === 'string' && text !== '' ? Number(text) : Number.NaN;
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}
