/** Fetched toolchains under Coracle's home: `toolchains/go<version>`, each with a record of what proved it. */
import { promises as fs } from 'node:fs';
import path from 'node:path';
import { fileError, readJsonIfSound, writeFileAtomic } from '../core/files.ts';
import { withLock } from '../core/lock.ts';
import { withTempDir } from '../core/temp.ts';
import { systemCode } from '../core/errors.ts';
import type { Ctx } from '../core/ctx.ts';
import { moduleVersion, toolchainModule } from './toolchain-releases.ts';
import { bootId, hashTree } from './toolchain-settle.ts';
import type { Toolchain } from './toolchain-types.ts';
import { compareGoVersions, isGoVersion } from './version.ts';

/** What is kept beside the files of a fetched toolchain. */
export interface ToolchainRecord {
  readonly version: string;
  readonly hash: string;
  /** The module's hash of the files as they were written: `hash`, but for old releases from the download page. */
  readonly tree: string;
  /** Bytes of all files. */
  readonly bytes: number;
  readonly from: string;
  /** ISO 8601. */
  readonly at: string;
  /** The boot it was written in, until its files were seen whole in a later one. */
  readonly boot?: string;
}

export interface StoredToolchain extends Toolchain {
  readonly hash: string;
  readonly record: ToolchainRecord;
}

/** In the toolchain's own directory, so that one rename brings both or none. */
const recordName = '.coracle.json';

function place(ctx: Ctx, version: string): string {
  return path.join(ctx.home, 'toolchains', `go${version}`);
}

/** The fetched toolchain of a version; undefined when there is none, or it lacks what it cannot do without. */
export async function storedToolchain(ctx: Ctx, version: string): Promise<StoredToolchain | undefined> {
  const goroot = place(ctx, version);
  const record = await readJsonIfSound<Partial<ToolchainRecord>>(path.join(goroot, recordName));
  if (!record || record.version !== version || typeof record.hash !== 'string') return undefined;
  const go = path.join(goroot, 'bin', 'go');
  const stats = await Promise.all(
    [go, path.join(goroot, 'VERSION'), path.join(goroot, 'pkg', 'tool')].map(async (file) =>
      fs.stat(file).catch(() => undefined),
    ),
  );
  if (stats.includes(undefined) || !stats[0]?.size || (stats[0].mode & 0o100) === 0) return undefined;
  const { hash, tree = '', bytes = 0, from = '', at = '', boot } = record;
  const plain = { version, hash, tree, bytes, from, at };
  if (boot !== undefined && boot !== (await bootId()) && !(await settle(goroot, plain))) return undefined;
  return { version, goroot, go, origin: 'fetched', hash, record: plain };
}

/** Reads all files of a toolchain that an earlier boot wrote; when they are whole, they need not be read again. */
async function settle(goroot: string, record: ToolchainRecord): Promise<boolean> {
  const prefix = `${toolchainModule}@${moduleVersion(record.version)}`;
  const whole = await hashTree(goroot, prefix, recordName).catch(() => undefined);
  if (whole !== record.tree) return false;
  // Not being able to write it down costs only time.
  await writeRecord(goroot, record).catch(() => undefined);
  return true;
}

/** Not flushed either: a record that the machine lost is a toolchain that is fetched again. */
async function writeRecord(directory: string, record: ToolchainRecord): Promise<void> {
  const text = `${JSON.stringify(record, undefined, 2)}
`;
  await writeFileAtomic(path.join(directory, recordName), text, { sync: false });
}

/** All sound fetched toolchains, oldest version first. */
export async function storedToolchains(ctx: Ctx): Promise<StoredToolchain[]> {
  const names = await fs.readdir(path.join(ctx.home, 'toolchains')).catch(() => [] as string[]);
  const versions = names
    .filter((name) => name.startsWith('go') && isGoVersion(name.slice(2)))
    .map((name) => name.slice(2));
  const found = await Promise.all(
    versions.sort(compareGoVersions).map(async (version) => storedToolchain(ctx, version)),
  );
  return found.filter((toolchain) => toolchain !== undefined);
}

/** The part of a stored toolchain that users of it see. */
export function asToolchain({ version, goroot, go, origin, hash }: StoredToolchain): Toolchain {
  return { version, goroot, go, origin, hash };
}

/** Does `work` while no other process fetches or removes that version. */
export async function withToolchainLock<R>(ctx: Ctx, version: string, work: () => Promise<R>): Promise<R> {
  return withLock(ctx, path.join(ctx.home, 'toolchains', `.lock-go${version}`), work);
}

/** Moves a GOROOT that was unpacked and proven into its place; what lay there, damaged, goes. Holds with the lock only. */
export async function keepToolchain(ctx: Ctx, directory: string, record: ToolchainRecord): Promise<void> {
  const boot = await bootId();
  await writeRecord(directory, { ...record, ...(boot !== undefined && { boot }) });
  await removeStored(ctx, record.version);
  const goroot = place(ctx, record.version);
  try {
    await fs.rename(directory, goroot);
  } catch (error) {
    throw fileError(error, 'write', goroot);
  }
}

/** Removes a fetched toolchain, whole or damaged; false when there was none. Gone at once, by a rename, for others. */
export async function removeStored(ctx: Ctx, version: string): Promise<boolean> {
  return withTempDir(ctx, async (temp) => {
    const goroot = place(ctx, version);
    try {
      await fs.rename(goroot, path.join(temp, 'removed'));
      return true;
    } catch (error) {
      if (systemCode(error) === 'ENOENT') return false;
      throw fileError(error, 'write', goroot);
    }
  });
}
