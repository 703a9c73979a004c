/**
 * .dockerignore, matched as Docker and BuildKit match it (moby/patternmatcher): a pattern that matches a directory takes all below it, the
 * last match wins, and what an exception may bring back is decided on the way down from the root.
 */
import { ToolError, isToolError } from '../core/errors.ts';
import type { SourceRange } from '../core/errors.ts';
import { decodeName } from '../layer/names.ts';
import { automaton } from './automaton.ts';
import { tryGlob } from './glob.ts';
import { parseGoRegexp } from './go-regexp.ts';

/** Which patterns match a directory itself or one above it: a bit for each. */
export type Matched = Uint8Array;

export interface Ignore {
  readonly patterns: readonly string[];
  /**
   * Whether a path is left out. `parent` is what `matched` was given for its directory (nothing for those of the root); for a directory
   * `matched` is filled in.
   */
  ignores(path: string, parent: Matched | undefined, matched?: Matched): boolean;
  /** True when an exception could bring back something below a directory that is left out. */
  mayHold(directory: string): boolean;
}

/** A pattern and the line that it stands in. */
export interface IgnoreLine {
  readonly pattern: string;
  readonly where?: SourceRange;
}

/** The longest line that Docker reads, in bytes. */
const longestLine = 64 * 1024;

/**
 * The patterns of a .dockerignore: comments and blank lines dropped, paths cleaned, leading slashes taken off.
 * @param file its name, for errors
 * @throws ToolError CONTEXT_INVALID for a line that is too long
 */
export function parseIgnoreFile(bytes: Uint8Array, file: string): IgnoreLine[] {
  const text = decodeName(bytes).replace(/^\ufeff/, '');
  return text.split('\n').flatMap((raw, index): IgnoreLine[] => {
    const where: SourceRange = { file, line: index + 1, text };
    const line = raw.endsWith('\r') ? raw.slice(0, -1) : raw;
    if (line.length >= longestLine) {
      throw new ToolError('CONTEXT_INVALID', `a line of ${file} is longer than ${longestLine} bytes`, {
        hint: 'Each pattern stands in a line of its own.',
      });
    }
    if (line.startsWith('#')) return [];
    const trimmed = trimSpace(line);
    if (trimmed === '') return [];
    const inverted = trimmed.startsWith('!');
    const rest = inverted ? trimSpace(trimmed.slice(1)) : trimmed;
    const clean = rest === '' ? '' : cleanPath(rest);
    const relative = clean.length > 1 && clean.startsWith('/') ? clean.slice(1) : clean;
    return [{ pattern: inverted ? `!${relative}` : relative, where }];
  });
}

/**
 * @throws ToolError CONTEXT_INVALID for a pattern that is malformed
 */
export function compileIgnore(lines: readonly (string | IgnoreLine)[]): Ignore {
  const patterns = lines
    .map((line) => (typeof line === 'string' ? { pattern: line } : line))
    .flatMap((line) => compile(line) ?? []);
  const exceptions = patterns.filter(({ exception }) => exception);
  return {
    patterns: patterns.map(({ exception, text }) => (exception ? `!${text}` : text)),
    ignores: (path, parent, matched) => {
      let ignored = false;
      for (const [index, { exception, matches }] of patterns.entries()) {
        let match = parent?.[index] === 1;
        // As in Docker: what could change nothing is not asked, and then counts as no match for what lies below.
        if (!match && exception === ignored) match = matches(path);
        if (match) {
          ignored = !exception;
          if (matched) matched[index] = 1;
        }
      }
      return ignored;
    },
    mayHold: (directory) => {
      const below = `${directory}/`;
      return exceptions.some(({ prefix }) => prefix.startsWith(below) || below.startsWith(prefix));
    },
  };
}

/** What ignores nothing. */
export const ignoreNothing: Ignore = { patterns: [], ignores: () => false, mayHold: () => false };

/** Whether a path below the root is left out, found from the root down. */
export function isIgnored(ignore: Ignore, path: string): boolean {
  let parent: Matched | undefined;
  let ignored = false;
  for (let slash = path.indexOf('/'); ; slash = path.indexOf('/', slash + 1)) {
    const matched = new Uint8Array(ignore.patterns.length);
    ignored = ignore.ignores(slash === -1 ? path : path.slice(0, slash), parent, matched);
    if (slash === -1) return ignored;
    parent = matched;
  }
}

interface Pattern {
  readonly text: string;
  readonly exception: boolean;
  readonly matches: (path: string) => boolean;
  /** What every path begins with that matches or lies below one that does. */
  readonly prefix: string;
}

