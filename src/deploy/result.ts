/** How a deploy ended, in words and as data: pure, from what stands in its places. */
import { isToolError, messageOf } from '../core/errors.ts';
import type { DeployResult, DeploySettings, HostResult, JudgedStep, Release } from './types.ts';
import type { Place } from './phases/place.ts';
import { inEnvironment } from './release.ts';

export interface Ended {
  readonly settings: DeploySettings;
  readonly release: Release;
  readonly from: string | undefined;
  readonly places: readonly Place[];
  readonly steps: readonly JudgedStep[];
  readonly urls: readonly string[];
  readonly took: number;
  readonly firstRequest: number | undefined;
}

type Outcome = DeployResult['outcome'];

export function resultOf(
  ended: Ended,
  outcome: Outcome,
  summary: string,
  next: string | undefined,
): DeployResult {
  const { settings, release, from, steps, urls, took, firstRequest } = ended;
  return {
    service: settings.service,
    environment: settings.environment,
    release,
    from,
    outcome,
    summary,
    ...(next === undefined ? {} : { next }),
    hosts: ended.places.map((place) => hostResult(place, release.id)),
    steps,
    urls,
    took: Math.round(took),
    firstRequest: firstRequest === undefined ? undefined : Math.round(firstRequest),
  };
}

function hostResult(place: Place, release: string): HostResult {
  const { error, evidence } = place;
  return {
    host: place.name,
    serves: serves(place, release),
    phase: place.phase,
    ...(error === undefined ? {} : { error: plainError(error) }),
    ...(evidence === undefined ? {} : { evidence }),
  };
}

/** Undefined when nothing serves there, and when a lost host may serve either. */
function serves(place: Place, release: string): string | undefined {
  if (place.reached === 'confirmed') return release;
  if (place.reached === 'armed') return undefined;
  return place.old?.release.id;
}

export function plainError(error: unknown): NonNullable<HostResult['error']> {
  if (!isToolError(error)) return { code: 'INTERNAL', message: messageOf(error) };
  return {
    code: error.code,
    message: error.detail === undefined ? error.message : `${error.message}\n${error.detail}`,
    ...(error.hint === undefined ? {} : { hint: error.hint }),
  };
}

/** After going back: what was in the way, where it could not be done, and what to do. */
export function afterGoingBack(
  settings: DeploySettings,
  reason: unknown,
  shifted: boolean,
  left: readonly Place[],
): { readonly outcome: Outcome; readonly summary: string; readonly next: string | undefined } {
  const why = messageOf(reason).replace(/\.$/, '');
  const hint = isToolError(reason) ? reason.hint : undefined;
  if (left.length === 0) {
    return shifted
      ? { outcome: 'went back', summary: `Went back on all hosts: ${why}.`, next: hint }
      : { outcome: 'failed', summary: `Not deployed: ${why}. What served before serves.`, next: hint };
  }
  const names = left.map(({ name }) => name).join(', ');
  const armed = left.some(({ reached }) => reached === 'armed');
  return {
    outcome: armed ? 'split' : 'failed',
    summary: armed
      ? `Went back where hosts could be told: ${why}. ${names} could not be told, and goes back by itself within ${Math.ceil(settings.confirm / 1000)} s.`
      : `Not deployed: ${why}. What served before serves; on ${names} a stopped start is left, which the next deploy removes.`,
    next: `coracle status${inEnvironment(settings)}`,
  };
}

export function splitSummary(
  settings: DeploySettings,
  release: Release,
  split: readonly Place[],
): { readonly outcome: Outcome; readonly summary: string; readonly next: string } {
  const names = split.map(({ name }) => name).join(', ');
  return {
    outcome: 'split',
    summary: `Hosts serve different releases: ${release.id} was confirmed, but not on ${names}.`,
    next: `coracle deploy${inEnvironment(settings)}`,
  };
}
