/** The costs of one program, from its ledger and, when it is there, its source. */
import type { Ctx } from '../../core/ctx.ts';
import type { ListedPackage } from '../../golang/package-list.ts';
import type { Ledger } from '../../golang/ledger/types.ts';
import type { Costs } from '../types.ts';
import { allAdvice } from './advice/all.ts';
import { graphBytes, packageBytes } from './bytes.ts';
import { dominatedSums, dominatorsOf } from './dominators.ts';
import { importGraph, shortestWays } from './graph.ts';
import { importCosts } from './imports.ts';
import { moduleCosts, moduleCostsOfFile } from './modules.ts';
import type { WhatIf } from './what-if.ts';

/** What the file alone tells: whose the bytes are, and advice that needs no import graph. */
export async function costsOfFile(ledger: Ledger): Promise<Costs> {
  const modules = moduleCostsOfFile(ledger);
  const limits = ['what would go with a module only the source tells: name it with --source DIR'];
  return { modules, advice: await allAdvice({ ledger, packages: packageBytes(ledger), modules }), limits };
}

/**
 * What a program costs whose packages are listed.
 * @param whatIf undefined when nothing may be built for it
 */
export async function costsOfSource(
  ctx: Ctx,
  ledger: Ledger,
  listed: readonly ListedPackage[],
  whatIf?: WhatIf,
): Promise<Costs> {
  const graph = importGraph(listed);
  const own = graphBytes(ledger, graph);
  const modules = moduleCosts(graph, own);
  const imports = importCosts(graph, own);
  const advice = await allAdvice({
    ledger,
    packages: packageBytes(ledger),
    modules,
    source: {
      ctx,
      graph,
      imports,
      listed,
      drops: dominatedSums(dominatorsOf(graph.imports), own),
      ways: shortestWays(graph),
      ...(whatIf ? { whatIf } : {}),
    },
  });
  return { modules, imports, advice, limits: limitsOf(listed), graph };
}

/** Packages that could not be loaded are holes in the graph. */
function limitsOf(listed: readonly ListedPackage[]): string[] {
  const broken = listed.filter(({ Error: error }) => error !== undefined).map(({ ImportPath: name }) => name);
  return broken.length === 0 ? [] : [`packages that could not be read: ${broken.slice(0, 5).join(', ')}`];
}
