import { ToolError } from '../../core/errors.ts';
import { writeRelation } from './relations.ts';
import type { PackageRecord, Relation, Relations } from './types.ts';
import { meets } from './versions.ts';

/** A package that is to come, and the one that asked for it. */
export interface Chosen {
  readonly record: PackageRecord;
  readonly by: Chosen | undefined;
}

/** `libc6 2.36-9, which libgcc-s1 needs, which gcc needs`. */
export function chainOf(chosen: Chosen): string {
  const parts = [`${chosen.record.name} ${chosen.record.version}`];
  for (let by = chosen.by; by; by = by.by) parts.push(`which ${by.record.name} needs`);
  return parts.join(', ');
}

/** Whether a package is what the relation asks for, by its name or by what it provides. */
export function answers(record: PackageRecord, relation: Relation): boolean {
  if (!fitsArchitecture(record, relation)) return false;
  if (record.name === relation.name && meets(record.version, relation.version)) return true;
  return record.provides.some((group) =>
    group.some(({ name, version }) => {
      if (name !== relation.name) return false;
      // What is provided without a version has none that could be compared (policy, section 7.5).
      if (!relation.version) return true;
      return version?.operator === '=' && meets(version.version, relation.version);
    }),
  );
}

/** An index holds one architecture and what fits all; packages for others are not to be had from it. */
function fitsArchitecture(record: PackageRecord, { architecture }: Relation): boolean {
  return architecture === undefined || architecture === 'any' || architecture === record.architecture;
}

/** Whether one of the chosen is what the relation asks for. */
export function satisfies(relation: Relation, chosen: ReadonlyMap<string, Chosen>): boolean {
  const named = chosen.get(relation.name);
  if (named && answers(named.record, relation)) return true;
  for (const { record } of chosen.values())
    if (record.provides.length > 0 && answers(record, relation)) return true;
  return false;
}

/** How one package refuses another: `breaks libc6 (<< 2.38)`; undefined when it does not. */
function refusal(record: PackageRecord, other: PackageRecord): string | undefined {
  // A package may conflict with a virtual one that it provides itself: it is then the only one that may.
  if (record === other) return undefined;
  const find = (relations: Relations): Relation | undefined =>
    relations.flat().find((relation) => answers(other, relation));
  const conflicting = find(record.conflicts);
  if (conflicting) return `conflicts with ${writeRelation(conflicting)}`;
  const broken = find(record.breaks);
  return broken && `breaks ${writeRelation(broken)}`;
}

/** Whether a package can be beside all that are chosen. */
export function fits(record: PackageRecord, chosen: ReadonlyMap<string, Chosen>): boolean {
  for (const { record: other } of chosen.values())
    if (refusal(record, other) !== undefined || refusal(other, record) !== undefined) return false;
  return true;
}

/** @throws ToolError PACKAGE_UNRESOLVABLE naming both when two of the packages cannot be together */
export function checkConflicts(chosen: readonly Chosen[]): void {
  for (const one of chosen) {
    for (const other of chosen) {
      const how = refusal(one.record, other.record);
      if (how !== undefined) throw conflict(one, other, how);
    }
  }
}

function conflict(one: Chosen, other: Chosen, how: string): ToolError {
  const [left, right] = [one.record, other.record];
  return new ToolError(
    'PACKAGE_UNRESOLVABLE',
    `${left.name} ${left.version} and ${right.name} ${right.version} cannot be together: ${left.name} ${how}`,
    { detail: `${chainOf(one)}\n${chainOf(other)}`, hint: 'Leave one of them out.' },
  );
}
