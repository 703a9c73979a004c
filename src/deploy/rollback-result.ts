import { messageOf } from '../core/errors.ts';
import type { ToolError } from '../core/errors.ts';
import type { Run } from './phases/place.ts';
import { inEnvironment, urlsOf } from './release.ts';
import { plainError, resultOf } from './result.ts';
import type { DeployResult, DeploySettings } from './types.ts';

/** How a rollback ended, in words and as data. */
export function rollbackResult(
  run: Run,
  from: string | undefined,
  reverted: boolean,
  began: number,
  first: readonly (number | undefined)[],
): DeployResult {
  const { places, settings } = run;
  const release = places.find(({ fresh }) => fresh)?.fresh?.release ?? run.release;
  const failed = places.filter(({ reached }) => reached !== 'confirmed');
  const times = first.flatMap((time) => (time === undefined ? [] : [time - began]));
  const base = {
    ...{ settings, release, from, places, steps: [], urls: urlsOf(settings) },
    took: performance.now() - began,
    firstRequest: times.length === 0 ? undefined : Math.min(...times),
  };
  const none = failed.length === places.length;
  if (failed.length === 0) {
    const how = reverted
      ? `the pending release was taken back; ${release.id} serves`
      : `${release.id} serves again`;
    return resultOf(
      base,
      'deployed',
      `${capital(how)} on ${places.length === 1 ? '1 host' : `${places.length} hosts`}.`,
      undefined,
    );
  }
  const each = failed.map(({ name, error }) => `${name}: ${messageOf(error)}`).join('; ');
  return none
    ? resultOf(
        base,
        'failed',
        `No host went back to ${release.id}: ${each}.`,
        `coracle history${inEnvironment(settings)}`,
      )
    : resultOf(
        base,
        'split',
        `${release.id} serves, but not on ${each}.`,
        `coracle deploy${inEnvironment(settings)}`,
      );
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** Hosts that nobody could tell are named, and make it a split. */
export function withUnreachable(
  result: DeployResult,
  unreachable: readonly { readonly host: { readonly name: string }; readonly error: ToolError }[],
  settings: DeploySettings,
): DeployResult {
  if (unreachable.length === 0) return result;
  const names = unreachable.map(({ host }) => host.name).join(', ');
  return {
    ...result,
    outcome: result.outcome === 'deployed' ? 'split' : result.outcome,
    summary: `${result.summary} ${names} could not be reached and was not told.`,
    next: `coracle rollback${inEnvironment(settings)} ${result.release.id}`,
    hosts: [
      ...result.hosts,
      ...unreachable.map(({ host, error }) => ({
        host: host.name,
        serves: undefined,
        phase: undefined,
        error: plainError(error),
      })),
    ],
  };
}
