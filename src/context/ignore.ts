/**
 * .dockerignore, matched as Docker and BuildKit match it (moby/patternmatcher): a pattern that matches a directory takes all below it, the
 * last match wins, and what an exception may bring back is decided on the way down from the root.
 */
import { ToolError, isToolError } from '../core/errors.ts';
import type { SourceRange } from '../core/errors.ts';
import { decodeName } from '../layer/names.ts';
import { cleanPath, trimSpace } from './go-strings.ts';
import { tryGlob } from './glob.ts';
import { matcher } from './ignore-pattern.ts';
import type { Matcher } from './ignore-pattern.ts';

/** Which patterns match a directory itself or one above it: a bit for each. */
export type Matched = Uint8Array;

export interface Ignore {
  readonly patterns: readonly string[];
  /** Where each of the patterns stands. */
  readonly lines: readonly IgnoreLine[];
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
    .flatMap((line) => {
      const compiled = compile(line);
      return compiled ? [{ ...compiled, line }] : [];
    });
  const exceptions = patterns.filter(({ exception }) => exception);
  return {
    patterns: patterns.map(({ exception, text }) => (exception ? `!${text}` : text)),
    lines: patterns.map(({ line }) => line),
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
export const ignoreNothing: Ignore = { patterns: [], lines: [], ignores: () => false, mayHold: () => false };

/** Whether a path below the root is left out, found from the root down. */
export function isIgnored(ignore: Ignore, path: string): boolean {
  return ignoredBy(ignore, path) !== undefined;
}

/** The line that leaves a path out: the last that matches it or a directory above it. Undefined when it is not left out. */
export function ignoredBy(ignore: Ignore, path: string): IgnoreLine | undefined {
  let parent: Matched | undefined;
  for (let slash = path.indexOf('/'); ; slash = path.indexOf('/', slash + 1)) {
    const matched = new Uint8Array(ignore.patterns.length);
    const ignored = ignore.ignores(slash === -1 ? path : path.slice(0, slash), parent, matched);
    if (slash === -1) return ignored ? ignore.lines[matched.lastIndexOf(1)] : undefined;
    parent = matched;
  }
}

interface Pattern extends Matcher {
  readonly text: string;
  readonly exception: boolean;
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
