/** One step of a shift, watched until it has a verdict. */
import { ToolError } from '../../core/errors.ts';
import type { SlotCounters } from '../../proxy/types.ts';
import { judge } from '../judge/judge.ts';
import type { Measured, Sample, Seen, Verdict } from '../judge/judge.ts';
import { askPrometheus } from '../judge/prometheus.ts';
import { answersOf } from '../judge/sample.ts';
import { summed, tally } from '../judge/tally.ts';
import type { Tally } from '../judge/tally.ts';
import type { ShiftStep } from '../plan.ts';
import type { JudgedStep } from '../types.ts';
import { rest } from '../../core/rest.ts';
import { unless } from '../until.ts';
import { everywhere, onHost } from './place.ts';
import type { Place, Run } from './place.ts';
import { freshOf } from './start.ts';

/** Tallies by the name of their host; none where there is no proxy of ours. */
export type Tallies = ReadonlyMap<string, Tally>;

/** Follows all proxies from now on, so that the first step has something to be held against. */
export async function followAll(run: Run, signal: AbortSignal): Promise<Tallies> {
  const tallies = follow(run, signal);
  await Promise.all([...tallies.values()].map(async (one) => unless(run.stop, one.look())));
  return tallies;
}

/** The same without a look at the counters. */
export function follow(run: Pick<Run, 'places' | 'settings'>, signal: AbortSignal): Tallies {
  const tallies = new Map<string, Tally>();
  for (const place of run.places) {
    if (!place.proxy) continue;
    tallies.set(
      place.name,
      tally(place.proxy, run.settings.service, () => performance.now(), signal),
    );
  }
  return tallies;
}

/** Milliseconds between two looks at the counters, at first and later, and between two questions to Prometheus. */
const lookFirst = 50;
const lookEvery = 500;
const askEvery = 5000;

/** Looks until there is a verdict. @throws ToolError CONTAINER_FAILED, RELEASE_REVERTED when a host does not hold what was shifted */
export async function watch(run: Run, tallies: Tallies, step: ShiftStep): Promise<JudgedStep> {
  const began = performance.now();
  const window = windowOf(run);
  let measured: readonly Measured[] = [];
  let asked = Number.NEGATIVE_INFINITY;
  for (let pause = lookFirst; ; pause = Math.min(lookEvery, pause * 1.5)) {
    const elapsed = performance.now() - began;
    if (elapsed - asked >= Math.min(askEvery, window / 4)) {
      asked = elapsed;
      measured = await unless(run.stop, askAll(run, measured));
    }
    await unless(run.stop, lookAtAll(run, tallies));
    const seen = seenSoFar(run, tallies, step, measured, performance.now() - began);
    const verdict = judge(seen, run.settings.judge);
    report(run, step, seen);
    if (verdict.verdict !== 'wait') return judgedStep(run, step, seen, verdict.verdict, verdict);
    await rest(run.stop, Math.min(pause, Math.max(10, window - elapsed)));
  }
}

/**
 * Where nothing has ever served there is nothing to hold a release against, to go back to, or to lose; and often nobody asks before it serves. So it is watched for as
 * long as it must stay well, and needs no requests.
 */
export function isFirst({ places }: Run): boolean {
  return places.every(({ old }) => old === undefined);
}

function windowOf(run: Run): number {
  const { judge, health } = run.settings;
  return isFirst(run) ? Math.min(judge.window, health.settle) : judge.window;
}

async function askAll(run: Run, last: readonly Measured[]): Promise<Measured[]> {
  const names = { release: run.release.id, service: run.settings.service };
  return Promise.all(
    run.settings.judge.prometheus.map(async (check) =>
      askPrometheus(
        run.ctx,
        check,
        names,
        last.find(({ name }) => name === check.name),
      ),
    ),
  );
}

/** Counters, and whether what we set still holds and the new release is still up. */
async function lookAtAll(run: Run, tallies: Tallies): Promise<void> {
  await everywhere(run, run.places, async (place) => {
    const counters = await tallies.get(place.name)?.look();
    if (place.share === 0) return;
    const fresh = freshOf(place);
    const state = await place.agent.container(fresh.container);
    if (!state.running || state.restarts > 0) {
      throw new ToolError(
        'CONTAINER_FAILED',
        `${run.release.id} ended with exit code ${state.exitCode} on ${place.name} while it served${state.oomKilled ? ': it used more memory than it may have' : ''}`,
      );
    }
    if (counters) assertShifted(place, counters);
  });
}

/** A proxy that was restarted serves what was confirmed; then nothing of the new release is seen, and that must not pass. */
function assertShifted(place: Place, counters: readonly SlotCounters[]): void {
  const mine = counters.find(({ slot }) => slot === place.fresh?.slot);
  if (mine && mine.weight > 0) return;
  throw onHost(
    place,
    new ToolError(
      'RELEASE_REVERTED',
      `the proxy of ${place.name} went back by itself: it was restarted, or somebody changed it`,
    ),
  );
}

function seenSoFar(
  run: Run,
  tallies: Tallies,
  step: ShiftStep,
  measured: readonly Measured[],
  elapsed: number,
): Seen {
  return {
    ...samples(run, tallies),
    measured,
    elapsed,
    shortest: Math.min(step.shortest, windowOf(run)),
    window: windowOf(run),
  };
}

/** The new release where it has traffic; the old one wherever it is. */
function samples(run: Run, tallies: Tallies): Pick<Seen, 'fresh' | 'old' | 'before'> {
  const counts = run.places.flatMap((place) => {
    const one = tallies.get(place.name);
    return one ? [{ place, one }] : [];
  });
  if (counts.length === 0) return { fresh: undefined, old: undefined, before: undefined };
  const shifted = counts.filter(({ place }) => place.share > 0);
  const old = counts.flatMap(({ place, one }) => (place.old ? [{ slot: place.old.slot, one }] : []));
  const sum = (parts: typeof old, when: 'during' | 'before'): Sample =>
    summed(parts.map(({ slot, one }) => one[when](slot)));
  return {
    fresh: summed(shifted.map(({ place, one }) => one.during(freshOf(place).slot))),
    old: old.length === 0 ? undefined : sum(old, 'during'),
    before: old.length === 0 ? undefined : sum(old, 'before'),
  };
}

function report(run: Run, step: ShiftStep, seen: Seen): void {
  if (!seen.fresh) return;
  const { quantile } = run.settings.judge;
  run.ctx.emit({
    kind: 'traffic',
    at: run.ctx.now().getTime(),
    share: step.share,
    fresh: answersOf(seen.fresh, quantile),
    old: seen.old && answersOf(seen.old, quantile),
    left: Math.max(0, Math.round(seen.window - seen.elapsed)),
  });
}

function judgedStep(
  run: Run,
  step: ShiftStep,
  seen: Seen,
  verdict: JudgedStep['verdict'],
  { evidence }: Verdict,
): JudgedStep {
  const { quantile } = run.settings.judge;
  return {
    share: step.share,
    hosts: step.hosts,
    verdict,
    evidence: evidence.length > 0 ? evidence : ['nothing is counted without a proxy; the release stayed up'],
    fresh: seen.fresh ? answersOf(seen.fresh, quantile) : { requests: 0, errors: 0, latency: undefined },
    old: seen.old && answersOf(seen.old, quantile),
  };
}
