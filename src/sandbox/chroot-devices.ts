import { promises as fs } from 'node:fs';
import path from 'node:path';
import { systemCode } from '../core/errors.ts';
import { fileCalls } from '../core/syscalls.ts';
import { devices } from './init/devices.ts';

const character = 0o020000;

/** Makes the usual device nodes in a directory where they are missing; gives what removes them again. */
export async function makeDevices(directory: string): Promise<() => Promise<void>> {
  const before = await fs.stat(directory, { bigint: true });
  const made: string[] = [];
  const add = async (name: string, make: (file: string) => Promise<void> | void): Promise<void> => {
    const file = path.join(directory, name);
    if (await fs.lstat(file).catch(() => undefined)) return;
    try {
      await make(file);
      made.push(file);
    } catch (error) {
      if (systemCode(error) !== 'EPERM') throw error;
    }
  };
  for (const [name, major, minor] of devices) {
    await add(name, async (file) => {
      fileCalls().mknod(Buffer.from(file), character | 0o666, major, minor);
      await fs.chmod(file, 0o666);
    });
  }
  await add('fd', async (file) => fs.symlink('/proc/self/fd', file));
  for (const [index, name] of ['stdin', 'stdout', 'stderr'].entries())
    await add(name, async (file) => fs.symlink(`/proc/self/fd/${index}`, file));
  const after = await fs.stat(directory, { bigint: true });
  return async () => {
    const touched = (await fs.stat(directory, { bigint: true })).mtimeNs !== after.mtimeNs;
    for (const file of made) await fs.rm(file, { force: true, recursive: true });
    if (!touched) fileCalls().setMtime(Buffer.from(directory), before.mtimeNs);
  };
}
