import type { Measures } from '../sums/measures.ts';
import type { Budget, Subject } from './parse.ts';

/** One number that a budget limits. */
export interface Measured {
  /** Which of several: a path, a module. */
  readonly name?: string;
  readonly value: number;
}

export interface Verdict {
  readonly budget: Budget;
  /** `absent`: nothing of that name is there, which keeps within any size. `not applicable`: this sort of thing has none. */
  readonly state: 'kept' | 'broken' | 'absent' | 'not applicable';
  /** The one that is nearest to the limit, or farthest over it. */
  readonly worst?: Measured;
  /** How many break it. */
  readonly broken: number;
}

/** Holds numbers against limits. */
export function checkBudgets(budgets: readonly Budget[], measures: Measures): Verdict[] {
  return budgets.map((budget) => checkBudget(budget, measures));
}

export function checkBudget(budget: Budget, measures: Measures): Verdict {
  const all = measured(budget, measures);
  if (all === undefined) return { budget, state: 'not applicable', broken: 0 };
  const found = all.length === 0 ? [{ value: 0 }] : all;
  const up = budget.relation.startsWith('<') ? 1 : -1;
  const worst = found.reduce((most, each) => (up * each.value > up * most.value ? each : most));
  const broken = found.filter(({ value }) => !keeps(value, budget)).length;
  const state = broken > 0 ? 'broken' : all.length === 0 ? 'absent' : 'kept';
  return { budget, state, worst, broken };
}

function keeps(value: number, { relation, limit }: Budget): boolean {
  if (relation === '<') return value < limit;
  if (relation === '<=') return value <= limit;
  return relation === '>' ? value > limit : value >= limit;
}

/** What the budget is about; undefined when this sort of thing cannot have it, none when it just is not there. */
function measured({ subject, name }: Budget, measures: Measures): Measured[] | undefined {
  if (measures.kind !== 'image' && ofImages.has(subject)) return undefined;
  if (measures.kind === 'binary' && ofFiles.has(subject)) return undefined;
  const { binaries, layers } = measures;
  const only = (value: number | undefined): Measured[] | undefined =>
    value === undefined ? undefined : [{ value }];
  switch (subject) {
    case 'image':
    case 'size':
      return only(measures.size);
    case 'unpacked':
      return only(measures.unpacked);
    case 'efficiency':
      return only(measures.efficiency);
    case 'files':
      return only(measures.fileCount);
    case 'layers':
      return only(layers.length);
    case 'binaries':
      return only(binaries.length);
    case 'secrets':
      return only(measures.secrets);
    case 'modules':
      return only(new Set(binaries.flatMap(({ modules }) => modules.map(({ path }) => path))).size);
    case 'packages':
      return only(new Set(binaries.flatMap(({ packages }) => packages.map((each) => each.name))).size);
    case 'layer':
      return pick(
        layers.map(({ bytes }, index) => ({ name: String(index + 1), value: bytes })),
        name,
      );
    case 'binary':
      return pick(
        binaries.map(({ path, bytes }) => ({ name: path, value: bytes })),
        name,
      );
    case 'file':
      return pick(
        Object.entries(measures.files).map(([path, value]) => ({ name: path, value })),
        name,
      );
    case 'waste':
      return wasteOf(measures, name);
    case 'module':
      return pick(
        summed(binaries.flatMap(({ modules }) => modules.map(({ path, bytes }) => [path, bytes]))),
        name,
      );
    case 'package':
    default:
      return pick(
        summed(binaries.flatMap(({ packages }) => packages.map((each) => [each.name, each.bytes]))),
        name,
      );
  }
}

const ofImages = new Set<Subject>(['image', 'unpacked', 'layer', 'layers']);
const ofFiles = new Set<Subject>(['efficiency', 'files', 'file', 'waste', 'binaries', 'secrets']);

function pick(all: readonly Measured[], name: string | undefined): Measured[] {
  return all.filter((each) => name === undefined || each.name === name);
}

function wasteOf({ waste }: Measures, name: string | undefined): Measured[] {
  const kinds = pick(
    Object.entries(waste).map(([kind, value]) => ({ name: kind, value })),
    name,
  );
  const value = kinds.reduce((sum, kind) => sum + kind.value, 0);
  return [{ ...(name === undefined ? {} : { name }), value }];
}

/** The same name in several binaries counts together. */
function summed(pairs: readonly (readonly [string, number])[]): Measured[] {
  const sums = new Map<string, number>();
  for (const [name, bytes] of pairs) sums.set(name, (sums.get(name) ?? 0) + bytes);
  return [...sums].map(([name, value]) => ({ name, value }));
}
