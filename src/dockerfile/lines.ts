import { skipSpaces } from './parse-space.ts';
import type { CommentNode, Dockerfile, LinePiece, Span } from './syntax.ts';

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

/** An instruction's text with its continuations joined. */
export interface JoinedLine {
  readonly text: string;
  readonly pieces: readonly LinePiece[];
  readonly comments: readonly CommentNode[];
  /** Where the line behind the last one begins. */
  readonly next: number;
}

/** Where in the text a unit of a joined line stands; for its end, the place behind its last unit. */
export function placeIn(pieces: readonly LinePiece[], index: number): number {
  let low = 0;
  let high = pieces.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((pieces[middle]?.at ?? 0) <= index) low = middle;
    else high = middle - 1;
  }
  const piece = pieces[low];
  return piece === undefined ? index : piece.from + index - piece.at;
}

/** The span of a part of a joined line. */
export function spanOfPart(pieces: readonly LinePiece[], from: number, to: number): Span {
  // The last unit's place, not that of the unit behind it: a comment may lie between the two.
  if (from < to) return { start: placeIn(pieces, from), end: placeIn(pieces, to - 1) + 1 };
  const place = from === 0 ? placeIn(pieces, 0) : placeIn(pieces, from - 1) + 1;
  return { start: place, end: place };
}

/**
 * Joins the lines of the instruction whose first line is given. A line goes on when its last character but blanks and tabs is the
 * escape character, unless another one stands before that. White space at the start of further lines stays; comments and blank lines
 * between them do not end the instruction, and are left out.
 */
export function joinLines(text: string, first: Line, escape: Dockerfile['escape']): JoinedLine {
  let start = skipSpaces(text, first.start, first.end);
  let cut = continuation(text, start, first.end, escape);
  const pieces = [{ at: 0, from: start }];
  if (cut === undefined)
    return { text: text.slice(start, first.end), pieces, comments: none, next: first.next };
  const parts = [text.slice(start, cut)];
  let length = cut - start;
  const comments: CommentNode[] = [];
  let line = first;
  while (cut !== undefined && line.next < text.length) {
    line = lineAt(text, line.next);
    const comment = commentOf(text, line);
    if (comment) comments.push(comment);
    if (comment || isBlank(text, line)) continue;
    ({ start } = line);
    cut = continuation(text, start, line.end, escape);
    const part = text.slice(start, cut ?? line.end);
    pieces.push({ at: length, from: start });
    parts.push(part);
    length += part.length;
  }
  return { text: parts.join(''), pieces, comments, next: line.next };
}

const none: readonly never[] = [];

/** Where the escape character stands that joins the line to the next one. */
function continuation(text: string, start: number, end: number, escape: string): number | undefined {
  let at = end;
  while (at > start && (text[at - 1] === ' ' || text[at - 1] === '\t')) at--;
  if (at === start || text[at - 1] !== escape) return undefined;
  return at - 1 === start || text[at - 2] !== escape ? at - 1 : undefined;
}
