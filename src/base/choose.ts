/**
 * base/ is what lies under a program: nothing, the few files that this program can use, all of them, or an image. It chooses, says
 * why, makes the files, and proves that the program can start there. It must not know layers' bytes, the store or registries, nor
 * how the program was built.
 */
import type { Binary } from '../golang/binary/read.ts';
import { rules } from './rules.ts';

/** A group of files that belong together. */
export type BasePart = 'ca' | 'zoneinfo' | 'users' | 'home' | 'tmp' | 'nsswitch' | 'os-release';

/** What lies under a program, and why. */
export interface BaseChoice {
  readonly name: 'scratch' | 'static' | 'auto';
  /** In the order in which they are told. */
  readonly parts: readonly BasePart[];
  /** Which time zones `zoneinfo` holds. */
  readonly zones: 'all' | readonly string[];
  readonly reasons: readonly { readonly part: BasePart; readonly why: string }[];
}

export interface BaseOptions {
  readonly wanted: 'auto' | 'scratch' | 'static';
  /** The environment that the image will set. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** True when the user adds certificate authorities: their bundle then goes in whatever the program links. */
  readonly extraCa?: boolean;
}

const everything: readonly BasePart[] = ['ca', 'zoneinfo', 'users', 'home', 'tmp', 'nsswitch', 'os-release'];

/** What each part is called in a sentence. */
const titles: Readonly<Record<BasePart, string>> = {
  ca: 'CA certificates',
  zoneinfo: 'time zones',
  users: 'passwd and group',
  home: 'a home directory',
  tmp: '/tmp',
  nsswitch: 'nsswitch.conf',
  'os-release': 'os-release',
};

type Needs = Pick<Binary, 'functionsKnown' | 'hasFunction' | 'links'>;

/** What any program may come to use. */
const usable: readonly BasePart[] = ['ca', 'zoneinfo', 'users', 'home', 'tmp'];

/** Chooses the parts; pure. `auto` asks the program itself: a function that the linker dropped can need nothing. */
export function chooseBase(binary: Needs, options: BaseOptions): BaseChoice {
  const { wanted, env, extraCa = false } = options;
  if (wanted === 'static') return { name: 'static', parts: everything, zones: 'all', reasons: [] };
  const reasons: { part: BasePart; why: string }[] = [];
  if (extraCa) reasons.push({ part: 'ca', why: 'certificate authorities are added' });
  if (wanted === 'scratch')
    return { name: 'scratch', parts: reasons.map(({ part }) => part), zones: 'all', reasons };

  if (!binary.functionsKnown) {
    const why = 'its functions cannot be read';
    return { name: 'auto', parts: usable, zones: 'all', reasons: usable.map((part) => ({ part, why })) };
  }
  for (const rule of rules) {
    if (reasons.some(({ part }) => part === rule.part) || rule.unless?.(binary, env)) continue;
    const used = rule.functions.find((name) => binary.hasFunction(name));
    if (used !== undefined) reasons.push({ part: rule.part, why: rule.why(displayName(used)) });
  }
  // The container's runtime takes HOME from passwd, so a home directory without it would not be found.
  if (has(reasons, 'home') && !has(reasons, 'users'))
    reasons.push({ part: 'users', why: 'names the home directory' });

  const zone = zoneOf(env['TZ']);
  const lone = zone !== undefined && !has(reasons, 'zoneinfo') && !binary.links('time/tzdata');
  if (lone) reasons.push({ part: 'zoneinfo', why: `TZ is ${zone}` });
  return {
    name: 'auto',
    parts: everything.filter((part) => has(reasons, part)),
    zones: lone ? [zone] : 'all',
    reasons,
  };
}

/** One sentence for people: `scratch + CA certificates (links crypto/x509)`. */
export function describeBase(choice: BaseChoice): string {
  if (choice.name === 'static') return `static: ${choice.parts.map((part) => titles[part]).join(', ')}`;
  const told = choice.parts.map((part) => {
    const why = choice.reasons.find((reason) => reason.part === part)?.why;
    const title = part === 'zoneinfo' && choice.zones !== 'all' ? 'one time zone' : titles[part];
    return why === undefined ? title : `${title} (${why})`;
  });
  return ['scratch', ...told].join(' + ');
}

/** The reasons of a choice as short sentences: `CA certificates: links crypto/x509`. */
export function explainBase(choice: BaseChoice): string[] {
  return choice.reasons.map(({ part, why }) => `${titles[part]}: ${why}`);
}

function has(reasons: readonly { part: BasePart }[], part: BasePart): boolean {
  return reasons.some((reason) => reason.part === part);
}

/** The zone that Go looks up for a value of TZ; undefined for UTC, for none, and for a file's path, which is the user's to bring. */
function zoneOf(value: string | undefined): string | undefined {
  const name = value?.replace(/^:/, '');
  if (name === undefined || name === '' || name === 'UTC' || name.startsWith('/')) return undefined;
  return name;
}

/** `crypto/x509.loadSystemRoots` is internal; people know the package. */
function displayName(symbol: string): string {
  return symbol.replace(/^.*\//, '');
}
