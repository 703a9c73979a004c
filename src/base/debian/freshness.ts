import { ToolError } from '../../core/errors.ts';
import type { Release } from './types.ts';

const day = 24 * 60 * 60 * 1000;

/** How far clocks may differ, in milliseconds. */
export const clockTolerance = day;

/**
 * Days that a Release without Valid-Until may be old. What it says of itself decides: an older copy can only claim an earlier, stricter
 * state. Point releases of stable come every few months, of what was stable less often, and after three years none does; the
 * suite of updates is dated anew each day while its release is stable or was before the present one.
 */
function oldestDays({ suite, codename }: Release): number {
  const frequent = /-(?:updates|security)$/.test(codename);
  if (/^stable(?:-|$)/.test(suite)) return frequent ? 30 : 400;
  if (/^oldstable(?:-|$)/.test(suite)) return frequent ? 30 : 800;
  return /^(?:testing|unstable)(?:-|$)/.test(suite) ? 30 : 1200;
}

/**
 * Refuses a Release that has expired `at` that time, or that is from after it.
 * @param what names it in errors
 * @throws ToolError INDEX_OUTDATED
 */
export function checkFresh(release: Release, at: Date, what: string): void {
  const { date, validUntil } = release;
  if (date.getTime() > at.getTime() + clockTolerance) {
    throw outdated(
      `${what} is from ${iso(date)}, which is after ${iso(at)}`,
      'Set the clock of this machine.',
    );
  }
  if (validUntil && validUntil.getTime() < at.getTime())
    throw outdated(`${what} was valid until ${iso(validUntil)}, and it is ${iso(at)}`, anotherMirror);
  const days = oldestDays(release);
  if (!validUntil && at.getTime() - date.getTime() > days * day) {
    throw outdated(
      `${what} is from ${iso(date)}: more than ${days} days before ${iso(at)}, and it says of no day until which it is valid`,
      anotherMirror,
    );
  }
}

/** @throws ToolError INDEX_OUTDATED when a newer Release of the suite was seen before */
export function checkNotRolledBack(date: Date, seen: Date | undefined, what: string): void {
  if (!seen || date.getTime() >= seen.getTime()) return;
  throw outdated(`${what} is from ${iso(date)}, and one from ${iso(seen)} was seen before`, anotherMirror);
}

const anotherMirror =
  'The mirror is out of date, or keeps back what is newer: name another one (debian.mirror in coracle.yaml). For the archive as it stood on a day, set debian.snapshot.';

function iso(date: Date): string {
  return date.toISOString().slice(0, 19) + 'Z';
}

function outdated(message: string, hint: string): ToolError {
  return new ToolError('INDEX_OUTDATED', message, { hint });
}
