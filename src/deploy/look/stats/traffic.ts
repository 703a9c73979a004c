import type { ProxiedRequest, SlotCounters, SlotName } from '../../../proxy/types.ts';
import { mergeHistograms, quantile, recorder, type Histogram, type Recorder } from '../../judge/histogram.ts';
import { countedBy, since, type Counted } from '../../judge/sample.ts';

/** What a slot answers, over the last seconds. */
export interface SlotTraffic {
  /** Requests and bad answers (5xx, broken) in a second. */
  readonly requests: number;
  readonly errors: number;
  /** Milliseconds to the response's headers. */
  readonly latencies: Histogram;
  readonly weight: number;
  /** Being answered now. */
  readonly sessions: number;
}

export interface Quantiles {
  readonly p50: number | undefined;
  readonly p95: number | undefined;
  readonly p99: number | undefined;
}

export function quantilesOf(histogram: Histogram): Quantiles {
  return { p50: quantile(histogram, 0.5), p95: quantile(histogram, 0.95), p99: quantile(histogram, 0.99) };
}

/** Milliseconds that rates are of, and of which each half of the latencies is. */
const window = 5000;

export interface TrafficWindow {
  request(request: ProxiedRequest, now: number): void;
  /** @param now milliseconds of a clock that only rises */
  counters(counters: readonly SlotCounters[], now: number): void;
  /** Undefined for a slot that was not looked at twice. */
  read(slot: SlotName, now: number): SlotTraffic | undefined;
}

interface Look {
  readonly at: number;
  readonly counted: Counted;
}

interface Slot {
  readonly looks: Look[];
  last: SlotCounters | undefined;
  earlier: Recorder;
  recent: Recorder;
  turned: number;
}

/** Counters and requests of one proxy for one service, over the last seconds. What it holds does not grow. */
export function trafficWindow(service: string): TrafficWindow {
  const slots: Record<SlotName, Slot> = { a: newSlot(), b: newSlot() };
  const turn = (slot: Slot, now: number): void => {
    if (now - slot.turned < window) return;
    const empty = now - slot.turned >= 2 * window;
    slot.earlier = empty ? recorder() : slot.recent;
    slot.recent = recorder();
    slot.turned = now;
  };
  return {
    request(request, now) {
      if (request.service !== service || request.slot === undefined) return;
      const slot = slots[request.slot];
      turn(slot, now);
      slot.recent.record(request.response);
    },
    counters(counters, now) {
      for (const one of counters) {
        const slot = slots[one.slot];
        const counted = countedBy(one);
        // A proxy that was started anew begins at 0.
        if (counted.requests < (slot.looks.at(-1)?.counted.requests ?? 0)) slot.looks.length = 0;
        slot.looks.push({ at: now, counted });
        slot.last = one;
        while (slot.looks.length > 2 && now - (slot.looks[1]?.at ?? now) >= window) slot.looks.shift();
      }
    },
    read(name, now) {
      const slot = slots[name];
      const [first] = slot.looks;
      const last = slot.looks.at(-1);
      if (!first || !last || last.at <= first.at || !slot.last) return undefined;
      turn(slot, now);
      const seconds = (last.at - first.at) / 1000;
      const between = since(first.counted, last.counted);
      return {
        requests: between.requests / seconds,
        errors: between.errors / seconds,
        latencies: mergeHistograms([slot.earlier.read(), slot.recent.read()]),
        weight: slot.last.weight,
        sessions: slot.last.sessions,
      };
    },
  };
}

function newSlot(): Slot {
  return { looks: [], last: undefined, earlier: recorder(), recent: recorder(), turned: 0 };
}

/** Several slots as one. */
export function totalOf(all: readonly SlotTraffic[]): Omit<SlotTraffic, 'weight'> {
  return {
    requests: all.reduce((sum, { requests }) => sum + requests, 0),
    errors: all.reduce((sum, { errors }) => sum + errors, 0),
    sessions: all.reduce((sum, { sessions }) => sum + sessions, 0),
    latencies: mergeHistograms(all.map(({ latencies }) => latencies)),
  };
}
