import { ToolError } from '../../core/errors.ts';
import { compareNames } from '../../layer/names.ts';
import { parseAlpineRelation, writeAlpineRelation } from './relations.ts';
import type { AlpineIndex, AlpinePackage, AlpineRelation } from './types.ts';
import { compareAlpineVersions, meetsAlpine } from './versions.ts';

/** Times that a choice may turn out wrong before we give up. */
const mostAttempts = 500;

/** Something that must hold, and who says so. */
interface Demand {
  readonly relation: AlpineRelation;
  readonly by: string;
}

/**
 * The packages that are wanted, with all that they need: of each name one version, the newest that everything allows; no two that exclude each
 * other; and what comes by itself when others are there (install_if). Sorted by name.
 * @param wanted as in /etc/apk/world: `busybox`, `musl=1.2.5-r0`, `!gcompat`
 * @throws ToolError PACKAGE_UNRESOLVABLE, naming who asks for what
 */
export function resolveAlpine(index: AlpineIndex, wanted: readonly string[]): AlpinePackage[] {
  // What a wrong choice teaches: for a package's name, what it must also meet. Each attempt begins anew with all of it.
  const lessons = new Map<string, Demand[]>();
  const excluded = new Set<AlpinePackage>();
  for (let attempt = 0; attempt < mostAttempts; attempt++) {
    const world = wanted.map((word) => ({ relation: parseAlpineRelation(word), by: 'the list of packages' }));
    const result = tryToResolve(index, world, lessons, excluded);
    if (Array.isArray(result)) return result.sort((one, other) => compareNames(one.name, other.name));
    learn(lessons, excluded, result, index);
  }
  throw unresolvable('the packages cannot be had together: too many of them exclude each other');
}

/** A choice that a later demand contradicts. */
interface Conflict {
  readonly chosen: AlpinePackage;
  readonly demand: Demand;
}

function tryToResolve(
  index: AlpineIndex,
  world: readonly Demand[],
  lessons: ReadonlyMap<string, readonly Demand[]>,
  excluded: ReadonlySet<AlpinePackage>,
): AlpinePackage[] | Conflict {
  const chosen = new Map<string, AlpinePackage>();
  const forbidden: Demand[] = [];
  const queue = [...world];
  const preferred = new Set(world.map(({ relation }) => relation.name));
  for (;;) {
    for (let demand = queue.shift(); demand; demand = queue.shift()) {
      if (demand.relation.conflict) {
        forbidden.push(demand);
        continue;
      }
      const clash = contradicts(demand, chosen);
      if (clash) return clash;
      if ([...chosen.values()].some((one) => gives(one, demand?.relation))) continue;
      const found = choose(index, demand, lessons, { forbidden, excluded, preferred });
      const same = chosen.get(found.name);
      if (same) return { chosen: same, demand };
      chosen.set(found.name, found);
      queue.push(...found.depends.map((relation) => ({ relation, by: nameOf(found) })));
    }
    for (const demand of forbidden) {
      const against = [...chosen.values()].find(
        (one) => nameOf(one) !== demand.by && gives(one, { ...demand.relation, conflict: false }),
      );
      if (against) return { chosen: against, demand };
    }
    const more = comesByItself(index, chosen, forbidden);
    if (!more) return [...chosen.values()];
    chosen.set(more.name, more);
    queue.push(...more.depends.map((relation) => ({ relation, by: nameOf(more) })));
  }
}

/** A demand by a package's own name that the chosen version of it does not meet. */
function contradicts(demand: Demand, chosen: ReadonlyMap<string, AlpinePackage>): Conflict | undefined {
  const same = chosen.get(demand.relation.name);
  return same && !gives(same, demand.relation) ? { chosen: same, demand } : undefined;
}

interface Limits {
  readonly forbidden: readonly Demand[];
  readonly excluded: ReadonlySet<AlpinePackage>;
  /** What the user names comes before what else provides the same. */
  readonly preferred: ReadonlySet<string>;
}

