/** One challenge of a WWW-Authenticate header; scheme and parameter names in lower case. */
export interface Challenge {
  readonly scheme: string;
  readonly params: ReadonlyMap<string, string>;
}

const token = /[A-Za-z0-9!#$%&'*+.^_`|~-]+/y;
const quoted = /"((?:[^"\\]|\\.)*)"/sy;
const token68 = /[A-Za-z0-9._~+/-]+=*(?=[ \t]*(?:,|$))/y;

/**
 * Parses WWW-Authenticate (RFC 9110, section 11.6.1): any number of challenges in one header, parameters quoted or not. A header from
 * outside may be anything: what is no challenge ends the list, and what was read before it counts.
 */
export function parseChallenges(header: string): Challenge[] {
  const challenges: { scheme: string; params: Map<string, string> }[] = [];
  let at = 0;
  const take = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    const found = pattern.exec(header);
    if (found) at = pattern.lastIndex;
    return found;
  };
  const skip = (pattern: RegExp): void => void take(pattern);
  for (;;) {
    skip(/[ \t,]*/y);
    const name = take(token)?.[0].toLowerCase();
    if (name === undefined) return challenges;
    if (!take(/[ \t]*=[ \t]*/y)) {
      challenges.push({ scheme: name, params: new Map() });
      if (take(/[ \t]+/y)) skip(token68Unlessparameter(header, at));
      continue;
    }
    const inQuotes = take(quoted)?.[1]?.replace(/\\(.)/gs, '$1');
    const value = inQuotes ?? take(token)?.[0];
    const current = challenges.at(-1);
    if (value === undefined || !current) return challenges;
    if (!current.params.has(name)) current.params.set(name, value);
  }
}

const nothing = /(?:)/y;

/** `Negotiate abc==` has one opaque word in place of parameters; a lone word before a comma may also be the next scheme's absence. */
function token68Unlessparameter(header: string, at: number): RegExp {
  token68.lastIndex = at;
  return token68.test(header) ? token68 : nothing;
}
