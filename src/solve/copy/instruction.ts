import { ToolError, type SourceRange } from '../../core/errors.ts';
import type { ErrorCode } from '../../core/error-codes.ts';
import type { CopyAction } from '../graph.ts';

/** How an instruction is called in messages: `COPY main.go`. */
export function titleOf(action: CopyAction, source?: string): string {
  const written = wordAt(action.where);
  if (action.kind === 'directory') return `${written ?? 'WORKDIR'} ${action.path}`;
  const word = written ?? (action.kind === 'copy' && (action.unpack || action.literal) ? 'ADD' : 'COPY');
  const named =
    source ?? (action.kind === 'inline' ? `<<${action.name}` : (action.sources[0] ?? '').slice(0, 200));
  return `${word} ${named}`;
}

/** The instruction's own word, when its line is at hand and it is one of ours. */
function wordAt(where: SourceRange | undefined): string | undefined {
  const line = where?.text?.split('\n', where.line).at(-1);
  const word = /^\s*([A-Za-z]+)/.exec(line ?? '')?.[1]?.toUpperCase();
  return word === 'COPY' || word === 'ADD' || word === 'WORKDIR' ? word : undefined;
}

/** An error of an instruction, at its place. */
export function copyError(
  action: CopyAction,
  code: ErrorCode,
  message: string,
  hint?: string,
  source?: string,
): ToolError {
  return new ToolError(code, `${titleOf(action, source)}: ${message}`, {
    ...(hint !== undefined && { hint }),
    ...(action.where && { where: action.where }),
  });
}

/** What the file system refused is said with the instruction before it, and its place. */
export async function withTitle<R>(action: CopyAction | undefined, work: () => Promise<R>): Promise<R> {
  try {
    return await work();
  } catch (error) {
    if (!action || !(error instanceof ToolError) || error.where) throw error;
    const { hint, detail } = error;
    const title = titleOf(action);
    throw new ToolError(
      error.code,
      error.message.startsWith(title) ? error.message : `${title}: ${error.message}`,
      {
        ...(hint !== undefined && { hint }),
        ...(detail !== undefined && { detail }),
        ...(action.where && { where: action.where }),
        cause: error,
      },
    );
  }
}
