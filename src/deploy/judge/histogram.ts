/**
 * judge/ holds a new release against the old one by what proxies counted. The decision is a pure function of samples; only watch.ts looks at hosts
 * and clocks. It must not know how traffic is shifted.
 *
 * A histogram of milliseconds in buckets that are exact below 64 and within 3 % above: small, summed over hosts by adding, and enough for quantiles.
 */
export interface Histogram {
  readonly buckets: Uint32Array;
  readonly count: number;
}

const exact = 64;
const perOctave = 32;
/** 2^26 ms is 18 hours; what is longer counts as that. */
const longest = 2 ** 26 - 1;
const size = exact + (26 - 6) * perOctave;

export const emptyHistogram: Histogram = { buckets: new Uint32Array(size), count: 0 };

export interface Recorder {
  /** Milliseconds; what is negative or no number is not counted. */
  record(milliseconds: number): void;
  read(): Histogram;
  reset(): void;
}

/** A histogram that is being filled. */
export function recorder(): Recorder {
  let buckets = new Uint32Array(size);
  let count = 0;
  return {
    record(milliseconds) {
      if (!(milliseconds >= 0)) return;
      const index = bucketOf(milliseconds);
      buckets[index] = (buckets[index] ?? 0) + 1;
      count++;
    },
    read: () => ({ buckets: buckets.slice(), count }),
    reset() {
      buckets = new Uint32Array(size);
      count = 0;
    },
  };
}

export function histogramOf(values: Iterable<number>): Histogram {
  const filled = recorder();
  for (const value of values) filled.record(value);
  return filled.read();
}

export function mergeHistograms(all: readonly Histogram[]): Histogram {
  const buckets = new Uint32Array(size);
  let count = 0;
  for (const one of all) {
    count += one.count;
    for (let index = 0; index < size; index++)
      buckets[index] = (buckets[index] ?? 0) + (one.buckets[index] ?? 0);
  }
  return { buckets, count };
}

/** The value that `rank` of the values do not exceed; ranks count from 1. 0 below the first, infinite above the last. */
export function atRank(histogram: Histogram, rank: number): number {
  if (rank < 1) return 0;
  let seen = 0;
  for (let index = 0; index < size; index++) {
    seen += histogram.buckets[index] ?? 0;
    if (seen >= rank) return valueOf(index);
  }
  return Number.POSITIVE_INFINITY;
}

/** Undefined without values. */
export function quantile(histogram: Histogram, share: number): number | undefined {
  if (histogram.count === 0) return undefined;
  return atRank(histogram, Math.max(1, Math.ceil(share * histogram.count)));
}

function bucketOf(milliseconds: number): number {
  const value = Math.min(longest, Math.floor(milliseconds));
  if (value < exact) return value;
  const octave = 31 - Math.clz32(value);
  return exact + (octave - 6) * perOctave + ((value >> (octave - 5)) & (perOctave - 1));
}

/** The middle of a bucket. */
function valueOf(index: number): number {
  if (index < exact) return index;
  const octave = Math.floor((index - exact) / perOctave) + 6;
  const width = 2 ** (octave - 5);
  return (perOctave + ((index - exact) % perOctave)) * width + (width - 1) / 2;
}
