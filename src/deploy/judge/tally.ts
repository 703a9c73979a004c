/** Keeps count of what the proxies of all hosts answer, for each slot: before the step, and during it. */
import type { ProxySocket, SlotCounters, SlotName } from '../../proxy/types.ts';
import { emptyHistogram, mergeHistograms, recorder } from './histogram.ts';
import type { Histogram, Recorder } from './histogram.ts';
import type { Sample } from './judge.ts';
import { countedBy, nothingCounted, sampleOf, since } from './sample.ts';
import type { Counted } from './sample.ts';

export interface Tally {
  /** Reads the counters. @throws ToolError PROXY_UNREACHABLE */
  look(): Promise<readonly SlotCounters[]>;
  /** A step begins: what came so far is what was before it. */
  mark(): void;
  /** What one slot answered during the step, as of the last look. */
  during(slot: SlotName): { readonly counted: Counted; readonly latencies: Histogram };
  before(slot: SlotName): { readonly counted: Counted; readonly latencies: Histogram };
  /** When the slot first answered a request after `awaitFirst`, by the clock given. */
  readonly first: number | undefined;
  awaitFirst(slot: SlotName): void;
}

interface SlotTally {
  atStart: Counted | undefined;
  atMark: Counted;
  now: Counted;
  step: Recorder;
  earlier: Histogram;
}

/**
 * Follows one proxy until the signal. When its log of requests cannot be followed there are no latencies, and so no data on them.
 */
export function tally(proxy: ProxySocket, service: string, clock: () => number, signal: AbortSignal): Tally {
  const slots: Record<SlotName, SlotTally> = { a: newSlot(), b: newSlot() };
  let awaited: SlotName | undefined;
  let first: number | undefined;
  proxy
    .requests(signal, (request) => {
      if (request.service !== service || request.slot === undefined) return;
      slots[request.slot].step.record(request.response);
      if (request.slot === awaited && request.status > 0) first ??= clock();
    })
    .catch(() => undefined);
  return {
    async look() {
      const counters = await proxy.counters(service);
      for (const one of counters) {
        const slot = slots[one.slot];
        slot.now = countedBy(one);
        slot.atStart ??= slot.now;
      }
      return counters;
    },
    mark() {
      for (const slot of Object.values(slots)) {
        slot.atMark = slot.now;
        slot.earlier = mergeHistograms([slot.earlier, slot.step.read()]);
        slot.step.reset();
      }
    },
    during: (name) => ({
      counted: since(slots[name].atMark, slots[name].now),
      latencies: slots[name].step.read(),
    }),
    before: (name) => ({
      counted: since(slots[name].atStart ?? nothingCounted, slots[name].atMark),
      latencies: slots[name].earlier,
    }),
    get first() {
      return first;
    },
    awaitFirst(slot) {
      awaited = slot;
    },
  };
}

function newSlot(): SlotTally {
  return {
    atStart: undefined,
    atMark: nothingCounted,
    now: nothingCounted,
    step: recorder(),
    earlier: emptyHistogram,
  };
}

/** Several hosts' tallies as one sample. */
export function summed(parts: readonly ReturnType<Tally['during']>[]): Sample {
  return sampleOf(
    parts.map(({ counted }) => counted),
    parts.map(({ latencies }) => latencies),
  );
}
