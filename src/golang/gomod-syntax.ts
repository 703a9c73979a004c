/**
 * The syntax that go.mod and go.work share (go.dev/ref/mod#go-mod-file-lexical): lines of words, blocks in brackets, `//`
 * comments, quoted strings. It knows no directive.
 */
import { splitLines, syntaxError } from './gomod-words.ts';
import type { Word } from './gomod-words.ts';

/** One line of a file, with the word of its block in front when it stands in one. */
export interface Directive {
  readonly verb: Word;
  readonly args: readonly Word[];
  /** The comment behind it, without the slashes and spaces around. */
  readonly comment: string;
}

/**
 * The directives of a file in their order.
 * @throws ToolError CONFIG_INVALID with the place
 */
export function parseDirectives(text: string, file: string): Directive[] {
  const directives: Directive[] = [];
  let block: { verb: Word; opened: Word } | undefined;
  for (const { words, comment } of splitLines(text, file)) {
    const [first, ...rest] = words;
    const last = words.at(-1);
    if (!first || !last) continue;
    if (block) {
      if (first.raw === ')') {
        if (rest.length > 0) throw syntaxError(file, text, 'a line must end after the closing bracket', last);
        block = undefined;
      } else directives.push({ verb: block.verb, args: words, comment });
      continue;
    }
    if (last.raw === '(' && words.length > 1) {
      // `tool some thing (` is a block of a kind that nobody knows: read over, as the go command does for dependencies.
      const verb =
        words.length === 2
          ? first
          : {
              ...first,
              text: words
                .slice(0, -1)
                .map((word) => word.text)
                .join(' '),
            };
      block = { verb, opened: last };
    } else if (last.raw === ')' && words.length === 3 && rest[0]?.raw === '(') continue;
    else directives.push({ verb: first, args: rest, comment });
  }
  if (block)
    throw syntaxError(
      file,
      text,
      `the block of ${block.verb.text} is never closed`,
      block.verb,
      block.opened,
    );
  return directives;
}
