import { errorCodes } from '../core/error-codes.ts';
import { ToolError, isToolError, messageOf, type SourceRange } from '../core/errors.ts';
import { maskUrls, safe } from './safe.ts';
import type { Style } from './style.ts';

/** Any thrown value as a ToolError: what is none is a bug of ours. */
export function asToolError(thrown: unknown): ToolError {
  if (isToolError(thrown)) return thrown;
  return new ToolError('INTERNAL', `this is a bug in Coracle: ${messageOf(thrown)}`, {
    cause: thrown,
    hint: 'Run it again with --debug and report what it prints.',
  });
}

/** The exit code that goes with an error. */
export function exitCode(error: ToolError): number {
  return errorCodes[error.code].exit;
}

/** An error for people: what happened, where, another program's own words, what to do next. Ends with a line end. */
export function renderError(error: ToolError, style: Style, options: { debug?: boolean } = {}): string {
  const clean = (text: string): string => maskUrls(safe(text));
  const lines = [
    `${style.red('error:')} ${style.bold(clean(error.message))} ${style.dim(`[${error.code}]`)}`,
  ];
  if (error.where) lines.push(...frame(error.where, style));
  if (error.detail !== undefined && error.detail.trim() !== '')
    lines.push(clean(error.detail).replace(/\n+$/, ''));
  if (error.hint !== undefined) lines.push(`${style.cyan('hint:')} ${clean(error.hint)}`);
  if (options.debug) lines.push(style.dim(clean(stacks(error))));
  return `${lines.join('\n')}\n`;
}

/** An error as the value of a JSON document. */
export function errorDocument(error: ToolError): { schema: string; error: Record<string, unknown> } {
  const { file, line, column } = error.where ?? {};
  const text = (value: string | undefined): string | undefined =>
    value === undefined ? undefined : maskUrls(value);
  return {
    schema: 'coracle.error/v1',
    error: {
      code: error.code,
      message: maskUrls(error.message),
      hint: text(error.hint),
      detail: text(error.detail),
      where: error.where && { file, line, column },
    },
  };
}

/** Characters of a source line that are shown. */
const widest = 160;

/** The lines around a place in a file, the place itself underlined. */
function frame(where: SourceRange, style: Style): string[] {
  const place = `${where.file}:${where.line}${where.column === undefined ? '' : `:${where.column}`}`;
  const lines = [`  ${style.cyan('-->')} ${place}`];
  if (where.text === undefined) return lines;
  // Of a very long line, the part around the place.
  const from = Math.max(0, (where.column ?? 1) - widest / 2);
  const source = where.text.split(/\r?\n/);
  const first = Math.max(1, where.line - 1);
  const last = Math.min(
    source.length,
    Math.max(where.line, Math.min(where.endLine ?? where.line, where.line + 4)) + 1,
  );
  const expandTo = (text: string, end: number): string => expand(text.slice(0, end));
  const gutter = String(last).length;
  const expand = (text: string): string => safe(text.slice(from, from + widest)).replaceAll('\t', '    ');
  for (let number = first; number <= last; number++) {
    const text = source[number - 1] ?? '';
    if (number === last && number > where.line && text === '') break;
    const marked = number === where.line;
    const bar = style.dim(`${String(number).padStart(gutter)} |`);
    lines.push(`${marked ? style.red('>') : ' '} ${bar} ${expand(text)}`.trimEnd());
    if (marked && where.column !== undefined) {
      const before = expandTo(text, where.column - 1).length;
      const end =
        (where.endLine ?? where.line) === where.line
          ? (where.endColumn ?? where.column + 1)
          : text.length + 1;
      const under = Math.max(1, expandTo(text, end - 1).length - before);
      lines.push(
        `  ${style.dim(`${' '.repeat(gutter)} |`)} ${' '.repeat(before)}${style.red('^'.repeat(under))}`,
      );
    }
  }
  return lines;
}

function stacks(error: Error): string {
  const parts: string[] = [];
  for (let at: unknown = error, depth = 0; at instanceof Error && depth < 8; at = at.cause, depth++) {
    parts.push(`${depth === 0 ? '' : 'caused by: '}${at.stack ?? at.message}`);
  }
  return parts.join('\n');
}
