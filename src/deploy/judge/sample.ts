/** Counters of proxies as samples of a release: what was counted between two looks, summed over hosts. Pure. */
import type { Answers } from '../../core/event.ts';
import type { SlotCounters } from '../../proxy/types.ts';
import { mergeHistograms, quantile } from './histogram.ts';
import type { Histogram } from './histogram.ts';
import type { Sample } from './judge.ts';

export interface Counted {
  readonly requests: number;
  readonly errors: number;
}

export const nothingCounted: Counted = { requests: 0, errors: 0 };

/** Answers so far; requests that are still being worked on do not count yet. */
export function countedBy(counters: SlotCounters | undefined): Counted {
  if (!counters) return nothingCounted;
  const answered = Object.values(counters.responses).reduce((sum, value) => sum + value, 0);
  return { requests: answered + counters.errors, errors: counters.responses['5xx'] + counters.errors };
}

/** What came between two looks. A proxy that restarted begins at 0 again. */
export function since(before: Counted, now: Counted): Counted {
  if (now.requests < before.requests) return now;
  return {
    requests: now.requests - before.requests,
    errors: Math.max(0, now.errors - before.errors),
  };
}

export function sampleOf(counted: readonly Counted[], latencies: readonly Histogram[]): Sample {
  return {
    requests: counted.reduce((sum, one) => sum + one.requests, 0),
    errors: counted.reduce((sum, one) => sum + one.errors, 0),
    latencies: mergeHistograms(latencies),
  };
}

export function answersOf(sample: Sample, share: number): Answers {
  return { requests: sample.requests, errors: sample.errors, latency: quantile(sample.latencies, share) };
}