function compile({ pattern, where }: IgnoreLine): Pattern | undefined {
  const trimmed = trimSpace(pattern);
  if (trimmed === '') return undefined;
  const clean = cleanPath(trimmed);
  const exception = clean.startsWith('!');
  const text = exception ? clean.slice(1) : clean;
  if (text === '') {
    throw new ToolError('CONTEXT_INVALID', 'the pattern ! names nothing', {
      ...(where && { where }),
      hint: 'After the exclamation mark stands what is brought back.',
    });
  }
  try {
    // Docker's syntax is Go's filepath.Match; what it then does with a pattern is a matter of its own.
    tryGlob(text);
    return { text, exception, ...matcher(text) };
  } catch (error) {
    if (isToolError(error)) {
      throw new ToolError(error.code, error.message, {
        ...(where && { where }),
        ...(error.hint !== undefined && { hint: error.hint }),
      });
    }
    if (!(error instanceof SyntaxError)) throw error;
    throw new ToolError(
      'CONTEXT_INVALID',
      `the pattern ${JSON.stringify(text)} cannot be used: ${error.message}`,
      {
        ...(where && { where }),
        hint: 'Outside brackets a backslash makes the next character stand for itself; leave it away before letters and digits.',
      },
    );
  }
}

/** How a pattern matches, decided by its form as in Docker: as text, as a beginning, as an end, else as a regular expression. */
function matcher(text: string): Pick<Pattern, 'matches' | 'prefix'> {
  const { expression, form } = translate(text);
  if (form === 'exact') return { matches: (path) => path === text, prefix: text };
  if (form === 'prefix') {
    const prefix = text.slice(0, -2);
    return { matches: (path) => path.startsWith(prefix), prefix };
  }
  if (form === 'suffix') {
    const suffix = text.slice(2);
    const whole = suffix.startsWith('/') ? suffix.slice(1) : undefined;
    return { matches: (path) => path.endsWith(suffix) || path === whole, prefix: '' };
  }
  const run = automaton(parseGoRegexp(expression));
  if (expression.includes('|')) return { matches: run, prefix: '' };
  // Most paths differ from a pattern in what is plain text at its ends: that is seen without walking through it.
  const [head, tail] = [plainHead(text), plainTail(text)];
  return { matches: (path) => path.startsWith(head) && path.endsWith(tail) && run(path), prefix: head };
}

const special = /[*?[\]\\^\ufeff\ufffd\ud800-\udfff]/;

function plainHead(text: string): string {
  const end = text.search(special);
  return end === -1 ? text : text.slice(0, end);
}

function plainTail(text: string): string {
  const units = text.split('');
  const at = units.findLastIndex((unit) => special.test(unit));
  // The slash after ** goes with it, and what follows a backslash may be no plain text.
  const tail = text.slice(units[at] === '\\' ? at + 2 : at + 1);
  return tail.startsWith('/') ? tail.slice(1) : tail;
}

type Form = 'exact' | 'prefix' | 'suffix' | 'regexp';

/**
 * The regular expression that Docker makes of a pattern, in Go's syntax without its anchors, and the short cut that it may take. Docker
 * means to escape braces and bars too, and does not: a bar separates alternatives.
 */
function translate(pattern: string): { readonly expression: string; readonly form: Form } {
  const text = Array.from(pattern.replace(/^\ufeff/, ''));
  let expression = '';
  let form: Form = 'exact';
  for (let at = 0, first = true; at < text.length; first = false) {
    const character = text[at++] ?? '';
    if (character === '*' && text[at] === '*') {
      at++;
      if (text[at] === '/') at++;
      if (at < text.length) {
        expression += '(.*/)?';
        form = 'regexp';
      } else if (form === 'exact') form = 'prefix';
      else {
        expression += '.*';
        form = 'regexp';
      }
      if (first) form = 'suffix';
    } else if (character === '*' || character === '?') {
      expression += character === '*' ? '[^/]*' : '[^/]';
      form = 'regexp';
    } else if ('.+()$'.includes(character)) expression += `\\${character}`;
    else if (character === '\\' && at < text.length) {
      expression += `\\${text[at++] ?? ''}`;
      form = 'regexp';
    } else {
      expression += character;
      if (character === '[' || character === ']') form = 'regexp';
    }
  }
  return { expression, form };
}

/** Go's strings.TrimSpace. */
function trimSpace(text: string): string {
  return text.replace(leadingSpace, '').replace(trailingSpace, '');
}
const leadingSpace = /^[\t\n\v\f\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+/;
// Each run of spaces is looked at once: without the look-behind a line of spaces would take quadratic time.
const trailingSpace =
  /(?<![\t\n\v\f\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000])[\t\n\v\f\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+$/;

/** Go's path.Clean. */
export function cleanPath(path: string): string {
  const rooted = path.startsWith('/');
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue;
    if (part !== '..') parts.push(part);
    else if (parts.length > 0 && parts.at(-1) !== '..') parts.pop();
    else if (!rooted) parts.push('..');
  }
  const joined = parts.join('/');
  return rooted ? `/${joined}` : joined || '.';
}
