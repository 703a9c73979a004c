import type { Lock } from '../config/lock.ts';
import type { LockedBase, LockedPackage } from '../bases/types.ts';

/** What differs between two locks, a line each, for people: `go: 1.26.7 -> 1.26.8`. */
export function changesOf(before: Lock | undefined, after: Lock): string[] {
  const [old, now] = [flat(before), flat(after)];
  const plain = [...new Set([...old.keys(), ...now.keys()])]
    .filter((key) => old.get(key) !== now.get(key))
    .map((key) => arrow(key, old.get(key), now.get(key)));
  return [...plain, ...composedChanges(before?.composed, after.composed)];
}

function flat(lock: Lock | undefined): Map<string, string> {
  const hashes = Object.entries(lock?.go?.hash ?? {});
  const bases = Object.entries(lock?.bases ?? {});
  return new Map([
    ...(lock?.go ? [['go', lock.go.version] as const] : []),
    ...hashes.map(([arch, hash]) => [`go ${arch}`, hash] as const),
    ...(lock?.caBundle ? [['CA bundle', `${lock.caBundle.source} ${lock.caBundle.digest}`] as const] : []),
    ...(lock?.zoneinfo ? [['time zones', `${lock.zoneinfo.source} ${lock.zoneinfo.digest}`] as const] : []),
    ...bases.map(([reference, digest]) => [`base ${reference}`, digest] as const),
  ]);
}

/** A base that is new or gone is one line; of one that stays, each package that changed is. */
function composedChanges(before: Lock['composed'], after: Lock['composed']): string[] {
  // That bases may be composed is written down too, so that the file does not change once more when one is.
  const first = after && !before ? ['composed bases: (none) -> pinned'] : [];
  const keys = [...new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})])].sort();
  const lines = keys.flatMap((key) => {
    const [old, now] = [before?.[key], after?.[key]];
    const name = key.replace(/ [0-9a-f]+$/, '');
    if (!old || !now) return [arrow(`base ${name}`, old && told(old), now && told(now))];
    return [
      ...(old.source === now.source ? [] : [arrow(`base ${name}`, old.source, now.source)]),
      ...packageChanges(old, now).map((line) => `${name} ${line}`),
    ];
  });
  return lines.length > 0 ? lines : first;
}

function told({ source, packages }: LockedBase): string {
  return `${packages.length} packages of ${source}`;
}

function packageChanges(before: LockedBase, after: LockedBase): string[] {
  const by = ({ packages }: LockedBase): Map<string, LockedPackage> =>
    new Map(packages.map((one) => [one.name, one]));
  const [old, now] = [by(before), by(after)];
  return [...new Set([...old.keys(), ...now.keys()])].sort().flatMap((name) => {
    const [one, other] = [old.get(name), now.get(name)];
    if (one?.sha256 === other?.sha256 && one?.version === other?.version) return [];
    const same = one?.version === other?.version;
    return [arrow(name, one && text(one, same), other && text(other, same))];
  });
}

/** The hash is told only where the version says no difference. */
function text({ version, sha256 }: LockedPackage, withHash: boolean): string {
  return withHash ? `${version} (${sha256.slice(0, 12)})` : version;
}

function arrow(what: string, before: string | undefined, after: string | undefined): string {
  return `${what}: ${before ?? '(none)'} -> ${after ?? '(none)'}`;
}
