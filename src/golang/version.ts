/**
 * Go versions as the go command orders them (go.dev/doc/toolchain): `1.21 < 1.21rc1 < 1.21.0 < 1.21.1`. Versions are written
 * without the `go` prefix; toolchain names (`go1.21.0`, `go1.21.0-corp`) have it.
 */

/** A version in its parts, as decimal text so that no number is too large. */
interface GoVersion {
  readonly major: string;
  readonly minor: string;
  /** Empty for a language version such as 1.21 and for a prerelease. */
  readonly patch: string;
  /** `alpha`, `beta`, `rc`, or empty. */
  readonly kind: string;
  readonly pre: string;
}

const number = '(0|[1-9][0-9]*)';
const form = new RegExp(`^${number}(?:\\.${number}(?:\\.${number}|([a-z]+)${number}?)?)?$`);

/** The parts of `1.21.3` or `1.22rc1`; undefined when `text` is no Go version. */
export function parseGoVersion(text: string): GoVersion | undefined {
  const match = form.exec(text);
  if (!match) return undefined;
  const [, major = '', minor, patch, kind = '', pre = ''] = match;
  if (minor === undefined) return { major, minor: '0', patch: '0', kind: '', pre: '' };
  // Up to 1.20 the first release of 1.N was called 1.N; since 1.21 it is 1.N.0 and 1.N names the language.
  const implied = kind === '' && compareNumbers(minor, '21') < 0 ? '0' : '';
  return { major, minor, patch: patch ?? implied, kind, pre };
}

/** True when `text` is a Go version. */
export function isGoVersion(text: string): boolean {
  return parseGoVersion(text) !== undefined;
}

/** Orders two Go versions: negative when `a` is older. What is no version is older than any and equal to its like. */
export function compareGoVersions(a: string, b: string): number {
  const x = parseGoVersion(a);
  const y = parseGoVersion(b);
  if (!x || !y) return Number(x !== undefined) - Number(y !== undefined);
  return (
    compareNumbers(x.major, y.major) ||
    compareNumbers(x.minor, y.minor) ||
    compareNumbers(x.patch, y.patch) ||
    compareText(x.kind, y.kind) ||
    compareNumbers(x.pre, y.pre)
  );
}

/** True for a language version, which no release bears: `1.21`, but not `1.21.0`, `1.22rc1` or `1.20`. */
export function isLanguageVersion(text: string): boolean {
  const version = parseGoVersion(text);
  return version !== undefined && version.patch === '' && version.kind === '';
}

/** True for an alpha, beta or release candidate. */
export function isPrerelease(text: string): boolean {
  return (parseGoVersion(text)?.kind ?? '') !== '';
}

/** The language of a version: `1.21` of `1.21.3`. The text itself when it is no version. */
export function languageVersion(text: string): string {
  const version = parseGoVersion(text);
  return version ? `${version.major}.${version.minor}` : text;
}

/** The version of a toolchain name: `1.21.3` of `go1.21.3` and `go1.21.3-corp`; undefined for `default`, `local` and the like. */
export function versionOfToolchain(name: string): string | undefined {
  if (!name.startsWith('go') || /[\\/]/.test(name)) return undefined;
  const version = name.slice(2).replace(/[ \t-].*$/s, '');
  return isGoVersion(version) ? version : undefined;
}

/** Takes a version as people type it: `1.26.1`, `go1.26.1`, `v1.26.1`. Undefined when it is none. */
export function versionAsTyped(text: string): string | undefined {
  const bare = text.trim().replace(/^(go|v)/, '');
  return isGoVersion(bare) ? bare : undefined;
}

/** Compares decimal numbers of any length without leading zeros; the empty text comes first. */
function compareNumbers(a: string, b: string): number {
  return a.length - b.length || compareText(a, b);
}

function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
