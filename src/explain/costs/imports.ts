/** What each import that the main module makes costs. */
import type { ImportCost, ImportGraph } from '../types.ts';
import { dominatedSums, dominatorsOf } from './dominators.ts';
import type { Dominators, Edges } from './dominators.ts';
import { packagesByModule } from './modules.ts';

interface Edge {
  readonly from: number;
  readonly to: number;
}

/**
 * Imports of packages outside the main module, largest `drop` first. Each such import becomes a node of its own between its two ends:
 * what this node dominates is what would go with the import. Of imports that share what they bring in, none drops it.
 * @param own bytes of each package of the graph
 */
export function importCosts(graph: ImportGraph, own: Float64Array): ImportCost[] {
  const written = edgesOfMain(graph);
  const dominators = dominatorsOf(withNodesFor(graph, written));
  const sums = dominatedSums(dominators, own);
  const modules = modulesGone(graph, dominators);
  const costs = written.map((edge, index): ImportCost => {
    const node = graph.packages.length + index;
    const module = graph.packages[edge.to]?.module?.path;
    return {
      from: graph.packages[edge.from]?.path ?? '',
      to: graph.packages[edge.to]?.path ?? '',
      ...(module === undefined ? {} : { module }),
      drop: sums[node] ?? 0,
      alone: (modules.get(node) ?? []).sort(),
    };
  });
  return costs
    .filter(({ drop }) => drop > 0)
    .sort((a, b) => b.drop - a.drop || (`${a.from} ${a.to}` < `${b.from} ${b.to}` ? -1 : 1));
}

/** What the linker adds by itself nobody can take out. */
function edgesOfMain({ packages, imports, linker }: ImportGraph): Edge[] {
  const always = new Set(linker);
  return packages.flatMap(({ module }, from) => {
    if (from !== 0 && module?.main !== true) return [];
    return (imports[from] ?? [])
      .filter((to) => packages[to]?.module?.main !== true && !always.has(to))
      .map((to) => ({ from, to }));
  });
}

function withNodesFor({ packages, imports }: ImportGraph, edges: readonly Edge[]): Edges {
  const between = new Map<number, Map<number, number>>();
  edges.forEach(({ from, to }, index) => {
    const known = between.get(from) ?? new Map<number, number>();
    known.set(to, packages.length + index);
    between.set(from, known);
  });
  return [
    ...imports.map((next, from) => next.map((to) => between.get(from)?.get(to) ?? to)),
    ...edges.map(({ to }) => [to]),
  ];
}

/** For each node the modules all of whose packages it dominates. */
function modulesGone(graph: ImportGraph, { parent }: Dominators): Map<number, string[]> {
  const gone = new Map<number, string[]>();
  for (const [module, packages] of packagesByModule(graph, (index) => parent[index] !== -1)) {
    const [first = 0, ...rest] = packages;
    let common = waysUp(parent, first);
    for (const index of rest) {
      const up = new Set(waysUp(parent, index));
      common = common.filter((node) => up.has(node));
    }
    for (const node of common) {
      const known = gone.get(node);
      if (known) known.push(module);
      else gone.set(node, [module]);
    }
  }
  return gone;
}

function waysUp(parent: Int32Array, node: number): number[] {
  const up = [node];
  for (let at = node; at !== 0; up.push(at)) at = parent[at] ?? 0;
  return up;
}
