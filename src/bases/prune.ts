import { promises as fs } from 'node:fs';
import path from 'node:path';
import type { Ctx } from '../core/ctx.ts';
import { pruneStore, type Pruned, type PruneOptions } from '../images/prune.ts';
import { defaultAge } from '../store/prune.ts';
import { openStore } from '../store/store.ts';
import { isBaseReference } from './references.ts';

export type { Pruned };

/** What bases keep outside the store, in Coracle's home, and how results name it. */
const kept: readonly (readonly [folder: string, what: string])[] = [
  ['debian/packages', 'index of packages'],
  ['debian/debs', 'package of Debian'],
  ['debian/unpacked', 'unpacked package of Debian'],
  ['alpine/packages', 'package of Alpine'],
  ['probes', 'test program'],
];
/** How new the newest index was that was seen: without it an archive could go back in time unnoticed. */
const seen: readonly (readonly [folder: string, what: string])[] = [
  ['debian/seen', 'newest index seen'],
  ['alpine/seen', 'newest index seen'],
];

/** What is read this lately may be in use by a command that runs. Milliseconds. */
const grace = 3600 * 1000;

/**
 * Gives back disk space: of the store, the names of bases in it that nobody used, and what they were made from.
 * @throws ToolError as the store's prune
 */
export async function pruneAll(ctx: Ctx, options: Omit<PruneOptions, 'forget'>): Promise<Pruned> {
  const { keepBytes, all = false, dryRun = false } = options;
  const age = all ? 0 : (options.olderThan ?? (keepBytes === undefined ? defaultAge : Infinity));
  const now = ctx.now().getTime();
  const forget = await unusedBases(ctx, now - age);
  const { removed, bytes } = await pruneStore(ctx, { ...options, forget });
  const left = keepBytes === undefined ? Infinity : Math.max(0, keepBytes - (await storedBytes(ctx)));
  const files = await filesOf(ctx, [...kept, ...(all ? seen : [])]);
  const gone = chooseFiles(files, { before: now - age, left, spared: all ? now : now - grace });
  for (const { file } of dryRun ? [] : gone) await fs.rm(file, { force: true });
  return {
    removed: [...removed, ...gone.map(({ what, bytes: size }) => ({ what, bytes: size }))],
    bytes: gone.reduce((sum, file) => sum + file.bytes, bytes),
  };
}

/** Names that Coracle gave to bases by itself, and that were not used since. */
async function unusedBases(ctx: Ctx, before: number): Promise<string[]> {
  const store = await openStore(ctx);
  const refs = await store.refs.list();
  return refs.filter(({ name, at }) => isBaseReference(name) && at <= before).map(({ name }) => name);
}

async function storedBytes(ctx: Ctx): Promise<number> {
  const { blobs, layers, left, records } = await (await openStore(ctx)).usage();
  return blobs.bytes + layers.bytes + left.bytes + records.bytes;
}

interface KeptFile {
  readonly file: string;
  readonly what: string;
  readonly bytes: number;
  /** Last use, in milliseconds since the epoch. */
  readonly used: number;
}

/** Those not used for long, then those used longest ago until the rest fits. */
function chooseFiles(
  files: readonly KeptFile[],
  { before, left, spared }: { readonly before: number; readonly left: number; readonly spared: number },
): KeptFile[] {
  let bytes = 0;
  return files
    .toSorted((one, other) => other.used - one.used)
    .filter((file) => {
      const stays = file.used > before && bytes + file.bytes <= left;
      if (stays || file.used > spared) bytes += file.bytes;
      return !stays && file.used <= spared;
    });
}

async function filesOf(
  { home }: Ctx,
  folders: readonly (readonly [folder: string, what: string])[],
): Promise<KeptFile[]> {
  const found: KeptFile[] = [];
  for (const [folder, what] of folders) {
    const directory = path.join(home, folder);
    // Folders of a form that is no longer read are below it too.
    for (const name of await fs.readdir(directory, { recursive: true }).catch(() => [] as string[])) {
      const file = path.join(directory, name);
      const stat = await fs.lstat(file).catch(() => undefined);
      if (stat?.isFile() !== true) continue;
      found.push({
        file,
        what: `${what} ${path.basename(name).slice(0, 16)}`,
        bytes: stat.size,
        used: stat.mtimeMs,
      });
    }
  }
  return found;
}
