import { promises as fs } from 'node:fs';
import type { Stats } from 'node:fs';
import path from 'node:path';
import { ToolError, systemCode } from '../../core/errors.ts';
import { fileError } from '../../core/files.ts';

/**
 * A path inside a directory, its links followed. One that leads out of it is refused: what lies there is not what was explained.
 * @throws ToolError NOT_FOUND, FILE_UNREADABLE
 */
export async function pathBelow(root: string, inside: string): Promise<{ file: string; stat: Stats }> {
  const wanted = path.join(root, path.posix.resolve('/', inside));
  try {
    const [top, file] = await Promise.all([fs.realpath(root), fs.realpath(wanted)]);
    const below = path.relative(top, file);
    if (below.startsWith('..') || path.isAbsolute(below))
      throw new ToolError('NOT_FOUND', `${inside} is a link that leads out of ${root}`, {
        hint: `It leads to ${file}.`,
      });
    return { file, stat: await fs.stat(file) };
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'ELOOP'].includes(systemCode(error) ?? ''))
      throw new ToolError('NOT_FOUND', `${root} has no ${inside}`, {
        hint: 'The path is taken from that directory.',
      });
    throw fileError(error, 'read', wanted);
  }
}
