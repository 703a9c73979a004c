/**
 * The arguments of `go build`: Coracle's own (trimpath, strip, VCS stamp) made one with the user's. What the user says on purpose
 * (config, flags) beats what stands in GOFLAGS, as with the go command itself; Coracle's own are added to either.
 */
import { ToolError } from '../core/errors.ts';
import { joinQuoted, splitQuoted } from './quoted.ts';

/** How a program may use C: `static` with the machine's own C library (glibc), `static-musl` with musl in its place. */
export const cgoModes = ['off', 'dynamic', 'static', 'static-musl'] as const;
export type CgoMode = (typeof cgoModes)[number];

/** Is all of C linked in? */
export function linksStatically(cgo: CgoMode): boolean {
  return cgo === 'static' || cgo === 'static-musl';
}

export interface FlagSettings {
  readonly cgo: CgoMode;
  readonly strip: boolean;
  readonly vcs: boolean;
  readonly flags: readonly string[];
  readonly tags: readonly string[];
  readonly ldflags: readonly string[];
  readonly gcflags?: readonly string[];
}

/** Flags of `go build` that take a value, which may be the next word. */
const valued = new Set(
  (
    'C o p asmflags buildmode buildvcs compiler covermode coverpkg gccgoflags gcflags installsuffix ldflags mod modfile ' +
    'overlay pgo pkgdir tags toolexec'
  ).split(' '),
);

/** Flags that would take away from Coracle what it must decide itself. */
const refused: Readonly<Record<string, string>> = {
  o: 'Coracle itself decides where the program is written.',
  C: 'Name the directory as what to build.',
  n: 'It would build nothing.',
};

export interface Flag {
  readonly name: string;
  readonly value?: string;
}

/**
 * Reads flags as people write them in a list: `-race`, `-tags=x`, `-tags x`, or `-tags` and `x` as two items.
 * @throws ToolError CONFIG_INVALID
 */
export function readFlags(items: readonly string[], what: string): Flag[] {
  const flags: Flag[] = [];
  for (let at = 0; at < items.length; at++) {
    const item = (items[at] ?? '').trim();
    const match = /^--?([A-Za-z][\w-]*)(?:(=|\s+)([\s\S]*))?$/.exec(item);
    if (!match) {
      throw new ToolError('CONFIG_INVALID', `${JSON.stringify(item)} in ${what} is no flag of go build`, {
        hint: 'A flag begins with -, such as -race or -mod=vendor.',
      });
    }
    const [, name = '', , value] = match;
    const next = items[at + 1];
    if (value !== undefined) flags.push({ name, value });
    else if (valued.has(name) && next !== undefined) {
      flags.push({ name, value: next });
      at++;
    } else flags.push({ name });
  }
  return flags;
}

/** The build tags in force, those that a mode of cgo needs included. `goflags` is the value of GOFLAGS. */
export function effectiveTags(
  settings: Pick<FlagSettings, 'cgo' | 'flags' | 'tags'>,
  goflags: string | undefined,
): string[] {
  const own = linksStatically(settings.cgo) ? ['netgo', 'osusergo'] : [];
  const said = [
    ...settings.tags,
    ...readFlags(settings.flags, 'the Go flags')
      .filter(({ name }) => name === 'tags')
      .map(({ value }) => value ?? ''),
  ];
  const chosen = said.length > 0 ? said : [lastOf(ambientFlags(goflags), 'tags') ?? ''];
  return [
    ...new Set([...chosen.flatMap((list) => list.split(/[\s,]+/)).filter((tag) => tag !== ''), ...own]),
  ];
}

/**
 * The arguments of `go build` without output and package.
 * @throws ToolError CONFIG_INVALID for a flag that is none, or that is Coracle's to set
 */
