import { ToolError } from '../core/errors.ts';

/** `any` is one character, `many` is any number of them; neither crosses a line end, as in BuildKit. */
type Token = 'any' | 'many' | { readonly character: string };

/** `${v#pattern}`; greedy is `##`. @throws ToolError DOCKERFILE_INVALID for a pattern that is none */
export function trimPrefix(value: string, pattern: string, greedy: boolean): string {
  const characters = Array.from(value);
  const end = endOf(characters, parse(pattern), 0, greedy);
  return end === undefined ? value : characters.slice(end).join('');
}

/** `${v%pattern}`; greedy is `%%`. @throws ToolError DOCKERFILE_INVALID for a pattern that is none */
export function trimSuffix(value: string, pattern: string, greedy: boolean): string {
  const backwards = Array.from(value).reverse();
  const end = endOf(backwards, parse(pattern).reverse(), 0, greedy);
  return end === undefined ? value : backwards.slice(end).reverse().join('');
}

/** `${v/pattern/replacement}`, of `//` every place. @throws ToolError DOCKERFILE_INVALID for a pattern that is none */
export function replacePattern(value: string, pattern: string, replacement: string, all: boolean): string {
  const tokens = parse(pattern);
  const characters = Array.from(value);
  const begins = startsOf(characters, tokens);
  let result = '';
  let done = 0;
  let replaced = -1;
  for (let start = 0; start <= characters.length; start++) {
    if (!begins[start]) continue;
    const end = endOf(characters, tokens, start, true) ?? start;
    // Nothing is not found again right behind what was found.
    if (end === start && replaced === start) continue;
    result += characters.slice(done, start).join('') + replacement;
    done = end;
    replaced = end;
    if (!all) break;
    if (end > start) start = end - 1;
  }
  return result + characters.slice(done).join('');
}

/** Where the shortest or longest match from `start` ends. Time is value times pattern at most, whatever the pattern. */
function endOf(
  value: readonly string[],
  tokens: readonly Token[],
  start: number,
  longest: boolean,
): number | undefined {
  let found: number | undefined;
  let states = new Set(closure(tokens, [0]));
  for (let at = start; ; at++) {
    if (states.has(tokens.length)) {
      found = at;
      if (!longest) return found;
    }
    const character = value[at];
    if (character === undefined || states.size === 0) return found;
    states = step(tokens, states, character);
  }
}

/** For each place of the value, whether a match begins there: found backwards, so that it costs one pass. */
function startsOf(value: readonly string[], tokens: readonly Token[]): boolean[] {
  const backwards = tokens.toReversed();
  const begins: boolean[] = [];
  let states = new Set(closure(backwards, [0]));
  for (let at = value.length; at >= 0; at--) {
    begins[at] = states.has(tokens.length);
    const next = step(backwards, states, value[at - 1] ?? '');
    states = new Set([...closure(backwards, [0]), ...next]);
  }
  return begins;
}

/** The states behind one more character. A state is how many tokens are behind us. */
function step(tokens: readonly Token[], states: ReadonlySet<number>, character: string): Set<number> {
  const next: number[] = [];
  for (const state of states) {
    const token = tokens[state];
    if (token === undefined) continue;
    if (token === 'many') {
      if (character !== '\n') next.push(state);
    } else if (token === 'any' ? character !== '\n' : token.character === character) next.push(state + 1);
  }
  return new Set(closure(tokens, next));
}

/** With those that are reached for nothing, as `*` may stand for no character. */
function closure(tokens: readonly Token[], states: readonly number[]): number[] {
  return states.flatMap((state) => {
    const reached = [state];
    while (tokens[state++] === 'many') reached.push(state);
    return reached;
  });
}

function parse(pattern: string): Token[] {
  const tokens: Token[] = [];
  const characters = Array.from(pattern);
  for (let at = 0; at < characters.length; at++) {
    const character = characters[at] ?? '';
    if (character === '*') {
      if (tokens.at(-1) !== 'many') tokens.push('many');
    } else if (character === '?') tokens.push('any');
    else if (character === '\\') tokens.push({ character: escaped(pattern, characters[++at]) });
    else tokens.push({ character });
  }
  return tokens;
}

/** `}` and `/` are escaped for the substitution's sake, `*`, `?` and `\` for the pattern's; nothing else can be. */
function escaped(pattern: string, character: string | undefined): string {
  if (character !== undefined && '}/*?\\'.includes(character)) return character;
  throw new ToolError(
    'DOCKERFILE_INVALID',
    `the pattern ${JSON.stringify(pattern)} escapes ${character === undefined ? 'nothing' : JSON.stringify(character)}`,
    { hint: 'Only *, ?, \\, / and } can be escaped in a pattern.' },
  );
}
