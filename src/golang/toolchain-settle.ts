/**
 * A fetched toolchain is 11,000 files. To flush each to the disk takes a minute, and to flush the disk as a whole waits for
 * whatever else is being written. So nothing is flushed: the record names the boot it was written in, and the first use in a later
 * one, before which the machine may have lost power, reads all files once (half a second) and compares their hash.
 */
import { promises as fs } from 'node:fs';
import path from 'node:path';
import { mapLimit } from '../core/concurrency.ts';
import { sha256File } from '../core/files.ts';
import { hash1 } from './dirhash.ts';
import type { HashedFile } from './dirhash.ts';

/** Names the time since the machine started; undefined where that cannot be told. */
export async function bootId(): Promise<string | undefined> {
  const text = await fs.readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => undefined);
  return text?.trim();
}

/** Directories of the download page's archive that the module leaves out. */
export const notInModule = /^(api|doc|misc|test)\//;

/** The name that a file of a GOROOT has in the toolchain's module, which cannot hold other modules. */
export function nameInModule(name: string): string {
  return name.replace(/(?<=^|\/)go\.mod$/, '_go.mod');
}

/**
 * The module's hash, reckoned from the files in `goroot`.
 * @param prefix `golang.org/toolchain@VERSION`
 * @throws ToolError FILE_UNREADABLE
 */
export async function hashTree(goroot: string, prefix: string, leaveOut: string): Promise<string> {
  const entries = await fs.readdir(goroot, { recursive: true, withFileTypes: true });
  const names = entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(goroot, path.join(entry.parentPath, entry.name)))
    .filter((name) => name !== leaveOut && !notInModule.test(name));
  const files = await mapLimit(names, 4, async (name): Promise<HashedFile> => {
    const sha256 = await sha256File(path.join(goroot, name));
    return { name: `${prefix}/${nameInModule(name)}`, sha256 };
  });
  // From a module's zip, go.mod stands beside the _go.mod that it was copied from: the same file twice counts once.
  const distinct = new Map(files.map((file) => [`${file.name}\0${file.sha256}`, file]));
  return hash1([...distinct.values()]);
}
