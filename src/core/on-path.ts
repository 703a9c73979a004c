import { constants, promises as fs } from 'node:fs';
import path from 'node:path';

/** The file that a command's name means, if there is one that can be run. */
export async function onPath(program: string, search: string): Promise<string | undefined> {
  const candidates = program.includes('/')
    ? [program]
    : search.split(path.delimiter).map((directory) => path.join(directory || '.', program));
  for (const file of candidates) {
    const runs = await fs.access(file, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (program !== '' && runs && (await fs.stat(file)).isFile()) return file;
  }
  return undefined;
}
