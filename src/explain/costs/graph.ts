/**
 * costs/ says what the imports of a Go program cost: what would go with each, who brings it in, what makes the program bigger than it
 * must be. It must not know images or terminals. This file makes the import graph of what `go list -deps` tells.
 */
import type { ListedPackage } from '../../golang/package-list.ts';
import type { GraphPackage, ImportGraph } from '../types.ts';

/**
 * The graph of a program's packages, those that Go's linker adds by itself (the runtime, and what race detector and cgo need) included:
 * these are imports of the main package that nobody wrote.
 * @param listed all packages of one program, dependencies first, as `go list -deps` gives them
 */
export function importGraph(listed: readonly ListedPackage[]): ImportGraph {
  const [root, ...others] = [...listed].reverse();
  if (root === undefined) return { packages: [], imports: [], linker: [] };
  const all = [root, ...others];
  const numbers = new Map(all.map(({ ImportPath: name }, index) => [name, index]));
  const imported = new Set<number>([0]);
  const imports = all.map(({ Imports: names = [], ImportMap: map = {} }) => {
    const found = names
      .map((name) => numbers.get(map[name] ?? name))
      .filter((number) => number !== undefined);
    for (const number of found) imported.add(number);
    return found;
  });
  const unasked = all.map((_, index) => index).filter((index) => !imported.has(index));
  const runtime = numbers.get('runtime');
  const linker = [...new Set([...unasked, ...(runtime === undefined ? [] : [runtime])])];
  return {
    packages: all.map((found) => packageOf(found, root.Module?.Path)),
    imports: [[...new Set([...(imports[0] ?? []), ...linker])], ...imports.slice(1)],
    linker,
  };
}

function packageOf(found: ListedPackage, mainModule: string | undefined): GraphPackage {
  const { ImportPath: path, Module: module, Standard: standard } = found;
  if (module === undefined || standard === true) return { path };
  const version = module.Replace?.Version ?? module.Version ?? '(devel)';
  return {
    path,
    module: { path: module.Path, version, main: module.Main === true || module.Path === mainModule },
  };
}

/** Steps from the main package to each package, by the shortest way: the package before it; -1 for main and what is not reached. */
export function shortestWays({ imports }: ImportGraph, without?: (index: number) => boolean): Int32Array {
  const before = new Int32Array(imports.length).fill(-1);
  const seen = new Uint8Array(imports.length);
  const queue = imports.length > 0 && without?.(0) !== true ? [0] : [];
  seen[0] = 1;
  for (const node of queue) {
    for (const to of imports[node] ?? []) {
      if (seen[to] === 1 || without?.(to) === true) continue;
      seen[to] = 1;
      before[to] = node;
      queue.push(to);
    }
  }
  return before;
}

/** The import paths from the main package to a package. */
export function chainTo(graph: ImportGraph, before: Int32Array, to: number): string[] {
  const chain: string[] = [];
  for (let node = to; node !== -1; node = before[node] ?? -1) chain.push(graph.packages[node]?.path ?? '');
  return chain.reverse();
}
