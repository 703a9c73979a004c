/**
 * One release onto all hosts: the sequence of phases, and what happens when one fails. Until hosts confirm, every way out of here leaves what served before;
 * from the first confirmed host on there is only forward.
 */
import type { Ctx } from '../core/ctx.ts';
import { messageOf } from '../core/errors.ts';
import type { Fleet } from './fleet.ts';
import { lockAll, settleAll, unlockAll } from './phases/claim.ts';
import { confirmAll, pruneAll, retireAll } from './phases/confirm.ts';
import { runJobs } from './phases/jobs.ts';
import { placeOf } from './phases/place.ts';
import type { Place, Run } from './phases/place.ts';
import { prepare } from './phases/prepare.ts';
import type { Ready } from './phases/prepare.ts';
import { armAll, shiftAll } from './phases/shift.ts';
import { goBack, startAndProve } from './phases/start.ts';
import { followAll } from './phases/watch.ts';
import type { Tallies } from './phases/watch.ts';
import { realParts } from './parts.ts';
import type { Parts } from './parts.ts';
import { inEnvironment, newRelease, urlsOf } from './release.ts';
import { afterGoingBack, resultOf, splitSummary } from './result.ts';
import type { Ended } from './result.ts';
import { settingsForImage } from './settings/image.ts';
import type { DeployImage, DeployOptions, DeployResult, DeploySettings } from './types.ts';

/**
 * Deploys. An error is thrown while nothing has been started; from then on the result says what happened, and every way but `deployed` and `split` leaves
 * what served before.
 * @throws ToolError HOST_UNREACHABLE, HOST_UNFIT, DEPLOY_LOCKED, SECRET_MISSING, JOB_FAILED …
 */
export async function deploy(
  ctx: Ctx,
  said: DeploySettings,
  image: DeployImage,
  options: DeployOptions,
  given?: Parts,
): Promise<DeployResult> {
  const parts = given ?? (await realParts());
  const began = performance.now();
  const settings = settingsForImage(said, image);
  const fleet = await parts.openFleet(ctx, settings, options);
  const places = fleet.hosts.map(placeOf);
  try {
    return await locked(ctx, settings, image, options, parts, { began, fleet, places });
  } finally {
    await unlockAll(places);
    await fleet.close();
  }
}

interface Opened {
  readonly began: number;
  readonly fleet: Fleet;
  readonly places: readonly Place[];
}

async function locked(
  ctx: Ctx,
  settings: DeploySettings,
  image: DeployImage,
  options: DeployOptions,
  parts: Parts,
  opened: Opened,
): Promise<DeployResult> {
  const { places } = opened;
  const holder = { by: options.by, what: `deploy of ${image.version}`, since: ctx.now().getTime() };
  await lockAll(places, settings.parallel, holder);
  const stop = stopSignal(ctx.signal, places);
  await settleAll(ctx, settings, stop, places);
  const release = newRelease(settings, image, options.by, ctx.now(), knownReleases(places));
  const run: Run = { ctx, settings, release, places, stop, steps: [] };
  const ready = await prepare(run, image, opened.fleet, parts);
  const followed = new AbortController();
  try {
    return await place(run, ready, parts, opened.began, followed.signal);
  } finally {
    followed.abort();
  }
}

/** Why a deploy must not go on: an interrupt, or a lock or a host that is lost. */
export function stopSignal(interrupt: AbortSignal, places: readonly Place[]): AbortSignal {
  return AbortSignal.any([
    interrupt,
    ...places.flatMap(({ agent, lock }) => [agent.remote.lost, ...(lock ? [lock.lost] : [])]),
  ]);
}

function knownReleases(places: readonly Place[]): ReadonlySet<string> {
  return new Set(
    places.flatMap(({ state }) =>
      [state.current, state.previous, state.pending].flatMap((placed) => (placed ? [placed.release.id] : [])),
    ),
  );
}

