/** Semantic versions as Go modules write them: `v1.2.3`, `v1.2.3-rc.1`, `v2.0.0+incompatible`, pseudo-versions. */

const form =
  /^v(0|[1-9]\d*)(?:\.(0|[1-9]\d*)(?:\.(0|[1-9]\d*)(?:-([0-9A-Za-z.-]+))?(?:\+([0-9A-Za-z.-]+))?)?)?$/;

export interface SemVer {
  readonly major: string;
  /** Undefined in a prefix such as `v1`. */
  readonly minor?: string;
  readonly patch?: string;
  /** Empty for a release. */
  readonly pre: string;
  readonly build: string;
}

/** The parts of a version or of a prefix of one (`v1`, `v1.2`); undefined when `text` is neither. */
export function parseSemVer(text: string): SemVer | undefined {
  const [whole, major = '', minor, patch, pre = '', build = ''] = form.exec(text) ?? [];
  if (whole === undefined) return undefined;
  return { major, ...(minor !== undefined && { minor }), ...(patch !== undefined && { patch }), pre, build };
}

/** True for a whole version, such as a proxy keeps. */
export function isVersion(text: string): boolean {
  return parseSemVer(text)?.patch !== undefined;
}

/** True for `v0.0.0-20240506070809-abcdefabcdef` and its kin, which stand for a commit without a tag. */
export function isPseudoVersion(text: string): boolean {
  return /^v[0-9]+\.(?:0\.0-|\d+\.\d+-(?:[^+]*\.)?0\.)\d{14}-[A-Za-z0-9]{12}(?:\+[0-9A-Za-z.-]+)?$/.test(
    text,
  );
}

/** Precedence by semver.org, item 11; what is no version comes first. */
export function compareVersions(a: string, b: string): number {
  const x = parseSemVer(a);
  const y = parseSemVer(b);
  if (!x || !y) return Number(x !== undefined) - Number(y !== undefined);
  return (
    compareNumbers(x.major, y.major) ||
    compareNumbers(x.minor ?? '0', y.minor ?? '0') ||
    compareNumbers(x.patch ?? '0', y.patch ?? '0') ||
    comparePre(x.pre, y.pre)
  );
}

function compareNumbers(a: string, b: string): number {
  return a.length - b.length || Number(a > b) - Number(a < b);
}

function comparePre(a: string, b: string): number {
  if (a === '' || b === '') return Number(a === '') - Number(b === '');
  const [left, right] = [a.split('.'), b.split('.')];
  for (let at = 0; at < Math.min(left.length, right.length); at++) {
    const [x = '', y = ''] = [left[at], right[at]];
    if (x === y) continue;
    const [xNumber, yNumber] = [/^\d+$/.test(x), /^\d+$/.test(y)];
    if (xNumber && yNumber) return compareNumbers(x, y);
    if (xNumber !== yNumber) return xNumber ? -1 : 1;
    return x < y ? -1 : 1;
  }
  return left.length - right.length;
}
