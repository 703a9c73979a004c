import path from 'node:path/posix';
import { closest } from '../../core/closest.ts';
import type { ToolError } from '../../core/errors.ts';
import type { Tree } from '../../snapshot/types.ts';
import type { CopyAction } from '../graph.ts';
import { resolveIn } from '../exec/resolve.ts';
import { copyError } from './instruction.ts';
import type { CopyEngineOptions } from './options.ts';

/** Names shown of a directory; a person reads no more. */
const mostNames = 8;

/** A source that is not there: where the path ends, what is there instead, and what may have been meant. */
export async function missing(
  tree: Tree,
  action: Extract<CopyAction, { kind: 'copy' }>,
  source: string,
  wanted: string,
  options: CopyEngineOptions,
  fromContext: boolean,
): Promise<ToolError> {
  const place = fromContext ? 'the build context' : 'what it copies from';
  const message = `there is no ${wanted.slice(1) || '/'} in ${place}`;
  const hidden = await options.hidden?.(tree, wanted.slice(1));
  if (hidden !== undefined) return copyError(action, 'NOT_FOUND', message, hidden, source);
  return copyError(action, 'NOT_FOUND', message, await whatIsThere(tree, wanted), source);
}

async function whatIsThere(tree: Tree, wanted: string): Promise<string> {
  const parts = wanted.split('/').slice(1);
  for (let depth = parts.length - 1; depth >= 0; depth--) {
    const { entry } = await resolveIn(tree, parts.slice(0, depth).join('/')).catch(() => ({
      entry: undefined,
    }));
    if (!entry) continue;
    const at = `/${parts.slice(0, depth).join('/')}`;
    if (entry.type !== 'directory') return `${at.slice(1)} is no directory.`;
    const names = (await tree.list(entry.path)).map((child) => path.basename(child.path));
    const guess = closest(parts[depth] ?? '', names);
    if (guess !== undefined)
      return `Did you mean ${path.join(at, guess, ...parts.slice(depth + 1)).slice(1)}?`;
    if (names.length === 0) return `${at === '/' ? 'It' : at.slice(1)} is empty.`;
    const more = names.length > mostNames ? ` and ${names.length - mostNames} more` : '';
    return `${at === '/' ? 'It' : at.slice(1)} holds ${names.slice(0, mostNames).join(', ')}${more}.`;
  }
  return 'Look at the path.';
}
