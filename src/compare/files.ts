import { promises as fs } from 'node:fs';
import path from 'node:path';
import type { ExtraFile } from '../build/types.ts';
import { ToolError } from '../core/errors.ts';
import { fileError } from '../core/files.ts';

/**
 * Copies the `files:` of a program's settings to where a Dockerfile can take them from, each under its number, with modes as `coracle build`
 * gives them: those that were asked for, else only the executable bit is kept.
 * @throws ToolError FILE_UNREADABLE, UNSUPPORTED for sockets and devices
 */
export async function stageFiles(files: readonly ExtraFile[], directory: string): Promise<void> {
  await fs.mkdir(directory, { recursive: true });
  for (const [index, { from, mode }] of files.entries())
    await stage(from, path.join(directory, `${index}`), mode);
}

async function stage(from: string, to: string, mode: number | undefined): Promise<void> {
  const stat = await fs.lstat(from).catch((error: unknown) => {
    throw fileError(error, 'read', from);
  });
  if (stat.isSymbolicLink()) await fs.symlink(await fs.readlink(from), to);
  else if (stat.isDirectory()) {
    await fs.mkdir(to);
    await fs.chmod(to, 0o755);
    for (const name of await fs.readdir(from)) await stage(path.join(from, name), path.join(to, name), mode);
  } else if (stat.isFile()) {
    await fs.copyFile(from, to);
    await fs.chmod(to, mode ?? (stat.mode & 0o100 ? 0o755 : 0o644));
  } else
    throw new ToolError('UNSUPPORTED', `${from} is neither a file, a directory nor a symbolic link`, {
      hint: 'Leave it out of files: in coracle.yaml.',
    });
}