async function place(
  run: Run,
  ready: Ready,
  parts: Parts,
  began: number,
  followed: AbortSignal,
): Promise<DeployResult> {
  let tallies: Tallies = new Map();
  const ended = (): Ended => {
    const first = [...tallies.values()].flatMap((one) => (one.first === undefined ? [] : [one.first]));
    return {
      ...{ settings: run.settings, release: run.release, places: run.places, steps: run.steps },
      from: run.places.find(({ old }) => old)?.old?.release.id,
      urls: urlsOf(run.settings),
      took: performance.now() - began,
      firstRequest: first.length === 0 ? undefined : Math.min(...first) - began,
    };
  };
  let split: readonly Place[];
  try {
    tallies = await followAll(run, followed);
    const probe = parts.probe();
    for (const wave of wavesOf(run)) {
      await startAndProve(run, wave, ready.specOf, probe);
      await armAll(run, wave);
      await shiftAll(run, wave, tallies);
    }
    split = await confirmAll(run);
  } catch (error) {
    const reason = run.stop.aborted ? (run.stop.reason as unknown) : error;
    return await undone(run, ended, reason);
  }
  await retireAll(run);
  const job = await jobsAfter(run, ready);
  await pruneAll(run);
  await writeJournal(run, 'pass', run.steps.flatMap(({ evidence }) => evidence).join('; '));
  if (split.length > 0) {
    const { outcome, summary, next } = splitSummary(run.settings, run.release, split);
    return resultOf(ended(), outcome, summary, next);
  }
  const hosts = run.places.length === 1 ? '1 host' : `${run.places.length} hosts`;
  const summary = `${run.release.id} serves on ${hosts}${job ?? ''}.${leftUndone(run)}`;
  return resultOf(ended(), 'deployed', summary, undefined);
}

/** What went wrong after it was confirmed: the old release was not stopped there, which the next command does. */
function leftUndone({ places }: Run): string {
  const names = places.flatMap(({ name, error }) => (error === undefined ? [] : [name]));
  return names.length === 0
    ? ''
    : ` Not all was tidied up on ${names.join(', ')}, which the next deploy does.`;
}

/**
 * All hosts together. Only where the service has ports of the host's own, which the old release must give up before the new one starts, one host after the
 * other, as each is without the service for that long.
 */
function wavesOf(run: Run): readonly (readonly Place[])[] {
  const { ports } = run.settings.container;
  const serving = run.places.filter(({ old }) => old !== undefined);
  if (ports.length === 0 || serving.length === 0) return [run.places];
  run.ctx.emit({
    kind: 'warning',
    message: `port ${ports.map(({ host }) => host).join(', ')} cannot be held by two releases: on each host the old one is stopped while the new one starts, one host after the other`,
  });
  for (const place of serving) place.stops = true;
  return run.places.map((place) => [place]);
}

async function undone(run: Run, ended: () => Ended, reason: unknown): Promise<DeployResult> {
  const shifted = run.places.some(({ share }) => share > 0);
  if (run.ctx.signal.aborted) {
    run.ctx.emit({
      kind: 'warning',
      message: `${messageOf(reason)}: going back on all hosts; a second interrupt leaves that to the hosts`,
    });
  }
  const left = await goBack(run, reason);
  await writeJournal(run, 'fail', messageOf(reason));
  const { outcome, summary, next } = afterGoingBack(run.settings, reason, shifted, left);
  return resultOf(ended(), outcome, summary, next);
}

/** The release serves whatever these do, so a failure is said and not thrown. */
async function jobsAfter(run: Run, ready: Ready): Promise<string | undefined> {
  try {
    await runJobs(run, run.settings.jobs.after, ready.specOf, ready.mask);
    return undefined;
  } catch (error) {
    const message = messageOf(error);
    run.ctx.emit({
      kind: 'warning',
      message: `${message}; the release serves all the same`,
      hint: `coracle rollback${inEnvironment(run.settings)} goes back, if it cannot do without`,
    });
    return `; but ${message}`;
  }
}

/** One line on each host that can still be reached. */
async function writeJournal(run: Run, verdict: 'pass' | 'fail', evidence: string): Promise<void> {
  const { release } = run;
  await Promise.all(
    run.places.map(async ({ agent, old, reached }) => {
      const from = old?.release.id;
      const to = reached === 'confirmed' ? release.id : from;
      await agent
        .journal({
          by: release.by,
          what: 'deploy',
          release: release.id,
          verdict,
          evidence,
          ...(from === undefined ? {} : { from }),
          ...(to === undefined ? {} : { to }),
        })
        .catch(() => undefined);
    }),
  );
}
