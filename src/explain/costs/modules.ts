/** What each module costs: its own bytes, and what would go with it. */
import type { Ledger } from '../../golang/ledger/types.ts';
import type { ImportGraph, ModuleCost } from '../types.ts';
import { accountBytes } from './bytes.ts';
import { chainTo, shortestWays } from './graph.ts';

/**
 * Costs of all modules but the main one, largest first. A module's `drop` is what could no longer be reached from the main package if
 * none of the module's packages could be imported: several packages may hold up something together, so this is asked of the graph for
 * each module rather than read off the dominators of single packages.
 * @param own bytes of each package of the graph
 */
export function moduleCosts(graph: ImportGraph, own: Float64Array): ModuleCost[] {
  const ways = shortestWays(graph);
  const members = packagesByModule(graph, (index) => ways[index] !== -1);
  const costs = [...members].map(([path, packages]): ModuleCost => {
    const inside = new Set(packages);
    const left = shortestWays(graph, (index) => inside.has(index));
    const gone = (index: number): boolean => left[index] === -1;
    const chains = packages.map((index) => chainTo(graph, ways, index));
    return {
      path,
      version: graph.packages[packages[0] ?? 0]?.module?.version ?? '',
      own: sum(packages, own),
      drop: own.reduce(
        (total, bytes, index) => (index > 0 && ways[index] !== -1 && gone(index) ? total + bytes : total),
        0,
      ),
      alone: [...members]
        .filter(([other, its]) => other !== path && its.every(gone))
        .map(([other]) => other)
        .sort(),
      chain: chains.sort((a, b) => a.length - b.length)[0] ?? [],
    };
  });
  return costs.sort((a, b) => b.drop - a.drop || b.own - a.own || (a.path < b.path ? -1 : 1));
}

/** Indexes of the packages of each module but the main one. */
export function packagesByModule(
  graph: ImportGraph,
  counts: (index: number) => boolean,
): Map<string, number[]> {
  const members = new Map<string, number[]>();
  graph.packages.forEach(({ module }, index) => {
    if (module === undefined || module.main || !counts(index)) return;
    const known = members.get(module.path);
    if (known) known.push(index);
    else members.set(module.path, [index]);
  });
  return members;
}

function sum(indexes: readonly number[], own: Float64Array): number {
  return indexes.reduce((total, index) => total + (own[index] ?? 0), 0);
}

/** What the file alone tells: the modules of its build info, and the bytes of their packages. */
export function moduleCostsOfFile(ledger: Ledger): ModuleCost[] {
  const bytes = accountBytes(ledger);
  const found = new Map<string, { version: string; own: number }>();
  for (const { path, version, replace } of ledger.binary?.buildInfo?.deps ?? [])
    found.set(path, { version: replace?.version || version, own: 0 });
  ledger.accounts.forEach(({ kind, group, module }, index) => {
    if (kind !== 'package' || group !== 'module' || module === undefined) return;
    const known = found.get(module.path) ?? { version: module.version, own: 0 };
    found.set(module.path, { ...known, own: known.own + (bytes[index] ?? 0) });
  });
  return [...found]
    .map(([path, { version, own }]) => ({ path, version, own, drop: own, alone: [], chain: [] }))
    .sort((a, b) => b.own - a.own || (a.path < b.path ? -1 : 1));
}
