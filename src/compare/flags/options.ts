/** The build options that are compared: what each means, when it applies, how the go command and coracle.yaml are told. */
import type { BuildSettings, ProgramFacts } from './facts.ts';
import { lackedBy, levelOf, levelVariables } from './levels.ts';
import type { OptionName, Setting } from './types.ts';

export interface BuildOption {
  readonly name: OptionName;
  /** As one would say it to the go command. */
  readonly means: (facts: ProgramFacts) => string;
  /** Why it is not built; undefined when it applies. */
  readonly skipped?: (facts: ProgramFacts, baseline: BuildSettings) => string | undefined;
  /** Why the program that it makes cannot be run here. */
  readonly cannotRun?: (facts: ProgramFacts) => string | undefined;
  readonly change: (settings: BuildSettings, facts: ProgramFacts) => BuildSettings;
  /** Does the program do other things than the default, so that it is no way to save? A sentence. */
  readonly loses?: (facts: ProgramFacts) => string | undefined;
  /** How coracle.yaml says it; `together` is what all winners come to. Empty when Coracle does it in any case. */
  readonly settings: (facts: ProgramFacts, together: BuildSettings) => readonly Setting[];
  /** The compiled code is the same: no difference of speed can come of it. */
  readonly sameCode?: boolean;
  /** Why it is never chosen for somebody, whatever it saves. */
  readonly notChosen?: (facts: ProgramFacts) => string | undefined;
  /** What it costs shows while the program works, which a start tells little of. */
  readonly costsWork?: boolean;
  /** Decides how C is linked: of these, only the one that saves most can be in a program. */
  readonly linking?: boolean;
}

const go = (name: string, value: string | boolean): Setting => ({ key: ['go', name], value });
const goList = (name: string, ...items: string[]): Setting => ({ key: ['go', name], items });

const noC = (facts: ProgramFacts): string | undefined =>
  facts.ownC ? undefined : 'the program compiles no C but what the standard library has';

/** A C compiler would be needed wherever the program is built, for nothing that is its own. */
const forC = (facts: ProgramFacts): string | undefined =>
  facts.ownC ? undefined : 'a C compiler is then needed to build a program that has no C of its own';

/** Adds flags for C to those that the user set, or else to Go's own default. */
function withC(settings: BuildSettings, compile: string, link = ''): BuildSettings {
  const { env } = settings;
  const join = (name: string, more: string, usual: string): Record<string, string> =>
    more === '' ? {} : { [name]: `${env[name] ?? usual} ${more}`.trim() };
  return {
    ...settings,
    env: {
      ...env,
      ...join('CGO_CFLAGS', compile, usualC),
      ...join('CGO_CXXFLAGS', compile, usualC),
      ...join('CGO_LDFLAGS', link, usualC),
    },
  };
}

const usualC = '-O2 -g';

/** Flags for C as they come to be when all winners are in them. */
function cSettings(together: BuildSettings, ...names: string[]): Setting[] {
  const flags = names.flatMap((name): Setting[] => {
    const value = together.env[name];
    return value === undefined ? [] : [{ key: ['go', 'env', name], value }];
  });
  // Coracle's own default is to compile no C at all.
  return [go('cgo', together.cgo), ...flags];
}

function level(number: 2 | 3 | 4): BuildOption {
  const named = ({ architecture }: ProgramFacts): { variable: string; value: string } | undefined =>
    levelOf(architecture, number);
  const lacks = ({ features, architecture, native }: ProgramFacts): string | undefined => {
    if (!native) return 'it is of another architecture than this machine';
    const lacked = lackedBy(features, architecture, number);
    return lacked === undefined ? undefined : `this processor lacks ${lacked}`;
  };
  return {
    name: `level-${number}`,
    means: (facts) => {
      const found = named(facts);
      return found ? `${found.variable}=${found.value}` : `level ${number} of the processor`;
    },
    skipped: (facts) => {
      if (!named(facts)) return `${facts.architecture} has no such level`;
      return number === 4 ? lacks(facts) : undefined;
    },
    cannotRun: lacks,
    change: (settings, facts) => {
      const found = named(facts);
      return found ? { ...settings, env: { ...settings.env, [found.variable]: found.value } } : settings;
    },
    settings: (facts) => {
      const found = named(facts);
      if (!found) return [];
      return found.variable === 'GOAMD64'
        ? [go('amd64', found.value)]
        : [{ key: ['go', 'env', found.variable], value: found.value }];
    },
    notChosen: () => 'such a processor is then needed wherever the program runs',
  };
}

