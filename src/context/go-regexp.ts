/**
 * The part of Go's regular expressions (RE2) that .dockerignore can reach: Docker turns a pattern into one by replacing text, and what a
 * bracket or a backslash then means is decided there. What nobody can mean (`\pL`, `\Q`, octal numbers) is refused.
 */
import { notNewline } from './automaton.ts';
import type { CharacterSet, Node } from './automaton.ts';

/**
 * @param source without `^` before and `$` after it, which are taken as there: with alternatives they bind the first and the last one
 * @returns a row for each alternative
 * @throws SyntaxError when Go would not compile it, or what is meant is not known here
 */
export function parseGoRegexp(source: string): Node[][] {
  const text = Array.from(source);
  const rows: Node[][] = [];
  let nodes: Node[] = [];
  let repeatable: CharacterSet | undefined;
  const push = (set: CharacterSet): void => {
    nodes.push({ kind: 'one', set });
    repeatable = set;
  };
  for (let at = 0; at < text.length;) {
    const character = text[at] ?? '';
    if (character === '(') {
      // Only ever the group that `**` becomes: a bracket of the user's own is escaped.
      nodes.push({ kind: 'directories' });
      repeatable = undefined;
      at += '(.*/)?'.length;
    } else if (character === '*') {
      if (!repeatable) throw new SyntaxError('there is nothing to repeat before *');
      nodes.pop();
      nodes.push({ kind: 'many', set: repeatable });
      repeatable = undefined;
      at++;
    } else if (character === '|') {
      rows.push(nodes);
      nodes = [];
      repeatable = undefined;
      at++;
    } else if (character === '{' && /^\{\d+(,\d*)?\}/.test(text.slice(at, at + 12).join(''))) {
      throw new SyntaxError('Docker would read the number in braces as a repetition');
    } else if (character === '^') {
      nodes.push({ kind: 'begin' });
      repeatable = undefined;
      at++;
    } else if (character === '[') {
      const { set, end } = characterClass(text, at);
      push(set);
      at = end;
    } else if (character === '\\') {
      push(perlClass(text[at + 1]) ?? exactly(escaped(text, at)));
      at += 2;
    } else {
      push(character === '.' ? notNewline : exactly(character));
      at++;
    }
  }
  rows.push(nodes);
  const anything: Node = { kind: 'many', set: () => true };
  return rows.map((row, index) => [
    ...(index === 0 ? [] : [anything]),
    ...row,
    ...(index === rows.length - 1 ? [] : [anything]),
  ]);
}

/** Go reads every byte that is not UTF-8 as U+FFFD; here such bytes are lone surrogates. */
function exactly(character: string): CharacterSet {
  const wanted = character.codePointAt(0) ?? 0;
  if (wanted === 0xfffd || isByte(wanted)) return (code) => code === 0xfffd || isByte(code);
  return (code) => code === wanted;
}

function isByte(code: number): boolean {
  return code >= 0xdc80 && code <= 0xdcff;
}

function characterClass(
  text: readonly string[],
  start: number,
): { readonly set: CharacterSet; readonly end: number } {
  const sets: CharacterSet[] = [];
  let at = start + 1;
  const negated = text[at] === '^';
  if (negated) at++;
  for (let first = true; first || text[at] !== ']'; first = false) {
    if (at >= text.length) throw new SyntaxError('the bracket [ is not closed');
    const named = posixClass(text, at);
    if (named) {
      sets.push(named.set);
      at = named.end;
      continue;
    }
    const perl = text[at] === '\\' ? perlClass(text[at + 1]) : undefined;
    if (perl) {
      sets.push(perl);
      at += 2;
      continue;
    }
    const low = classCharacter(text, at);
    at = low.end;
    if (text[at] !== '-' || at + 1 >= text.length || text[at + 1] === ']') {
      sets.push(exactly(low.character));
      continue;
    }
    const high = classCharacter(text, at + 1);
    at = high.end;
    const from = codeOf(low.character);
    const to = codeOf(high.character);
    if (to < from) throw new SyntaxError(`the range ${low.character}-${high.character} is empty`);
    sets.push((code) => {
      const seen = isByte(code) ? 0xfffd : code;
      return seen >= from && seen <= to;
    });
  }
  const any: CharacterSet = (code) => sets.some((set) => set(code));
  return { set: negated ? (code) => !any(code) : any, end: at + 1 };
}

function classCharacter(
  text: readonly string[],
  at: number,
): { readonly character: string; readonly end: number } {
  const character = text[at];
  if (character === undefined) throw new SyntaxError('the bracket [ is not closed');
  return character === '\\' ? { character: escaped(text, at), end: at + 2 } : { character, end: at + 1 };
}

function codeOf(character: string): number {
  const code = character.codePointAt(0) ?? 0;
  return isByte(code) ? 0xfffd : code;
}

function escaped(text: readonly string[], at: number): string {
  const character = text[at + 1] ?? '';
  const control = controls[character];
  if (control !== undefined) return control;
  if (/^[^0-9A-Za-z\u0080-\u{10ffff}]$/u.test(character)) return character;
  throw new SyntaxError(`\\${character} has no meaning`);
}

const controls: Readonly<Record<string, string>> = {
  a: '\u0007',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
};

function perlClass(letter: string | undefined): CharacterSet | undefined {
  const expression = perlClasses[letter?.toLowerCase() ?? ''];
  if (letter === undefined || !expression) return undefined;
  const negated = letter !== letter.toLowerCase();
  return (code) => expression.test(String.fromCodePoint(code)) !== negated;
}

const perlClasses: Readonly<Record<string, RegExp>> = {
  d: /^[0-9]$/,
  s: /^[\t\n\f\r ]$/,
  w: /^[0-9A-Za-z_]$/,
};

/** `[:digit:]`, inside a bracket. */
function posixClass(
  text: readonly string[],
  at: number,
): { readonly set: CharacterSet; readonly end: number } | undefined {
  if (text[at] !== '[' || text[at + 1] !== ':') return undefined;
  const rest = text.slice(at + 2).join('');
  const close = rest.indexOf(':]');
  if (close === -1) return undefined;
  const [, not, name = ''] = /^(\^?)(.*)$/su.exec(rest.slice(0, close)) ?? [];
  const expression = posixClasses[name];
  if (!expression) throw new SyntaxError(`[:${name}:] is no class of characters`);
  return {
    set: (code) => expression.test(String.fromCodePoint(code)) !== (not === '^'),
    end: at + 2 + Array.from(rest.slice(0, close)).length + 2,
  };
}

const posixClasses: Readonly<Record<string, RegExp>> = {
  alnum: /^[0-9A-Za-z]$/,
  alpha: /^[A-Za-z]$/,
  // oxlint-disable-next-line no-control-regex -- all of ASCII
  ascii: /^[\0-\x7f]$/,
  blank: /^[\t ]$/,
  // oxlint-disable-next-line no-control-regex -- control characters are meant
  cntrl: /^[\0-\x1f\x7f]$/,
  digit: /^[0-9]$/,
  graph: /^[!-~]$/,
  lower: /^[a-z]$/,
  print: /^[ -~]$/,
  punct: /^[!-/:-@[-`{-~]$/,
  space: /^[\t\n\v\f\r ]$/,
  upper: /^[A-Z]$/,
  word: /^[0-9A-Za-z_]$/,
  xdigit: /^[0-9A-Fa-f]$/,
};
