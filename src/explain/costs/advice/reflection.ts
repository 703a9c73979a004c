import { withTempDir } from '../../../core/temp.ts';
import type { Adviser, SourceFacts } from '../facts.ts';
import { findMethodLookups } from '../reflection/link.ts';
import { savedWithoutLookups } from '../reflection/overlay.ts';
import { packageOfSymbol } from '../reflection/reasons.ts';
import type { MethodLookup } from '../reflection/reasons.ts';
import { whyModule } from '../why.ts';
import type { WhatIf } from '../what-if.ts';
import type { Advice } from '../../types.ts';

/** Functions that are told with their chains. */
const mostTold = 8;
/** Packages of the standard library whose look-ups depend on what the program gives them when it runs. */
const usual: Readonly<Record<string, string>> = {
  'text/template': 'text/template calls the methods that templates name, known only when they run',
  'net/rpc': 'net/rpc offers all exported methods of what is registered',
};
/** Where nothing looks methods up, the linker leaves these out. */
const lookups = [
  'reflect.Value.Method',
  'reflect.Value.MethodByName',
  'reflect.(*rtype).Method',
  'reflect.(*rtype).MethodByName',
];
const fix =
  'Do without what looks methods up by name: generate code in place of templates, or load templates in a program of their own. One such function that can be reached keeps every exported method of every type that reflection can see.';

/**
 * Reflection that defeats the linker: a function that looks up a method by a name it computes may call any exported method, so all of
 * them stay. Which function, and how main reaches it, the linker itself tells when the source is there.
 */
export const reflection: Adviser = async ({ ledger, source }) => {
  if (source?.whatIf) return fromLinker(source, source.whatIf);
  const names = new Set(ledger.functions.map(({ name }) => name));
  const found = lookups.filter((name) => names.has(name));
  if (found.length === 0) return [];
  const users = Object.entries(usual).filter(([path]) => ledger.accounts.some(({ name }) => name === path));
  return [
    {
      what: 'reflection may keep methods alive that nothing calls',
      because: [
        `${found.join(' and ')} ${found.length === 1 ? 'is' : 'are'} in the program: something looks methods up, if only by names the compiler knows`,
        ...users.map(([, why]) => why),
      ],
      measured: false,
      fix,
    },
  ];
};

async function fromLinker(source: SourceFacts, whatIf: WhatIf): Promise<readonly Advice[]> {
  const callers = await findMethodLookups(source.ctx, whatIf.settings);
  if (callers === undefined || callers.length === 0) return [];
  const packages = new Set(callers.map(({ name }) => packageOfSymbol(name)));
  const saves = await withTempDir(source.ctx, async (temp) =>
    savedWithoutLookups(whatIf, source.listed, packages, temp),
  );
  return [
    {
      what: 'reflection keeps every exported method alive',
      because: [
        ...callers.slice(0, mostTold).map(told),
        ...(callers.length > mostTold ? [`and ${callers.length - mostTold} more such functions`] : []),
        ...[...packages].flatMap((name) => importersOf(source, name)),
        ...Object.entries(usual).flatMap(([path, why]) => (packages.has(path) ? [why] : [])),
        saves === undefined
          ? 'what it costs could not be measured: the program does not compile without these calls'
          : 'measured by building it with these calls taken out',
      ],
      ...(saves === undefined ? {} : { saves }),
      measured: saves !== undefined,
      fix,
    },
  ];
}

/** All who would have to do without a package, for the look-ups in it to go. */
function importersOf({ graph }: SourceFacts, name: string): string[] {
  if (!graph.packages.some(({ path }) => path === name)) return [];
  const { chains, more } = whyModule(graph, name);
  const importers = [...new Set(chains.map((chain) => chain.at(-2)).filter((from) => from !== undefined))];
  return importers.length === 0
    ? []
    : [`${name} is imported by ${importers.join(', ')}${more > 0 ? ` and ${more} more` : ''}`];
}

function told({ name, chain }: MethodLookup): string {
  return `${name} looks methods up by name: ${chain.join(' -> ')}`;
}
