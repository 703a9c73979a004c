/** Traffic from the old release to the new, step by step, each judged. */
import { ToolError } from '../../core/errors.ts';
import type { Tally } from '../judge/tally.ts';
import { shiftSteps, weightsFor } from '../plan.ts';
import type { ShiftStep } from '../plan.ts';
import type { JudgedStep } from '../types.ts';
import { unless } from '../until.ts';
import { everywhere, inPhase } from './place.ts';
import type { Place, Run } from './place.ts';
import { freshOf } from './start.ts';
import { isFirst, watch } from './watch.ts';
import type { Tallies } from './watch.ts';

/** Every host is told to go back by itself from here on, unless it hears from us. */
export async function armAll(run: Run, places: readonly Place[]): Promise<void> {
  await everywhere(run, places, async (place) => {
    place.reached = 'armed';
    await place.agent.arm(freshOf(place), Math.ceil(run.settings.confirm / 1000));
  });
}

/** Takes all steps of the strategy on these hosts. @throws ToolError RELEASE_FAILED when one is judged to fail */
export async function shiftAll(run: Run, places: readonly Place[], tallies: Tallies): Promise<void> {
  const planned = places.map(({ name, old, stops }) => ({ name, serving: old !== undefined && !stops }));
  for (const step of shiftSteps(run.settings.strategy, planned, run.settings.health.settle)) {
    const judged = await takeStep(run, tallies, step);
    run.steps.push(judged);
    const noData = isFirst(run) ? 'pass' : run.settings.judge.noData;
    if (!goesOn(judged, noData)) throw refusal(judged);
  }
}

function goesOn(step: JudgedStep, noData: 'pass' | 'fail'): boolean {
  return step.verdict === 'pass' || (step.verdict === 'no data' && noData === 'pass');
}

function refusal(step: JudgedStep): ToolError {
  const why = step.evidence.join('; ');
  return step.verdict === 'fail'
    ? new ToolError('RELEASE_FAILED', `the release was judged worse at ${step.share} %: ${why}`)
    : new ToolError(
        'RELEASE_FAILED',
        `there was too little to judge the release by at ${step.share} %: ${why}`,
        {
          hint: 'judge.window waits longer, judge.sample asks for less, judge.noData: pass takes it as well',
        },
      );
}

async function takeStep(run: Run, tallies: Tallies, step: ShiftStep): Promise<JudgedStep> {
  const places = run.places.filter(({ name }) => step.hosts.includes(name));
  await Promise.all([...tallies.values()].map(async (one) => unless(run.stop, one.look())));
  for (const one of tallies.values()) one.mark();
  await everywhere(run, places, async (place) =>
    inPhase(run.ctx, place, 'shift', async () => {
      await shiftOne(run, place, step.share, tallies.get(place.name));
      return `${step.share} %`;
    }),
  );
  return watch(run, tallies, step);
}

/** Address and weight in one command: no request sees half of it. Without a proxy there is nothing to shift. */
async function shiftOne(run: Run, place: Place, share: number, counts: Tally | undefined): Promise<void> {
  const fresh = freshOf(place);
  place.share = share;
  if (!place.proxy) return;
  counts?.awaitFirst(fresh.slot);
  const weights = weightsFor(place.old && !place.stops ? share : 100);
  await place.proxy.set(
    run.settings.service,
    { slot: fresh.slot, port: fresh.port, state: 'ready', weight: weights.fresh },
    ...(place.old ? [{ slot: place.old.slot, weight: weights.old }] : []),
  );
}
