import { closest } from '../core/closest.ts';
import { ToolError, type SourceRange } from '../core/errors.ts';
import type { ErrorCode } from '../core/error-codes.ts';
import type { Dockerfile, Span } from './syntax.ts';

/** What an error or a step says of its place: lines and columns from 1, the end exclusive, with the text for the frame. */
export function rangeOf(dockerfile: Pick<Dockerfile, 'file' | 'text'>, span: Span): SourceRange {
  const starts = lineStarts(dockerfile);
  const line = lineAt(starts, span.start);
  // The line end that a span takes in belongs to the line before.
  const last = Math.max(span.start, span.end - 1);
  const endLine = lineAt(starts, last);
  return {
    file: dockerfile.file,
    line: line + 1,
    column: span.start - (starts[line] ?? 0) + 1,
    endLine: endLine + 1,
    endColumn: Math.max(span.end, span.start + 1) - (starts[endLine] ?? 0) + 1,
    text: dockerfile.text,
  };
}

/** DOCKERFILE_INVALID with the place in its frame. */
export function dockerfileError(
  dockerfile: Pick<Dockerfile, 'file' | 'text'>,
  span: Span,
  message: string,
  hint?: string,
  code: ErrorCode = 'DOCKERFILE_INVALID',
): ToolError {
  return new ToolError(code, message, {
    where: rangeOf(dockerfile, span),
    ...(hint === undefined ? {} : { hint }),
  });
}

/** A piece of the Dockerfile for the middle of a message: in quotes, and short. */
export function quoted(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 57)}…` : text);
}

/** `Did you mean --from?`, or which there are. */
export function didYouMean(word: string, candidates: readonly string[], prefix = ''): string {
  const near = word.length > 40 ? undefined : closest(word, candidates);
  if (near !== undefined) return `Did you mean ${prefix}${near}?`;
  return `There are ${candidates.map((name) => prefix + name).join(', ')}.`;
}

const startsOf = new WeakMap<object, readonly number[]>();

function lineStarts(dockerfile: Pick<Dockerfile, 'text'>): readonly number[] {
  let starts = startsOf.get(dockerfile);
  if (starts === undefined) {
    const found = [0];
    for (let at = dockerfile.text.indexOf('\n'); at !== -1; at = dockerfile.text.indexOf('\n', at + 1)) {
      found.push(at + 1);
    }
    startsOf.set(dockerfile, (starts = found));
  }
  return starts;
}

/** The index of the line that holds an offset. */
function lineAt(starts: readonly number[], offset: number): number {
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((starts[middle] ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return low;
}
