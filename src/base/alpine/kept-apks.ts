import { createHash } from 'node:crypto';
import { promises as fs } from 'node:fs';
import path from 'node:path';
import type { Ctx } from '../../core/ctx.ts';
import { ToolError, isToolError } from '../../core/errors.ts';
import { readFileIfThere, writeFileAtomic } from '../../core/files.ts';
import type { LockedPackage } from '../debian/types.ts';
import { readApk } from './apk.ts';
import type { ApkFile } from './apk.ts';
import { fetchFile } from './fetch.ts';
import type { AlpineKey, AlpinePackage, AlpineSource } from './types.ts';

/** A package as an index describes it, or as a lock pins it. */
export type WantedApk = AlpinePackage | LockedPackage;

/** A package at hand. */
export interface OpenApk {
  readonly file: ApkFile;
  readonly locked: LockedPackage;
}

/** Bytes of the largest package that is read. */
const largest = 256 * 1024 * 1024;

/**
 * A package from the home, else from its repository. What a lock pins is looked for in one repository after the other.
 * @throws ToolError CHECKSUM_MISMATCH, SIGNATURE_INVALID, LOCK_MISMATCH, INDEX_INVALID, NETWORK, NOT_FOUND
 */
export async function openApk(
  ctx: Ctx,
  wanted: WantedApk,
  source: AlpineSource,
  keys: readonly AlpineKey[],
): Promise<OpenApk> {
  const open = async (bytes: Buffer): Promise<OpenApk> => {
    const file = await readApk(bytes, wanted, keys);
    const { name, version, architecture, size } = wanted;
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    return { file, locked: { name, version, architecture, sha256, size, filename: filenameOf(wanted) } };
  };
  const kept = await keptFile(ctx, wanted);
  const before = kept && (await readFileIfThere(kept));
  if (kept && before) {
    const opened = await open(before).catch(() => undefined);
    if (opened) return opened;
    await fs.rm(kept, { force: true });
  }
  const bytes = await fetchApk(ctx, wanted, source);
  const opened = await open(bytes);
  await keep(ctx, wanted, opened.locked, bytes);
  return opened;
}

async function fetchApk(ctx: Ctx, wanted: WantedApk, source: AlpineSource): Promise<Buffer> {
  const limit = Math.min(wanted.size, largest);
  if (!('sha256' in wanted)) return fetchFile(ctx, addressOf(wanted.repository, wanted), limit);
  let failure: unknown;
  for (const repository of source.repositories) {
    const folder = `${repository.replace(/\/+$/, '')}/${source.architecture}`;
    try {
      const bytes = await fetchFile(ctx, addressOf(folder, wanted), largest);
      if (createHash('sha256').update(bytes).digest('hex') === wanted.sha256) return bytes;
      failure = notPinned(wanted);
    } catch (error) {
      if (!isToolError(error, 'NOT_FOUND')) throw error;
      failure ??= error;
    }
  }
  throw failure;
}

function notPinned(wanted: WantedApk): ToolError {
  return new ToolError('LOCK_MISMATCH', `${filenameOf(wanted)} is not the file that coracle.lock pins`, {
    hint: 'The repository holds another build of the same version. If that is right, run coracle lock --update.',
  });
}

function filenameOf({ name, version }: WantedApk): string {
  return `${name}-${version}.apk`;
}

function addressOf(folder: string, wanted: WantedApk): string {
  return `${folder}/${encodeURIComponent(filenameOf(wanted)).replaceAll('%2B', '+')}`;
}

/** Files are kept by their hash; which one an index means by the hash of a part of it is kept beside them. */
async function keptFile(ctx: Ctx, wanted: WantedApk): Promise<string | undefined> {
  const folder = folderOf(ctx);
  if ('sha256' in wanted) return path.join(folder, `${wanted.sha256}.apk`);
  const note = await readFileIfThere(path.join(folder, `${wanted.identity.hex}.sha256`));
  const sha256 = note?.toString('latin1').trim() ?? '';
  return /^[0-9a-f]{64}$/.test(sha256) ? path.join(folder, `${sha256}.apk`) : undefined;
}

async function keep(ctx: Ctx, wanted: WantedApk, { sha256 }: LockedPackage, bytes: Buffer): Promise<void> {
  const folder = folderOf(ctx);
  await writeFileAtomic(path.join(folder, `${sha256}.apk`), bytes);
  if (!('sha256' in wanted))
    await writeFileAtomic(path.join(folder, `${wanted.identity.hex}.sha256`), `${sha256}\n`);
}

function folderOf({ home }: Ctx): string {
  return path.join(home, 'alpine', 'packages');
}
