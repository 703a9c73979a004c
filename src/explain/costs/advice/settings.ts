/** Advice on how the program is built: what the flags leave in it. Each is measured by building without it where the source is. */
import type { Advice } from '../../types.ts';
import { bytesOfKinds } from '../bytes.ts';
import { bytesText } from '../chains.ts';
import type { Adviser, Facts } from '../facts.ts';
import type { BuildSettings } from '../program.ts';

/** A debugger's data and the symbol table, which the program itself never reads. */
export const debugData: Adviser = async (facts) => {
  const { ledger } = facts;
  const [debug, symbols] = [bytesOfKinds(ledger, ['debug']), bytesOfKinds(ledger, ['symbol table'])];
  if (debug + symbols === 0 || ledger.binary?.stripped === true) return [];
  const advice: Advice = {
    what: `${debug > 0 ? 'debug data and the symbol table are' : 'the symbol table is'} in the program`,
    because: [
      ...(debug > 0 ? [`debug data: ${bytesText(debug)}`] : []),
      `symbol table and its names: ${bytesText(symbols)}`,
    ],
    saves: debug + symbols,
    measured: false,
    fix: "Leave strip on (the default of coracle build), or link with -ldflags='-s -w'. Stack traces and profiles keep their names.",
  };
  return [await measure(facts, advice, 'without debug data and symbol table', () => ({ strip: true }))];
};

/** Paths of the machine that built it. */
export const buildPaths: Adviser = async (facts) => {
  const info = facts.ledger.binary?.buildInfo;
  // Before Go 1.18 build info had no settings at all.
  if (info === undefined || info.settings['-compiler'] === undefined || info.settings['-trimpath'] === 'true')
    return [];
  const advice: Advice = {
    what: 'paths of the machine that built it are in the program',
    because: ['its build info has no -trimpath'],
    measured: false,
    fix: 'Build with -trimpath, as coracle build does: smaller, and the same bytes on every machine.',
  };
  return [
    await measure(facts, advice, 'with -trimpath', ({ flags }) => ({ flags: without(flags, ['trimpath']) })),
  ];
};

/** Flags that are for finding faults, not for shipping. */
const faultFinders = [
  { name: 'race', what: 'the race detector is in the program', key: '-race' },
  { name: 'msan', what: 'the memory sanitizer is in the program', key: '-msan' },
  { name: 'asan', what: 'the address sanitizer is in the program', key: '-asan' },
  { name: 'cover', what: 'counters of test coverage are in the program', key: '-cover' },
] as const;

export const instrumented: Adviser = async (facts) => {
  const { ledger } = facts;
  const settings = ledger.binary?.buildInfo?.settings ?? {};
  const found = faultFinders.filter(
    ({ name, key }) => settings[key] === 'true' || (name === 'race' && ledger.recognised.race),
  );
  return Promise.all(
    found.map(async ({ name, what }) =>
      measure(
        facts,
        {
          what,
          because: [`it was built with -${name}`],
          measured: false,
          fix: `Build what is shipped without -${name}: it also runs faster and needs less memory.`,
        },
        `without -${name}`,
        ({ flags }) => ({ flags: without(flags, [name]) }),
      ),
    ),
  );
};

/** A program that can be loaded anywhere carries a list of all its pointers. */
export const positionIndependent: Adviser = async (facts) => {
  const { ledger } = facts;
  const relocations = bytesOfKinds(ledger, ['relocations']);
  if (ledger.recognised.form !== 'pie' || relocations === 0) return [];
  const advice: Advice = {
    what: 'it is built so that it can be loaded anywhere (PIE)',
    because: [`relocations: ${bytesText(relocations)}`],
    saves: relocations,
    measured: false,
    fix: 'Build without -buildmode=pie, unless addresses that differ at each start are wanted as a defence; Go code needs that less than C.',
  };
  return [
    await measure(facts, advice, 'without -buildmode=pie', ({ flags }) => ({
      flags: without(flags, ['buildmode']),
    })),
  ];
};

/** -N and -l, for debuggers. */
export const unoptimised: Adviser = async (facts) => {
  const said = facts.ledger.binary?.buildInfo?.settings['-gcflags'] ?? '';
  const off = said.split(/[\s=]+/).filter((word) => word === '-N' || word === '-l');
  if (off.length === 0) return [];
  const names = [
    ...(off.includes('-N') ? ['optimisation'] : []),
    ...(off.includes('-l') ? ['inlining'] : []),
  ].join(' and ');
  const advice: Advice = {
    what: `the compiler's ${names} was turned off`,
    because: [`its build info says -gcflags=${said}`],
    measured: false,
    fix: `Build what is shipped without ${off.join(' and ')}.`,
  };
  return [
    await measure(facts, advice, `without ${off.join(' ')}`, ({ flags }) => ({
      gcflags: [],
      flags: without(flags, ['gcflags']),
    })),
  ];
};

/** The same advice with what a build says; an advice that would make the program bigger is still true, and says so. */
export async function measure(
  { source }: Facts,
  advice: Advice,
  name: string,
  change: (settings: BuildSettings) => Partial<BuildSettings>,
): Promise<Advice> {
  const whatIf = source?.whatIf;
  if (!whatIf) return advice;
  const saved = await whatIf.saved(name, change(whatIf.settings));
  if (typeof saved === 'number') return { ...advice, saves: saved, measured: true };
  return { ...advice, because: [...advice.because, `it could not be measured: ${saved.refused}`] };
}

/** Flags of `go build` less those of these names. */
function without(flags: readonly string[], names: readonly string[]): string[] {
  return flags.filter((flag) => !names.some((name) => new RegExp(`^--?${name}(=|$|\\s)`).test(flag)));
}