function choose(
  index: AlpineIndex,
  demand: Demand,
  lessons: ReadonlyMap<string, readonly Demand[]>,
  { forbidden, excluded, preferred }: Limits,
): AlpinePackage {
  const { relation, by } = demand;
  const allowed = (one: AlpinePackage): boolean =>
    !excluded.has(one) &&
    gives(one, relation) &&
    (lessons.get(one.name) ?? []).every((lesson) => gives(one, lesson.relation)) &&
    !forbidden.some((no) => no.by !== nameOf(one) && gives(one, { ...no.relation, conflict: false }));
  const own = index.versions(relation.name).find(allowed);
  if (own) return own;
  const providers = index.providers(relation.name).filter((one) => allowed(one.package));
  const [best] = providers.sort(
    (one, other) =>
      Number(preferred.has(other.package.name)) - Number(preferred.has(one.package.name)) ||
      other.package.priority - one.package.priority ||
      compareAlpineVersions(other.version ?? '', one.version ?? '') ||
      compareAlpineVersions(other.package.version, one.package.version) ||
      one.package.rank - other.package.rank ||
      compareNames(one.package.name, other.package.name),
  );
  if (!best) throw missing(index, demand, lessons.get(relation.name) ?? []);
  // A name without a version stands for a choice that is the user's to make, unless the repository says which comes first.
  const names = new Set(providers.map((one) => one.package.name));
  const open = best.version === undefined && best.package.priority === 0 && names.size > 1;
  if (open && !preferred.has(best.package.name)) {
    throw unresolvable(
      `${by} asks for ${relation.name}, which ${[...names].sort().join(', ')} provide`,
      'Name the one that you want among the packages.',
    );
  }
  return best.package;
}

/** Whether a package is, or provides, what is asked for. */
function gives(one: AlpinePackage, { name, version }: AlpineRelation): boolean {
  if (one.name === name && meetsAlpine(one.version, version)) return true;
  return one.provides.some(
    (provided) => provided.name === name && meetsAlpine(provided.version?.version, version),
  );
}

/** A package whose every condition holds, and that nothing forbids. */
function comesByItself(
  index: AlpineIndex,
  chosen: ReadonlyMap<string, AlpinePackage>,
  forbidden: readonly Demand[],
): AlpinePackage | undefined {
  const there = (relation: AlpineRelation): boolean =>
    [...chosen.values()].some((one) => gives(one, { ...relation, conflict: false })) !== relation.conflict;
  for (const one of index.all()) {
    if (one.installIf.length === 0 || chosen.has(one.name) || !one.installIf.every(there)) continue;
    if (index.versions(one.name)[0] !== one) continue;
    if (!forbidden.some((no) => gives(one, { ...no.relation, conflict: false }))) return one;
  }
  return undefined;
}

function learn(
  lessons: Map<string, Demand[]>,
  excluded: Set<AlpinePackage>,
  { chosen, demand }: Conflict,
  index: AlpineIndex,
): void {
  // A version that is forbidden, or that is in the way of a provided name, is not taken again.
  if (demand.relation.conflict || demand.relation.name !== chosen.name) {
    excluded.add(chosen);
    return;
  }
  const before = lessons.get(chosen.name) ?? [];
  lessons.set(chosen.name, [...before, demand]);
  const possible = index
    .versions(chosen.name)
    .some((one) => [...before, demand].every(({ relation }) => gives(one, relation)));
  if (!possible) throw missing(index, demand, before);
}

function missing(index: AlpineIndex, { relation, by }: Demand, others: readonly Demand[]): ToolError {
  const versions = index.versions(relation.name).map(({ version }) => version);
  const provided = index.providers(relation.name).map((one) => one.package.name);
  const has =
    versions.length > 0
      ? `the repositories have ${versions.slice(0, 5).join(', ')}`
      : provided.length > 0
        ? `what ${provided.slice(0, 5).join(', ')} provide does not fit`
        : 'no repository has it';
  const also = others.map((one) => `; ${one.by} asks for ${writeAlpineRelation(one.relation)}`).join('');
  return unresolvable(`${by} asks for ${writeAlpineRelation(relation)}: ${has}${also}`);
}

function nameOf({ name, version }: AlpinePackage): string {
  return `${name}-${version}`;
}

function unresolvable(
  message: string,
  hint = 'Look at the names of the packages, or add the repository that has them (alpine.repositories in coracle.yaml).',
): ToolError {
  return new ToolError('PACKAGE_UNRESOLVABLE', message, { hint });
}
