import { ToolError } from '../../core/errors.ts';
import { writeRelation } from './relations.ts';
import type { PackageRecord, Relation } from './types.ts';
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

/** The packages chosen so far, to be found by what others ask for or refuse. */
export interface Chosens {
  add(one: Chosen): void;
  get(name: string): Chosen | undefined;
  all(): Chosen[];
  /** Whether one of them is what the relation asks for. */
  satisfy(relation: Relation): boolean;
  /** Whether none of them refuses the package, and it none of them. */
  fit(record: PackageRecord): boolean;
  /** @throws ToolError PACKAGE_UNRESOLVABLE naming both when two of them cannot be together */
  checkConflicts(): void;
}

export function makeChosens(): Chosens {
  const byName = new Map<string, Chosen>();
  const byProvided = new Map<string, Chosen[]>();
  const byRefused = new Map<string, Chosen[]>();
  const find = (relation: Relation, except?: PackageRecord): Chosen | undefined => {
    const named = byName.get(relation.name);
    return [...(named ? [named] : []), ...(byProvided.get(relation.name) ?? [])].find(
      ({ record }) => record !== except && answers(record, relation),
    );
  };
  return {
    add: (one) => {
      byName.set(one.record.name, one);
      for (const { name } of one.record.provides.flat()) push(byProvided, name, one);
      for (const { name } of refusals(one.record)) push(byRefused, name, one);
    },
    get: (name) => byName.get(name),
    all: () => [...byName.values()],
    satisfy: (relation) => find(relation) !== undefined,
    fit: (record) => {
      if (refusals(record).some((relation) => find(relation) !== undefined)) return false;
      const names = [record.name, ...record.provides.flat().map(({ name }) => name)];
      return !names
        .flatMap((name) => byRefused.get(name) ?? [])
        .some(({ record: other }) => refusals(other).some((relation) => answers(record, relation)));
    },
    checkConflicts: () => {
      for (const one of byName.values()) {
        for (const relation of refusals(one.record)) {
          // A package may conflict with a virtual one that it provides itself: it is then the only one that may.
          const other = find(relation, one.record);
          if (other) throw conflict(one, other, relation);
        }
      }
    },
  };
}

function push(map: Map<string, Chosen[]>, name: string, one: Chosen): void {
  const list = map.get(name);
  if (list) list.push(one);
  else map.set(name, [one]);
}

function refusals({ conflicts, breaks }: PackageRecord): readonly Relation[] {
  return [...conflicts, ...breaks].flat();
}

function conflict(one: Chosen, other: Chosen, relation: Relation): ToolError {
  const [left, right] = [one.record, other.record];
  const verb = left.conflicts.flat().includes(relation) ? 'conflicts with' : 'breaks';
  return new ToolError(
    'PACKAGE_UNRESOLVABLE',
    `${left.name} ${left.version} and ${right.name} ${right.version} cannot be together: ${left.name} ${verb} ${writeRelation(relation)}`,
    { detail: `${chainOf(one)}\n${chainOf(other)}`, hint: 'Leave one of them out.' },
  );
}
