import { createHash } from 'node:crypto';
import type { KeyValue } from '../../store/cache.ts';
import type { Measures } from '../sums/measures.ts';

/** What an earlier explanation of the same name found. */
export interface Earlier {
  /** Milliseconds since the Unix epoch; when it was first explained in this state. */
  readonly at: number;
  readonly measures: Measures;
}

const bucket = 'explained';
/** States of one name that are remembered. */
const most = 12;

/**
 * The earlier states of a name, oldest first, without the present one, which is remembered for next time.
 * @param name says what was explained, on which machine path or registry, and of which platform
 */
export async function recall(
  cache: KeyValue,
  name: string,
  now: number,
  measures: Measures,
): Promise<Earlier[]> {
  const key = createHash('sha256').update(name).digest('hex');
  const known = (await cache.get<{ v: number; states: readonly Earlier[] }>(bucket, key)) ?? {
    v: 1,
    states: [],
  };
  const states = known.v === 1 ? known.states : [];
  const last = states.at(-1);
  const same = last !== undefined && identity(last.measures) === identity(measures);
  const earlier = same ? states.slice(0, -1) : [...states];
  if (!same) {
    const kept = [...states, { at: now, measures }].slice(-most);
    // What cannot be remembered (a full disk) is only not known next time.
    await cache.set(bucket, key, { v: 1, states: kept }).catch(() => undefined);
  }
  return earlier;
}

/** What tells two states apart: the digest; of a directory, all that is known of it. */
function identity(measures: Measures): string {
  return measures.digest ?? JSON.stringify(measures);
}
