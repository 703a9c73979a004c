import type { AlpineRelation } from './types.ts';

/** Before a version itself, lowest first; then what comes after it. */
const before = ['alpha', 'beta', 'pre', 'rc'];
const after = ['cvs', 'svn', 'git', 'hg', 'p'];

const form =
  /^(\d+(?:\.\d+)*)([a-z]?)((?:_(?:alpha|beta|pre|rc|cvs|svn|git|hg|p)\d*)*)(?:~[0-9a-f]+)?(?:-r(\d+))?$/;

interface Version {
  readonly numbers: readonly string[];
  readonly letter: string;
  /** Rank (negative before the version) and number. */
  readonly suffixes: readonly (readonly [number, string])[];
  readonly revision: string;
}

function parse(text: string): Version | undefined {
  const [whole, numbers = '', letter = '', suffixes = '', revision = '0'] = form.exec(text) ?? [];
  if (whole === undefined) return undefined;
  const ranks = suffixes.split('_').slice(1).map(suffix);
  return { numbers: numbers.split('.'), letter, suffixes: ranks, revision };
}

function suffix(text: string): readonly [number, string] {
  const name = text.replace(/\d+$/, '');
  const early = before.indexOf(name);
  const rank = early === -1 ? after.indexOf(name) + 1 : early - before.length;
  return [rank, text.slice(name.length) || '0'];
}

/**
 * Compares two versions as apk does: numbers, a letter, suffixes (`_rc1` is before the version, `_p1` after it), the package's revision. What is
 * no version is older than any.
 * @returns negative when `one` is older, 0 when they are equal
 */
export function compareAlpineVersions(one: string, other: string): number {
  if (one === other) return 0;
  const [left, right] = [parse(one), parse(other)];
  if (!left || !right) return left ? 1 : right ? -1 : one < other ? -1 : 1;
  return (
    compareNumberLists(left.numbers, right.numbers) ||
    compareText(left.letter, right.letter) ||
    compareSuffixes(left.suffixes, right.suffixes) ||
    compareNumbers(left.revision, right.revision)
  );
}

/** Whether a version is what a relation asks for; anything is when it names none. */
export function meetsAlpine(version: string | undefined, wanted: AlpineRelation['version']): boolean {
  if (!wanted) return true;
  if (version === undefined) return false;
  if (wanted.operator === '~') return startsLike(version, wanted.version);
  const order = compareAlpineVersions(version, wanted.version);
  switch (wanted.operator) {
    case '<':
      return order < 0;
    case '<=':
      return order <= 0;
    case '=':
      return order === 0;
    case '>=':
      return order >= 0;
    case '>':
    default:
      return order > 0;
  }
}

/** `1.2.3-r0` is `~1.2`, `1.20` is not. */
function startsLike(version: string, wanted: string): boolean {
  return version.startsWith(wanted) && !/^\d/.test(version.slice(wanted.length));
}

function compareNumberLists(one: readonly string[], other: readonly string[]): number {
  for (let at = 0; at < Math.min(one.length, other.length); at++) {
    const [left = '', right = ''] = [one[at], other[at]];
    // Behind the first dot a leading zero makes a number a fraction: 1.01 is before 1.1.
    const fraction = at > 0 && (left.startsWith('0') || right.startsWith('0'));
    const order = fraction ? compareText(left, right) : compareNumbers(left, right);
    if (order !== 0) return order;
  }
  return one.length - other.length;
}

function compareSuffixes(one: Version['suffixes'], other: Version['suffixes']): number {
  for (let at = 0; at < Math.max(one.length, other.length); at++) {
    const [left, right] = [one[at] ?? ([0, '0'] as const), other[at] ?? ([0, '0'] as const)];
    const order = left[0] - right[0] || compareNumbers(left[1], right[1]);
    if (order !== 0) return order;
  }
  return 0;
}

/** Of any length. */
function compareNumbers(one: string, other: string): number {
  const [left, right] = [one.replace(/^0+(?=\d)/, ''), other.replace(/^0+(?=\d)/, '')];
  return left.length - right.length || compareText(left, right);
}

function compareText(one: string, other: string): number {
  return one === other ? 0 : one < other ? -1 : 1;
}
