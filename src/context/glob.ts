/** Go's filepath.Match, which says what the patterns of COPY and ADD mean: `*`, `?`, `[a-z]`, `[^a-z]`, `\` before a character. */
import { ToolError } from '../core/errors.ts';

/**
 * Compiles a pattern. `*` and `?` do not match a slash; the whole of a path must match. `**` is no more than `*`, as in COPY; where
 * directories are to be crossed, see `compileIgnore`. Takes time in proportion to pattern times path, whatever they are.
 * @throws ToolError CONTEXT_INVALID for a malformed pattern
 */
export function compileGlob(pattern: string): (path: string) => boolean {
  const chunks = parseGlob(pattern);
  for (const chunk of chunks) chunk.items();
  return (path) => matchChunks(chunks, Array.from(path));
}

/** As Go does where it only tries a pattern: what is malformed after the first difference is not seen. @throws ToolError CONTEXT_INVALID */
export function tryGlob(pattern: string): void {
  matchChunks(parseGlob(pattern), ['.']);
}

/** True when `path` matches `pattern`, as Go's filepath.Match(pattern, path). @throws ToolError CONTEXT_INVALID */
export function matchPattern(pattern: string, path: string): boolean {
  return compileGlob(pattern)(path);
}

/** True when a string means something else than itself as a pattern. */
export function isGlob(text: string): boolean {
  return /[*?[\\]/.test(text);
}

type Item =
  | { readonly kind: 'literal'; readonly character: string }
  | { readonly kind: 'any' }
  | {
      readonly kind: 'class';
      readonly negated: boolean;
      readonly ranges: readonly (readonly [number, number])[];
    };

/** What stands between two stars. */
interface Chunk {
  readonly star: boolean;
  readonly empty: boolean;
  /** @throws ToolError CONTEXT_INVALID */
  readonly items: () => readonly Item[];
}

function parseGlob(pattern: string): Chunk[] {
  const text = Array.from(pattern);
  const chunks: Chunk[] = [];
  for (let at = 0; at < text.length;) {
    let start = at;
    while (text[start] === '*') start++;
    const end = endOfChunk(text, start);
    const own = text.slice(start, end);
    let items: readonly Item[] | undefined;
    chunks.push({
      star: start > at,
      empty: own.length === 0,
      items: () => (items ??= parseChunk(own, pattern)),
    });
    at = end;
  }
  return chunks;
}

/** The next star that is not in a bracket. */
function endOfChunk(text: readonly string[], start: number): number {
  let bracket = false;
  for (let at = start; at < text.length; at++) {
    if (text[at] === '\\') at++;
    else if (text[at] === '[') bracket = true;
    else if (text[at] === ']') bracket = false;
    else if (text[at] === '*' && !bracket) return at;
  }
  return text.length;
}

function parseChunk(text: readonly string[], pattern: string): readonly Item[] {
  const items: Item[] = [];
  for (let at = 0; at < text.length;) {
    const { item, end } = parseItem(text, at, pattern);
    items.push(item);
    at = end;
  }
  return items;
}

function parseItem(
  text: readonly string[],
  at: number,
  pattern: string,
): { readonly item: Item; readonly end: number } {
  const character = text[at] ?? '';
  if (character === '?') return { item: { kind: 'any' }, end: at + 1 };
  if (character === '[') return parseClass(text, at + 1, pattern);
  if (character !== '\\') return { item: { kind: 'literal', character }, end: at + 1 };
  const next = text[at + 1];
  if (next === undefined) throw malformed(pattern, 'it ends in a backslash');
  return { item: { kind: 'literal', character: next }, end: at + 2 };
}

function parseClass(
  text: readonly string[],
  start: number,
  pattern: string,
): { readonly item: Item; readonly end: number } {
  let at = start;
  const negated = text[at] === '^';
  if (negated) at++;
  const ranges: (readonly [number, number])[] = [];
  const bound = (): number => {
    const character = text[at];
    if (character === undefined) throw malformed(pattern, 'the bracket [ is not closed');
    if (character === '-' || character === ']')
      throw malformed(pattern, `${character} in a bracket needs a backslash`);
    if (character === '\\') at++;
    const code = text[at]?.codePointAt(0);
    if (code === undefined) throw malformed(pattern, 'the bracket [ is not closed');
    if (code >= 0xdc80 && code <= 0xdcff)
      throw malformed(pattern, 'in a bracket it has a byte that is not UTF-8');
    at++;
    if (at >= text.length) throw malformed(pattern, 'the bracket [ is not closed');
    return code;
  };
  while (text[at] !== ']' || ranges.length === 0) {
    const low = bound();
    if (text[at] === '-') {
      at++;
      ranges.push([low, bound()]);
    } else ranges.push([low, low]);
  }
  return { item: { kind: 'class', negated, ranges }, end: at + 1 };
}

function malformed(pattern: string, why: string): ToolError {
  return new ToolError('CONTEXT_INVALID', `the pattern ${JSON.stringify(pattern)} is malformed: ${why}`, {
    hint: String.raw`Put a backslash before a character that stands for itself: \*, \?, \[, \\.`,
  });
}

/** Each chunk where it fits first: going back to an earlier star could not help, as a star does not cross slashes. */
function matchChunks(chunks: readonly Chunk[], path: readonly string[]): boolean {
  let at = 0;
  for (const [index, chunk] of chunks.entries()) {
    const { star } = chunk;
    const last = index === chunks.length - 1;
    if (star && chunk.empty) return !path.includes('/', at);
    const items = chunk.items();
    const fits = (from: number): number | undefined => {
      const end = matchItems(items, path, from);
      return last && end !== path.length ? undefined : end;
    };
    let end = fits(at);
    // A star takes one character more at a time, but no slash.
    for (let from = at; end === undefined && from < path.length; from++) {
      if (!star || path[from] === '/') break;
      end = fits(from + 1);
    }
    if (end === undefined) return false;
    at = end;
  }
  return at === path.length;
}

/** Where the match ends. */
function matchItems(items: readonly Item[], path: readonly string[], start: number): number | undefined {
  let at = start;
  for (const item of items) {
    const character = path[at++];
    if (character === undefined || !matchItem(item, character)) return undefined;
  }
  return at;
}

function matchItem(item: Item, character: string): boolean {
  if (item.kind === 'literal') return item.character === character;
  if (item.kind === 'any') return character !== '/';
  const code = character.codePointAt(0) ?? 0;
  // Go reads a byte that is not UTF-8 as U+FFFD.
  const seen = code >= 0xdc80 && code <= 0xdcff ? 0xfffd : code;
  return item.ranges.some(([low, high]) => low <= seen && seen <= high) !== item.negated;
}
