import type { Relation } from './types.ts';

/**
 * Compares two versions as dpkg does (Debian policy, section 5.6.12): epoch, upstream version, revision; in each, runs that are no digits
 * and runs of digits in turn; a tilde sorts before everything, even the end; letters sort before what else there is.
 * @returns negative when `one` is older, 0 when they are equal
 */
export function compareVersions(one: string, other: string): number {
  const [left, right] = [parts(one), parts(other)];
  return (
    compareNumbers(left.epoch, right.epoch) ||
    compareParts(left.upstream, right.upstream) ||
    compareParts(left.revision, right.revision)
  );
}

/** Whether `version` is what `wanted` asks for; anything is when it names no version. */
export function meets(version: string, wanted: Relation['version']): boolean {
  if (!wanted) return true;
  const order = compareVersions(version, wanted.version);
  return holds[wanted.operator](order);
}

const holds = {
  '<<': (order: number) => order < 0,
  '<=': (order: number) => order <= 0,
  '=': (order: number) => order === 0,
  '>=': (order: number) => order >= 0,
  '>>': (order: number) => order > 0,
} as const;

function parts(version: string): { epoch: string; upstream: string; revision: string } {
  const colon = version.indexOf(':');
  const rest = version.slice(colon + 1);
  const dash = rest.lastIndexOf('-');
  return {
    epoch: colon === -1 ? '0' : version.slice(0, colon),
    upstream: dash === -1 ? rest : rest.slice(0, dash),
    revision: dash === -1 ? '' : rest.slice(dash + 1),
  };
}

function compareParts(one: string, other: string): number {
  let [at, there] = [0, 0];
  while (at < one.length || there < other.length) {
    while ((at < one.length && !isDigit(one, at)) || (there < other.length && !isDigit(other, there))) {
      const difference = weight(one, at) - weight(other, there);
      if (difference !== 0) return difference;
      at++;
      there++;
    }
    const [from, begin] = [at, there];
    while (isDigit(one, at)) at++;
    while (isDigit(other, there)) there++;
    const difference = compareNumbers(one.slice(from, at), other.slice(begin, there));
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Of any length: leading zeros aside, the longer number is the larger. */
function compareNumbers(one: string, other: string): number {
  const [left, right] = [one.replace(/^0+/, ''), other.replace(/^0+/, '')];
  if (left.length !== right.length) return left.length - right.length;
  return left === right ? 0 : left < right ? -1 : 1;
}

function isDigit(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return code >= 48 && code <= 57;
}

function weight(text: string, at: number): number {
  if (at >= text.length || isDigit(text, at)) return 0;
  const code = text.charCodeAt(at);
  if (code === 126) return -1;
  const letter = (code >= 65 && code <= 90) || (code >= 97 && code <= 122);
  return letter ? code : code + 256;
}
