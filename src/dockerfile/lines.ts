import { skipSpaces } from './parse-space.ts';
import type { CommentNode, Dockerfile } from './syntax.ts';

/** A line of the text. `end` is behind its last character that is no line end, `next` where the next line begins. */
export interface Line {
  readonly start: number;
  readonly end: number;
  readonly next: number;
}

/** The line that begins at `start`. As in BuildKit, every carriage return before the line feed belongs to the line end. */
export function lineAt(text: string, start: number): Line {
  const feed = text.indexOf('\n', start);
  const next = feed === -1 ? text.length : feed + 1;
  let end = next;
  while (end > start && (text[end - 1] === '\n' || text[end - 1] === '\r')) end--;
  return { start, end, next };
}

/** The comment that a line is, if it is one. */
export function commentOf(text: string, line: Line): CommentNode | undefined {
  const hash = skipSpaces(text, line.start, line.end);
  if (text[hash] !== '#' || hash >= line.end) return undefined;
  return {
    kind: 'comment',
    text: text.slice(hash + 1, line.end),
    span: { start: line.start, end: line.next },
  };
}

export function isBlank(text: string, line: Line): boolean {
  return skipSpaces(text, line.start, line.end) === line.end;
}

/** An instruction's text with its continuations joined; `offsets` has the place of each unit. */
export interface JoinedLine {
  readonly text: string;
  readonly offsets: readonly number[];
  readonly comments: readonly CommentNode[];
  /** The place behind the last character. */
  readonly end: number;
  /** Where the line behind the last one begins. */
  readonly next: number;
}

/**
 * Joins the lines of the instruction whose first line is given. A line goes on when its last character but blanks and tabs is the
 * escape character, unless another one stands before that. White space at the start of further lines stays; comments and blank lines
 * between them do not end the instruction, and are left out.
 */
export function joinLines(text: string, first: Line, escape: Dockerfile['escape']): JoinedLine {
  const parts: string[] = [];
  const offsets: number[] = [];
  const comments: CommentNode[] = [];
  let line = first;
  let start = skipSpaces(text, first.start, first.end);
  for (;;) {
    const cut = continuation(text, start, line.end, escape);
    const end = cut ?? line.end;
    parts.push(text.slice(start, end));
    for (let at = start; at < end; at++) offsets.push(at);
    if (cut === undefined) break;
    let more: Line | undefined;
    while (line.next < text.length) {
      line = lineAt(text, line.next);
      const comment = commentOf(text, line);
      if (comment) comments.push(comment);
      else if (!isBlank(text, line)) {
        more = line;
        break;
      }
    }
    if (more === undefined) break;
    start = more.start;
  }
  return { text: parts.join(''), offsets, comments, end: (offsets.at(-1) ?? start) + 1, next: line.next };
}

/** Where the escape character stands that joins the line to the next one. */
function continuation(text: string, start: number, end: number, escape: string): number | undefined {
  let at = end;
  while (at > start && (text[at - 1] === ' ' || text[at - 1] === '\t')) at--;
  if (at === start || text[at - 1] !== escape) return undefined;
  return at - 1 === start || text[at - 2] !== escape ? at - 1 : undefined;
}
