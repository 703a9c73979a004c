import { createReadStream, promises as fs } from 'node:fs';
import path from 'node:path';
import { fileEntry } from '../../base/parts/entry.ts';
import { fileError } from '../../core/files.ts';
import type { Toolchain } from '../../golang/toolchain.ts';
import type { Entry } from '../../layer/entry.ts';
import { compareNames, decodeName, encodeName } from '../../layer/names.ts';
import { withoutCredentials } from './go-env.ts';

/** Where Go's own images have it, relative to the root. */
const goroot = 'usr/local/go';
const goEnv = `${goroot}/go.env`;

/**
 * A Go toolchain as it lies in images, of root, all with one time, and the workspace beside it. Links are followed: distributions spread a
 * toolchain over several directories.
 * @param mtime seconds since the epoch
 * @throws ToolError FILE_UNREADABLE
 */
export async function toolchainEntries(toolchain: Toolchain, mtime: number): Promise<Entry[]> {
  const directory = (at: string, mode: number): Entry => ({
    ...{ path: at, type: 'directory', mode, uid: 0, gid: 0, mtime, size: 0 },
  });
  const found = [directory('go', 0o1777), directory('go/bin', 0o1777), directory('go/src', 0o1777)];
  found.push(...['usr', 'usr/local', goroot].map((at) => directory(at, 0o755)));
  const walk = async (place: Buffer, at: string, above: readonly string[]): Promise<void> => {
    for (const name of await fs.readdir(place, { encoding: 'buffer' })) {
      const child = Buffer.concat([place, Buffer.from('/'), name]);
      const inside = `${at}/${decodeName(name)}`;
      const stat = await fs.stat(child);
      if (inside === goEnv) {
        const text = await fs.readFile(child, 'utf8');
        found.push({ ...fileEntry(inside, withoutCredentials(text), mtime), mode: 0o644 });
      } else if (stat.isFile()) {
        const mode = (stat.mode & 0o111) === 0 ? 0o644 : 0o755;
        found.push({
          ...{ path: inside, type: 'file', mode, uid: 0, gid: 0, mtime, size: stat.size },
          content: () => createReadStream(child),
        });
      } else if (stat.isDirectory()) {
        const identity = identityOf(stat);
        if (above.includes(identity)) continue; // a link to a directory that it lies in
        found.push(directory(inside, 0o755));
        await walk(child, inside, [...above, identity]);
      }
    }
  };
  try {
    const top = Buffer.from(encodeName(toolchain.goroot));
    await walk(top, goroot, [identityOf(await fs.stat(top))]);
  } catch (error) {
    throw fileError(error, 'read', toolchain.goroot);
  }
  return found.sort((one, other) => compareNames(one.path, other.path));
}

function identityOf({ dev, ino }: { readonly dev: number; readonly ino: number }): string {
  return `${dev} ${ino}`;
}

/** What tells a toolchain from another of the same version: a host's own may have been changed. */
export async function toolchainIdentity({
  version,
  origin,
  hash,
  goroot: root,
}: Toolchain): Promise<string[]> {
  const stats = ['VERSION', 'go.env', 'bin/go'].map(async (name) => {
    const stat = await fs.stat(path.join(root, name)).catch(() => undefined);
    return stat ? `${name} ${stat.size} ${stat.mtimeMs}` : name;
  });
  return [version, hash ?? origin, ...(hash === undefined ? await Promise.all(stats) : [])];
}

/** When the release was made, in seconds since the epoch, as the file VERSION says since Go 1.21; else 0. */
export async function releaseTime({ goroot: root }: Toolchain): Promise<number> {
  const text = await fs.readFile(path.join(root, 'VERSION'), 'utf8').catch(() => '');
  const time = Date.parse(/^time (\S+)$/m.exec(text)?.[1] ?? '');
  return Number.isNaN(time) ? 0 : Math.floor(time / 1000);
}
