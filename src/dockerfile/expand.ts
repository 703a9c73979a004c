import type { Reader } from './expand-reader.ts';
import { readUntil, type Expansion } from './expand-text.ts';

/** What variables there are; one that is set to nothing is there. */
export type Variables = Pick<ReadonlyMap<string, string>, 'get'>;

export interface ExpandOptions {
  /** The Dockerfile's escape character. */
  readonly escape: '\\' | '`';
  /**
   * `word`: quotes are taken away. `heredoc`: quotes are characters like others, and the escape character is `\` whatever the
   * directive says. `shown`: quotes stay and so does what is not set, for text that is only looked at. Default: `word`.
   */
  readonly mode?: 'word' | 'heredoc' | 'shown';
  /** Hears of each variable that is asked for and not set. */
  readonly onUnset?: (name: string) => void;
}

/**
 * A word of a Dockerfile with its variables replaced, quotes and escapes taken away: the Dockerfile reference's "environment
 * replacement", as BuildKit's shell lexer does it. Knows `$v`, `${v}` and the modifiers `:- - :+ + :? ? # ## % %% / //`, nested.
 * @throws ToolError DOCKERFILE_INVALID, without a place
 */
export function expandWord(raw: string, variables: Variables, options: ExpandOptions): string {
  return expand(raw, variables, options, false).text;
}

/**
 * The same, then split at white space that is not quoted and did not come out of quotes.
 * @throws ToolError DOCKERFILE_INVALID, without a place
 */
export function expandWords(raw: string, variables: Variables, options: ExpandOptions): readonly string[] {
  return expand(raw, variables, options, true).words;
}

/** How much text variables may put into a word and into a heredoc: a value that holds itself twice grows without end. */
const most = { word: 4 << 20, heredoc: 64 << 20 };

function expand(raw: string, variables: Variables, options: ExpandOptions, splits: boolean): Expansion {
  const { escape, mode = 'word', onUnset = () => undefined } = options;
  const heredoc = mode === 'heredoc';
  const reader: Reader = {
    text: raw,
    at: 0,
    depth: 0,
    room: heredoc ? most.heredoc : most.word,
    splits,
    escape: heredoc ? '\\' : escape,
    quotes: heredoc ? 'plain' : mode === 'shown' ? 'kept' : 'taken away',
    keepUnset: mode === 'shown',
    variables,
    onUnset,
  };
  return readUntil(reader, undefined, false);
}
