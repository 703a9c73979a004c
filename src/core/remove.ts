import { promises as fs } from 'node:fs';
import { systemCode } from './errors.ts';

/**
 * Removes a file, or a directory with all in it, whatever bytes its names are (Node's own `rm` knows names in UTF-8 only) and whatever
 * modes its directories have. No link is followed. What is gone already is no error.
 * @throws the system's error: EACCES or EPERM for what other users own
 */
export async function removeDeep(path: string | Buffer): Promise<void> {
  const place = typeof path === 'string' ? Buffer.from(path) : path;
  try {
    await fs.unlink(place);
    return;
  } catch (error) {
    const code = systemCode(error);
    if (code === 'ENOENT') return;
    // Linux says EISDIR for a directory, POSIX EPERM.
    if (code !== 'EISDIR' && code !== 'EPERM') throw error;
  }
  await removeDirectory(place);
}

async function removeDirectory(place: Buffer): Promise<void> {
  const names = await list(place);
  if (!names) return;
  for (const { name, directory } of names) {
    const child = Buffer.concat([place, slash, name]);
    if (directory) await removeDirectory(child);
    else await fs.unlink(child).catch(unlessGone);
  }
  await fs.rmdir(place).catch(unlessGone);
}

const slash = Buffer.from('/');

async function list(
  place: Buffer,
): Promise<readonly { readonly name: Buffer; readonly directory: boolean }[] | undefined> {
  const read = async (): Promise<{ name: Buffer; directory: boolean }[]> =>
    (await fs.readdir(place, { withFileTypes: true, encoding: 'buffer' })).map((entry) => ({
      name: entry.name,
      directory: entry.isDirectory(),
    }));
  try {
    // Also a directory that may be read may forbid to change it.
    await fs.access(place, fs.constants.R_OK | fs.constants.W_OK | fs.constants.X_OK);
    return await read();
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    if (systemCode(error) !== 'EACCES') throw error;
  }
  await fs.chmod(place, 0o700);
  return read();
}

function unlessGone(error: unknown): void {
  if (systemCode(error) !== 'ENOENT') throw error;
}
