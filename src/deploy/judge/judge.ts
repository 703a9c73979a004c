/**
 * The verdict on one step, as a pure function of what was seen so far.
 *
 * A check says what it saw (`good`, `bad`, or `nothing` to go by) and whether that is settled: whether more requests could still change it. A step ends early
 * only when it is settled; otherwise it is watched to the end of its window, and then what was seen decides. Without data it never passes: `no data` is
 * for the settings to decide.
 *
 * Settled is, for errors: as many (as few) errors had a probability below 1 in 10,000 (1 in 20) if the true share were exactly the allowed one. To fail early asks
 * for more, as the question is asked each second, and a false alarm undoes a release. For latency: the quantile's own confidence interval (by order statistics,
 * which need no assumption on the distribution) lies on one side of what is allowed. For Prometheus: outside three times in a row.
 */
import type { JudgeSettings } from '../types.ts';
import { atRank, quantile } from './histogram.ts';
import type { Histogram } from './histogram.ts';
import { atLeast, atMost, quantileRanks, shareBounds } from './statistics.ts';
import { milliseconds, percent, whole } from './words.ts';

/** What one release answered. */
export interface Sample {
  readonly requests: number;
  /** 5xx and broken answers. */
  readonly errors: number;
  /** Milliseconds to the response, of the requests that got one. */
  readonly latencies: Histogram;
}

/** The last answer of one Prometheus query. */
export interface Measured {
  readonly name: string;
  /** Undefined when there was no answer, or none with a number. */
  readonly value: number | undefined;
  readonly outside: boolean;
  /** How often in a row it has been outside. */
  readonly inARow: number;
  /** What is allowed, or why there is no value. */
  readonly words: string;
}

export interface Seen {
  /** Undefined when nobody counts (no proxy of ours). */
  readonly fresh: Sample | undefined;
  /** Of the old release during this step. */
  readonly old: Sample | undefined;
  /** Of the old release before this step, for when it gets no requests any more. */
  readonly before: Sample | undefined;
  readonly measured: readonly Measured[];
  /** Milliseconds since the step began, and the shortest and longest time it is watched. */
  readonly elapsed: number;
  readonly shortest: number;
  readonly window: number;
}

export interface Verdict {
  readonly verdict: 'pass' | 'fail' | 'no data' | 'wait';
  /** In words, one for each check. */
  readonly evidence: readonly string[];
}

interface Check {
  readonly saw: 'good' | 'bad' | 'nothing';
  readonly settled: boolean;
  readonly words: string;
}

/** Odds below which an early failure counts as settled, and an early pass. */
const sureOfFailure = 1e-4;
const sureOfPass = 0.05;
/** The same as standard deviations to one side. */
const failureDeviations = 3.72;
const passDeviations = 1.64;

export function judge(seen: Seen, settings: JudgeSettings): Verdict {
  const checks = [
    ...(seen.fresh === undefined
      ? []
      : [checkErrors(seen.fresh, seen, settings), checkLatency(seen.fresh, seen, settings)]),
    ...seen.measured.map(checkMeasured),
  ];
  return { verdict: combine(checks, seen), evidence: checks.map(({ words }) => words) };
}

function combine(checks: readonly Check[], seen: Seen): Verdict['verdict'] {
  if (checks.some((check) => check.saw === 'bad' && check.settled)) return 'fail';
  if (seen.elapsed < seen.shortest) return 'wait';
  if (checks.every((check) => check.saw === 'good' && check.settled)) return 'pass';
  if (seen.elapsed < seen.window) return 'wait';
  if (checks.some((check) => check.saw === 'bad')) return 'fail';
  return checks.some((check) => check.saw === 'nothing') ? 'no data' : 'pass';
}

function checkErrors(fresh: Sample, seen: Seen, settings: JudgeSettings): Check {
  const old = comparable(seen, settings, (sample) => sample.requests);
  const rate = old ? old.errors / old.requests : 0;
  const allowed = Math.max(settings.errorRate, settings.errorRatio * rate);
  const share = fresh.requests === 0 ? 0 : fresh.errors / fresh.requests;
  const words = [
    `errors: ${count(fresh)}`,
    ...(old ? [`the old release ${count(old)}`] : []),
    `allowed ${percent(allowed)}`,
  ].join(', ');
  // What the old one fails is itself only known so well.
  const mostAllowed = old
    ? Math.max(
        allowed,
        settings.errorRatio * shareBounds(old.errors, old.requests, failureDeviations).high * Math.sign(rate),
      )
    : allowed;
  if (
    fresh.errors > 0 &&
    share > allowed &&
    atLeast(fresh.errors, fresh.requests, mostAllowed) < sureOfFailure
  )
    return { saw: 'bad', settled: true, words };
  if (fresh.requests < settings.sample || fresh.requests === 0)
    return {
      saw: 'nothing',
      settled: false,
      words: `${words}; ${whole(settings.sample)} requests are needed`,
    };
  if (share > allowed) return { saw: 'bad', settled: false, words };
  return { saw: 'good', settled: atMost(fresh.errors, fresh.requests, allowed) < sureOfPass, words };
}

function checkLatency(fresh: Sample, seen: Seen, settings: JudgeSettings): Check {
  const name = `latency p${Number((settings.quantile * 100).toFixed(3))}`;
  const old = comparable(seen, settings, (sample) => sample.latencies.count);
  const mine = quantile(fresh.latencies, settings.quantile);
  if (mine === undefined || fresh.latencies.count + fresh.errors < settings.sample)
    return { saw: 'nothing', settled: false, words: `${name}: too few answers were timed` };
  const theirs = old && quantile(old.latencies, settings.quantile);
  if (!old || theirs === undefined)
    return {
      saw: 'good',
      settled: true,
      words: `${name}: ${milliseconds(mine)}, with nothing to hold it against`,
    };
  const allowed = Math.max(settings.latencyFloor, settings.latencyRatio * theirs);
  const words = `${name}: ${milliseconds(mine)}, the old release ${milliseconds(theirs)}, allowed ${milliseconds(allowed)}`;
  const bound = (sample: Sample, z: number, side: 'low' | 'high'): number =>
    atRank(sample.latencies, quantileRanks(sample.latencies.count, settings.quantile, z)[side]);
  if (mine > allowed) {
    const most = Math.max(
      settings.latencyFloor,
      settings.latencyRatio * bound(old, failureDeviations, 'high'),
    );
    return { saw: 'bad', settled: bound(fresh, failureDeviations, 'low') > most, words };
  }
  return { saw: 'good', settled: bound(fresh, passDeviations, 'high') <= allowed, words };
}

function checkMeasured(one: Measured): Check {
  const words = `${one.name}: ${one.value === undefined ? 'no answer' : Number(one.value.toPrecision(4))}, ${one.words}`;
  if (one.value === undefined) return { saw: 'nothing', settled: false, words };
  return one.outside
    ? { saw: 'bad', settled: one.inARow >= 3, words }
    : { saw: 'good', settled: true, words };
}

/** The old release at the same time, if that is enough to go by; else before the step. */
function comparable(
  seen: Seen,
  settings: JudgeSettings,
  size: (sample: Sample) => number,
): Sample | undefined {
  const enough = Math.max(1, settings.sample);
  return [seen.old, seen.before].find((sample) => sample !== undefined && size(sample) >= enough);
}

function count(sample: Sample): string {
  const share = sample.requests === 0 ? '' : ` (${percent(sample.errors / sample.requests)})`;
  return `${whole(sample.errors)} of ${whole(sample.requests)}${share}`;
}
