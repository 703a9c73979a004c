import { ToolError } from '../../core/errors.ts';
import { candidatesOf } from './candidates.ts';
import { chainOf, makeChosens } from './chosen.ts';
import type { Chosen, Chosens } from './chosen.ts';
import { writeRelation } from './relations.ts';
import type { LockedPackage, PackageIndex, PackageRecord, Relation, Relations } from './types.ts';
import { compareVersions } from './versions.ts';

export interface ResolveOptions {
  /** Packages of these names come as they were: the same version, the same bytes. */
  readonly locked?: readonly LockedPackage[];
  /** Names that count as there already and do not come along: what a base leaves out on purpose. */
  readonly without?: readonly string[];
  /** Packages marked Essential come along, which no package names among its needs. Default false. */
  readonly essential?: boolean;
}

/**
 * The packages that `wanted` needs, itself among them, by name: what Pre-Depends and Depends ask for, with versions, alternatives and
 * virtual packages; never what is only recommended. Of each package the newest version that will do comes. An alternative that is met
 * already counts before all others; then the first that can be had; of a virtual package's providers, the one of the highest priority.
 * @param wanted names, as `name` or `name=version`
 * @throws ToolError PACKAGE_UNRESOLVABLE with the chain that leads to what cannot be had; LOCK_MISMATCH
 */
export function resolvePackages(
  index: PackageIndex,
  wanted: readonly string[],
  options: ResolveOptions = {},
): PackageRecord[] {
  const chosen = makeChosens();
  const queue: Chosen[] = [];
  const add = (record: PackageRecord, by: Chosen | undefined): void => {
    const one = { record, by };
    chosen.add(one);
    queue.push(one);
  };
  const need = (alternatives: readonly Relation[], by: Chosen | undefined): void => {
    const without = options.without ?? [];
    if (alternatives.some((one) => without.includes(one.name) || chosen.satisfy(one))) return;
    const candidates = alternatives
      .flatMap((one) => candidatesOf(index, one, options.locked ?? []))
      .filter((record) => !chosen.get(record.name));
    // Where none fits, the first comes all the same: the error then names the two that cannot be together.
    const candidate = candidates.find((record) => chosen.fit(record)) ?? candidates[0];
    if (!candidate) throw unresolvable(alternatives, by, chosen, index);
    add(candidate, by);
  };
  // All that is asked for by name comes first, so that it can meet what the others need.
  const asked = wanted.map(parseWanted);
  for (const relation of asked.filter(({ name }) => index.versions(name).length > 0))
    need([relation], undefined);
  if (options.essential === true)
    for (const { name, essential } of index.required()) if (essential) need([{ name }], undefined);
  for (const relation of asked) need([relation], undefined);
  for (let one = queue.shift(); one; one = queue.shift())
    for (const alternatives of needs(one.record)) need(alternatives, one);
  chosen.checkConflicts();
  return chosen
    .all()
    .map(({ record }) => record)
    .sort((one, other) => (one.name < other.name ? -1 : one.name > other.name ? 1 : 0));
}

function needs({ preDepends, depends }: PackageRecord): Relations {
  return [...preDepends, ...depends];
}

function parseWanted(text: string): Relation {
  const [, name, version] = /^([a-z0-9][a-z0-9+.-]*)(?:=([A-Za-z0-9.+:~-]+))?$/.exec(text) ?? [];
  if (name === undefined) {
    throw new ToolError('PACKAGE_UNRESOLVABLE', `${JSON.stringify(text)} is no name of a Debian package`, {
      hint: 'Write packages as name or name=version.',
    });
  }
  return version === undefined ? { name } : { name, version: { operator: '=', version } };
}

function unresolvable(
  alternatives: readonly Relation[],
  by: Chosen | undefined,
  chosen: Chosens,
  index: PackageIndex,
): ToolError {
  const wanted = alternatives.map(writeRelation).join(' | ');
  const asker = by === undefined ? '' : `, which ${by.record.name} needs`;
  const reasons = alternatives.map((one) => reasonOf(one, chosen, index));
  return new ToolError('PACKAGE_UNRESOLVABLE', `${wanted} cannot be had${asker}: ${reasons.join('; ')}`, {
    ...(by && { detail: chainOf(by) }),
    hint: 'Look at the name, the release and the components (debian.release, debian.components in coracle.yaml).',
  });
}

function reasonOf({ name }: Relation, chosen: Chosens, index: PackageIndex): string {
  const present = chosen.get(name);
  if (present) return `${name} is to be ${present.record.version} (${chainOf(present)})`;
  const versions = index.versions(name).map(({ version }) => version);
  if (versions.length > 0) return `of ${name} there is ${versions.sort(compareVersions).join(' and ')}`;
  return index.providers(name).length > 0
    ? `nothing that provides ${name} will do`
    : `there is no package ${name}`;
}
