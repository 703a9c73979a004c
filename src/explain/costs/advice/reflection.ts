import { withTempDir } from '../../../core/temp.ts';
import type { Adviser, SourceFacts } from '../facts.ts';
import type { BuildSettings } from '../program.ts';
import { linkWithReasons } from '../reflection/link.ts';
import { askersFor, withoutLookups } from '../reflection/overlay.ts';
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
  // Comparing with a few is far less work than a set of all names.
  const found = lookups.filter((lookup) => ledger.functions.some(({ name }) => name === lookup));
  if (found.length === 0) return [];
  const users = Object.entries(usual).filter(([path]) => ledger.accounts.some(({ name }) => name === path));
  return [
    {
      what: 'reflection may keep methods alive that nothing calls',
      because: [
        `${found.join(', ')} ${found.length === 1 ? 'is' : 'are'} in the program: something looks methods up, if only by names the compiler knows`,
        ...users.map(([, why]) => why),
      ],
      measured: false,
      fix,
    },
  ];
};

async function fromLinker(source: SourceFacts, { settings }: WhatIf): Promise<readonly Advice[]> {
  const { ctx, listed, graph } = source;
  const linked = await linkWithReasons(ctx, settings, 'ask the linker why it keeps methods');
  if (linked === undefined || linked.callers.length + linked.inReflect.length === 0) return [];
  const main = graph.packages[0]?.path ?? 'main';
  const callers = linked.callers.map(({ name }) => packageOfSymbol(name).replace(/^main$/, () => main));
  const askers = linked.inReflect.some(({ name }) => name.includes('.Methods'))
    ? await askersFor('Methods', listed)
    : [];
  const packages = new Map<string, string | undefined>([
    ...askers.map((name) => [name, 'Methods'] as const),
    ...callers.map((name) => [name, undefined] as const),
  ]);
  const measured = await measuredWithout(source, settings, packages, linked.size);
  return [
    {
      what: 'reflection keeps every exported method alive',
      because: [
        ...(callers.length > 0 ? linked.callers : linked.inReflect).slice(0, mostTold).map(told),
        ...(callers.length > mostTold ? [`and ${callers.length - mostTold} more such functions`] : []),
        ...askers.map(
          (name) =>
            `${name} asks for methods named Methods, and since Go 1.26 reflect.Value has one that looks up all`,
        ),
        ...[...packages.keys()].flatMap((name) => importersOf(source, name)),
        ...Object.entries(usual).flatMap(([path, why]) => (packages.has(path) ? [why] : [])),
        measured.how,
      ],
      ...(measured.saves === undefined ? {} : { saves: measured.saves }),
      measured: measured.saves !== undefined,
      fix: askers.some((name) => name.startsWith('google.golang.org/protobuf/'))
        ? `${fix} google.golang.org/protobuf asks for no method by name since v1.36.12.`
        : fix,
    },
  ];
}

/** Builds the program with these packages' look-ups taken out; only when none is left has something been measured. */
async function measuredWithout(
  { ctx, listed }: SourceFacts,
  settings: BuildSettings,
  packages: ReadonlyMap<string, string | undefined>,
  size: number,
): Promise<{ readonly saves?: number; readonly how: string }> {
  const without = await withTempDir(ctx, async (temp) => {
    const changed = await withoutLookups(ctx, settings, listed, packages, temp);
    return changed && linkWithReasons(ctx, changed, 'measure: without look-ups of methods');
  });
  if (without === undefined)
    return { how: 'what it costs could not be measured: the program does not compile without these calls' };
  const [left] = [...without.callers, ...without.inReflect];
  if (left !== undefined)
    return {
      how: `what it costs could not be measured: without these there is still ${left.chain.join(' -> ')}`,
    };
  return { saves: size - without.size, how: 'measured by building it with these calls taken out' };
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
