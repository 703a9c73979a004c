import type { LayerIndex } from '../../../layer/layer-index.ts';

/**
 * How the times of a layer's index are told from those in its blob: runs of entries, in their order. null: as the blob says; true: so too,
 * and the build made it; a number: it was that before it was brought down to the epoch.
 */
export type Times = readonly (readonly [count: number, time: null | true | number])[];

/** @param epoch that the blob was written with */
export function timesOf(index: LayerIndex, epoch: number | undefined): Times {
  const runs: [count: number, time: null | true | number][] = [];
  for (const { made, mtime } of index) {
    const time = made ? true : epoch !== undefined && mtime > epoch ? mtime : null;
    const last = runs.at(-1);
    if (last?.[1] === time) last[0]++;
    else runs.push([1, time]);
  }
  return runs;
}

/** The index that a blob was written from, out of the entries that were read from it. */
export function withTimes(read: LayerIndex, times: Times): LayerIndex {
  let at = 0;
  return times.flatMap(([count, time]) => {
    const run = read.slice(at, at + count);
    at += count;
    if (time === null) return run;
    return run.map((entry) => (time === true ? { ...entry, made: true } : { ...entry, mtime: time }));
  });
}
