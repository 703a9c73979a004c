import { ToolError } from '../../core/errors.ts';
import { answers } from './chosen.ts';
import type { LockedPackage, PackageIndex, PackageRecord, Relation } from './types.ts';

const priorities = ['required', 'important', 'standard', 'optional', 'extra'];

/**
 * What a relation can be met with, best first: the package of that name, newest version first; then those that provide the name, by
 * priority, then by name. Of a package that is locked only the locked version.
 * @throws ToolError LOCK_MISMATCH when the index does not have that version any more, or with other bytes
 */
export function candidatesOf(
  index: PackageIndex,
  relation: Relation,
  locked: readonly LockedPackage[],
): PackageRecord[] {
  const held = (record: PackageRecord): boolean => {
    const lock = locked.find(({ name }) => name === record.name);
    return !lock || isSame(record, lock);
  };
  const named = index.versions(relation.name);
  const lock = locked.find(({ name }) => name === relation.name);
  if (lock && named.length > 0 && !named.some((record) => isSame(record, lock))) throw gone(lock, named);
  const providers = index
    .providers(relation.name)
    .filter((record) => record.name !== relation.name && isNewest(index, record, locked))
    .sort((one, other) => rank(one) - rank(other));
  return [...named, ...providers].filter((record) => held(record) && answers(record, relation));
}

/** A package that provided something in an older version may not do so any more: only the version that would come counts. */
function isNewest(index: PackageIndex, record: PackageRecord, locked: readonly LockedPackage[]): boolean {
  if (locked.some(({ name }) => name === record.name)) return true;
  return index.versions(record.name)[0]?.version === record.version;
}

function rank({ priority }: PackageRecord): number {
  const place = priorities.indexOf(priority);
  return place === -1 ? priorities.length : place;
}

function isSame(record: PackageRecord, { version, sha256 }: LockedPackage): boolean {
  return record.version === version && record.sha256 === sha256;
}

function gone(lock: LockedPackage, named: readonly PackageRecord[]): ToolError {
  const same = named.find(({ version }) => version === lock.version);
  const now = same ? 'with other bytes' : `only as ${named.map(({ version }) => version).join(', ')}`;
  return new ToolError(
    'LOCK_MISMATCH',
    `coracle.lock pins ${lock.name} ${lock.version}, and the archive has it ${now}`,
    {
      hint: 'Update the lock (coracle lock), or set debian.snapshot to a day on which the archive had that version.',
    },
  );
}