export const buildOptions: readonly BuildOption[] = [
  {
    name: 'strip',
    means: () => "-ldflags='-s -w'",
    sameCode: true,
    change: (settings) => ({ ...settings, strip: true }),
    settings: () => [go('strip', true)],
  },
  {
    name: 'trimpath',
    means: () => '-trimpath',
    sameCode: true,
    change: (settings) => ({ ...settings, flags: settings.flags.filter((flag) => flag !== untrimmed) }),
    // Every build of Coracle's has it.
    settings: () => [],
  },
  {
    name: 'no-inline',
    means: () => '-gcflags=all=-l',
    change: (settings) => ({ ...settings, flags: [...settings.flags, '-gcflags=all=-l'] }),
    settings: () => [goList('flags', '-gcflags=all=-l')],
    costsWork: true,
  },
  {
    name: 'cgo-on',
    means: () => 'CGO_ENABLED=1',
    skipped: ({ noCompiler }, { cgo }) => (cgo === 'off' ? noCompiler : 'it is the default here'),
    change: (settings) => ({ ...settings, cgo: 'dynamic' }),
    settings: () => [go('cgo', 'dynamic')],
    notChosen: forC,
    linking: true,
  },
  {
    name: 'cgo-off',
    means: () => 'CGO_ENABLED=0',
    skipped: (_, { cgo }) => (cgo === 'off' ? 'it is the default here' : undefined),
    change: (settings) => ({ ...settings, cgo: 'off' }),
    loses: ({ ownC }) => (ownC ? 'leaves the C out, or Go stands in for it' : undefined),
    settings: () => [go('cgo', 'off')],
    linking: true,
  },
  {
    name: 'netgo',
    means: () => '-tags=netgo,osusergo',
    skipped: ({ resolves }, { cgo }) => {
      if (cgo === 'off') return 'without cgo it is so already';
      return resolves ? undefined : 'the program uses neither net nor os/user';
    },
    change: (settings) => ({ ...settings, tags: [...settings.tags, 'netgo', 'osusergo'] }),
    settings: () => [goList('tags', 'netgo', 'osusergo')],
  },
  level(2),
  level(3),
  level(4),
  {
    name: 'pie',
    means: () => '-buildmode=pie',
    change: (settings) => ({ ...settings, flags: [...settings.flags, '-buildmode=pie'] }),
    settings: () => [goList('flags', '-buildmode=pie')],
  },
  {
    name: 'static',
    means: () => '--cgo static',
    skipped: ({ noCompiler }) => noCompiler,
    change: (settings) => ({ ...settings, cgo: 'static' }),
    settings: () => [go('cgo', 'static')],
    notChosen: forC,
    linking: true,
  },
  {
    name: 'static-musl',
    means: () => '--cgo static-musl',
    skipped: ({ noMusl }) => noMusl,
    change: (settings) => ({ ...settings, cgo: 'static-musl' }),
    settings: () => [go('cgo', 'static-musl')],
    notChosen: forC,
    costsWork: true,
    linking: true,
  },
  {
    name: 'c-size',
    means: () => 'CGO_CFLAGS=-Os',
    skipped: noC,
    change: (settings) => withC(settings, '-Os'),
    costsWork: true,
    settings: (_, together) => cSettings(together, 'CGO_CFLAGS', 'CGO_CXXFLAGS'),
  },
  {
    name: 'c-lto',
    means: () => 'CGO_CFLAGS=-flto',
    skipped: noC,
    change: (settings) => withC(settings, '-flto', '-flto'),
    settings: (_, together) => cSettings(together, 'CGO_CFLAGS', 'CGO_CXXFLAGS', 'CGO_LDFLAGS'),
  },
  {
    name: 'c-sections',
    means: () => 'CGO_LDFLAGS=-Wl,--gc-sections',
    skipped: noC,
    change: (settings) => withC(settings, '-ffunction-sections -fdata-sections', '-Wl,--gc-sections'),
    settings: (_, together) => cSettings(together, 'CGO_CFLAGS', 'CGO_CXXFLAGS', 'CGO_LDFLAGS'),
  },
];

/** Takes Coracle's own -trimpath back: of a flag that is said twice, the last counts. */
const untrimmed = '-trimpath=false';

/**
 * The settings of plain `go build`: what the user said of tags, linker flags and environment stays, but for what the options are about. Cgo
 * is on where Go itself would have it on: where C can be compiled.
 */
export function defaultSettings(settings: BuildSettings, facts: ProgramFacts): BuildSettings {
  const env = Object.fromEntries(
    Object.entries(settings.env).filter(([name]) => !levelVariables.includes(name)),
  );
  return {
    ...settings,
    strip: false,
    flags: [
      ...settings.flags.filter((flag) => !/^--?gcflags=(?:all=)?-l$|^--?buildmode=pie$/.test(flag)),
      untrimmed,
    ],
    tags: settings.tags.filter((tag) => tag !== 'netgo' && tag !== 'osusergo'),
    cgo: facts.ownC || facts.noCompiler === undefined ? 'dynamic' : 'off',
    env,
  };
}
