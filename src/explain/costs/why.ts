/** Answers `--why`: which imports bring a module or package into the program. */
import { closest } from '../../core/closest.ts';
import { ToolError } from '../../core/errors.ts';
import type { ImportGraph } from '../types.ts';
import { chainTo, shortestWays } from './graph.ts';

export interface Why {
  /** As asked, without a version. */
  readonly name: string;
  readonly kind: 'module' | 'package';
  /** Import paths from the main package to the one asked for, shortest first: one chain for each import that brings it in. */
  readonly chains: readonly (readonly string[])[];
  /** Chains that are not listed. */
  readonly more: number;
}

/** Chains that are listed. */
const mostChains = 10;

/**
 * Why a module (`github.com/x/y`, with or without a version) or a package is in the program. Each package outside it that imports one of
 * its packages gives one chain, the shortest from the main package to there.
 * @throws ToolError NOT_FOUND when nothing of that name is in the program
 */
export function whyModule(graph: ImportGraph, asked: string): Why {
  const name = asked.replace(/(?<=.)@[^@]*$/, '');
  const ways = shortestWays(graph);
  const reached = (index: number): boolean => index === 0 || ways[index] !== -1;
  const ofModule = graph.packages.map(({ module }, index) => module?.path === name && reached(index));
  const kind = ofModule.includes(true) ? 'module' : 'package';
  const inside =
    kind === 'module' ? ofModule : graph.packages.map(({ path }, index) => path === name && reached(index));
  if (!inside.includes(true)) throw notThere(graph, name);
  // The ways around its own packages: what leads through them does not say what brings it in.
  const around = shortestWays(graph, (index) => inside[index] === true);
  const chains = graph.imports.flatMap((next, from) => {
    if (inside[from] === true || (from !== 0 && around[from] === -1)) return [];
    const to = next.find((index) => inside[index] === true);
    return to === undefined ? [] : [[...chainTo(graph, around, from), graph.packages[to]?.path ?? '']];
  });
  chains.sort((a, b) => a.length - b.length || (a.join(' ') < b.join(' ') ? -1 : 1));
  if (inside[0] === true) chains.unshift([graph.packages[0]?.path ?? '']);
  return {
    name,
    kind,
    chains: chains.slice(0, mostChains),
    more: Math.max(0, chains.length - mostChains),
  };
}

function notThere(graph: ImportGraph, name: string): ToolError {
  const names = new Set(
    graph.packages.flatMap(({ path, module }) => [path, ...(module ? [module.path] : [])]),
  );
  const last = name.split('/').at(-1) ?? name;
  const meant = closest(name, names);
  const near = [...names].filter((each) => each.includes(name) || each.split('/').includes(last)).slice(0, 5);
  return new ToolError('NOT_FOUND', `nothing of ${name} is in the program`, {
    hint:
      meant !== undefined
        ? `Did you mean ${meant}?`
        : near.length > 0
          ? `In it are ${near.join(', ')}.`
          : 'A module that go.mod requires is only in the program when a package of it is imported.',
  });
}
