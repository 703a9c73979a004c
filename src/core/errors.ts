import type { ErrorCode } from './error-codes.ts';

/** A place in a text file, shown as a code frame. Lines and columns count from 1; columns in UTF-16 units. */
export interface SourceRange {
  readonly file: string;
  readonly line: number;
  readonly column?: number;
  readonly endLine?: number;
  readonly endColumn?: number;
  /** The file's text, when the frame can be cut from it. */
  readonly text?: string;
}

export interface ToolErrorOptions {
  /** What to do now: one sentence, or a command to type. */
  readonly hint?: string;
  readonly where?: SourceRange;
  readonly retryable?: boolean;
  readonly cause?: unknown;
  /** Another program's own words (a compiler's lines, a registry's answer), printed unchanged below the message. */
  readonly detail?: string;
}

/** The one error of Coracle: what happened, where, what next. Stacks are printed only with --debug. */
export class ToolError extends Error {
  override readonly name = 'ToolError';
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly where: SourceRange | undefined;
  readonly retryable: boolean;
  readonly detail: string | undefined;

  constructor(code: ErrorCode, message: string, options: ToolErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.hint = options.hint;
    this.where = options.where;
    this.retryable = options.retryable ?? false;
    this.detail = options.detail;
  }
}

/** True when `error` is a ToolError, with one of `codes` when any are given. */
export function isToolError(error: unknown, ...codes: readonly ErrorCode[]): error is ToolError {
  return error instanceof ToolError && (codes.length === 0 || codes.includes(error.code));
}

/** The `code` of a system error (`ENOENT`, `EACCES` …), if it is one. */
export function systemCode(error: unknown): string | undefined {
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') return error.code;
  return undefined;
}

/** What an unknown thrown value says, for the middle of a sentence. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