export function buildFlags(settings: FlagSettings, goflags: string | undefined): string[] {
  const said = readFlags(settings.flags, 'the Go flags');
  for (const { name } of said) {
    const why = Object.hasOwn(refused, name) ? refused[name] : undefined;
    if (why !== undefined)
      throw new ToolError('CONFIG_INVALID', `the Go flag -${name} cannot be used here`, { hint: why });
  }
  const ambient = ambientFlags(goflags);
  const inFlags = said.filter(({ name }) => name === 'ldflags').map(({ value }) => value ?? '');
  const linker = [...settings.ldflags, ...inFlags];
  const tags = effectiveTags(settings, goflags);
  return [
    '-trimpath',
    `-buildvcs=${settings.vcs}`,
    ...linkerFlags(settings, linker.length > 0 ? linker.join(' ') : (lastOf(ambient, 'ldflags') ?? '')),
    ...(settings.gcflags && settings.gcflags.length > 0 ? [`-gcflags=${settings.gcflags.join(' ')}`] : []),
    ...said
      .filter(({ name }) => name !== 'ldflags' && name !== 'tags')
      .map(({ name, value }) => (value === undefined ? `-${name}` : `-${name}=${value}`)),
    ...(tags.length > 0 ? [`-tags=${tags.join(',')}`] : []),
  ];
}

/** The flags in GOFLAGS; the go command itself complains when they are none. */
function ambientFlags(goflags: string | undefined): Flag[] {
  return splitQuoted(goflags ?? '', 'GOFLAGS').flatMap((word) => {
    const [, name, value] = /^--?([^=]+)(?:=([\s\S]*))?$/.exec(word) ?? [];
    return name === undefined ? [] : [{ name, ...(value !== undefined && { value }) }];
  });
}

function lastOf(flags: readonly Flag[], name: string): string | undefined {
  return flags.findLast((flag) => flag.name === name)?.value;
}

function linkerFlags({ cgo, strip }: FlagSettings, user: string): string[] {
  // An empty build ID: it is a hash over the toolchain's own build among others, and says nothing that the program does not.
  const own = [
    ...(strip ? ['-s', '-w'] : []),
    '-buildid=',
    ...(linksStatically(cgo) ? ['-linkmode=external'] : []),
  ];
  // `PATTERN=FLAGS` gives the flags of some packages only; the plain ones must then be said beside it.
  const [, pattern, flags = user] = /^\s*([^-\s'"=][^\s=]*)=([\s\S]*)$/.exec(user) ?? [];
  const merged = cgo === 'off' ? `${own.join(' ')} ${flags}`.trim() : withExternalFlags(own, flags, cgo);
  if (pattern === undefined) return [`-ldflags=${merged}`];
  return [`-ldflags=${own.join(' ')}`, `-ldflags=${pattern}=${merged}`];
}

/** For the C linker: no build ID of its own (it would hash paths), and -static where asked; joined with the user's flags for it. */
function withExternalFlags(own: readonly string[], user: string, cgo: CgoMode): string {
  const rest: string[] = [];
  const external: string[] = [...(linksStatically(cgo) ? ['-static'] : []), '-Wl,--build-id=none'];
  const words = splitQuoted(user, 'the linker flags');
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? '';
    const [, value] = /^--?extldflags(?:=([\s\S]*))?$/.exec(word) ?? [undefined, undefined];
    if (/^--?extldflags$/.test(word)) external.push(words[++at] ?? '');
    else if (value === undefined) rest.push(word);
    else external.push(value);
  }
  return joinQuoted([...own, ...rest, `-extldflags=${external.join(' ')}`], 'the linker flags');
}

/** Flags that decide which packages and files a program is made of. */
const selecting = new Set(['mod', 'modfile', 'overlay', 'race', 'msan', 'asan', 'compiler']);

/** The arguments with which `go list` sees the same packages as the build does. */
export function listFlags(
  settings: Pick<FlagSettings, 'cgo' | 'flags' | 'tags'>,
  goflags: string | undefined,
): string[] {
  const tags = effectiveTags(settings, goflags);
  return [
    ...readFlags(settings.flags, 'the Go flags')
      .filter(({ name }) => selecting.has(name))
      .map(({ name, value }) => (value === undefined ? `-${name}` : `-${name}=${value}`)),
    ...(tags.length > 0 ? [`-tags=${tags.join(',')}`] : []),
  ];
}

/** The value of a flag as it will count: said in the config, else in GOFLAGS; the empty text when it takes none. */
export function flagValue(
  name: string,
  flags: readonly string[],
  goflags: string | undefined,
): string | undefined {
  const found =
    readFlags(flags, 'the Go flags').findLast((flag) => flag.name === name) ??
    ambientFlags(goflags).findLast((flag) => flag.name === name);
  return found && (found.value ?? '');
}
