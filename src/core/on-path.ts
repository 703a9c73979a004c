import { accessSync, constants, statSync } from 'node:fs';
import path from 'node:path';

/**
 * The file that a command's name means, if there is one that can be run. Looks at once: a call takes microseconds, and waiting for each in turn
 * takes as long as what else is going on.
 */
export async function onPath(program: string, search: string): Promise<string | undefined> {
  if (program === '') return undefined;
  const candidates = program.includes('/')
    ? [program]
    : search.split(path.delimiter).map((directory) => path.join(directory || '.', program));
  return candidates.find(runs);
}

function runs(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
