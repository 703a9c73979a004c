import { promises as fs } from 'node:fs';
import path from 'node:path';
import type { Ctx } from '../../core/ctx.ts';
import {
  fileError,
  makeDirectory,
  readJsonIfSound,
  sha256File,
  tempName,
  writeFileAtomic,
} from '../../core/files.ts';
import { retry } from '../../core/retry.ts';
import type { Entry } from '../../layer/entry.ts';
import { unpackDeb } from './deb.ts';
import type { PlacedEntry, UnpackedDeb } from './deb.ts';
import { downloadVerified } from './download.ts';
import { addressOf } from './mirrors.ts';
import type { DebianSource, LockedPackage, PackageRecord } from './types.ts';
import { dropUnused, markUsed } from './unused.ts';

/** What is needed to fetch a package and to prove that it is the right one: of an index, or of a lock. */
export type WantedPackage = LockedPackage & Partial<Pick<PackageRecord, 'suite'>>;

/** A package at hand. */
export interface OpenPackage {
  readonly record: WantedPackage;
  readonly control: UnpackedDeb['control'];
  /** As in the archive: hard links after what they link to. A content can be opened more than once. */
  readonly entries: readonly Entry[];
}

/** Raised when the form of what is kept changes. */
const form = 'v1';
/** Bytes read at a time. */
const window = 256 * 1024;

/**
 * A package's files, fetched when they are not in the home: the .deb proven by size and SHA-256 while it arrives, the unpacked contents
 * by their own hash each time they are used.
 * @throws ToolError NETWORK, NOT_FOUND, CHECKSUM_MISMATCH, PACKAGE_INVALID, ARCHIVE_UNSAFE, ARCHIVE_TOO_LARGE, UNSUPPORTED, DISK_FULL
 */
export async function openPackage(
  ctx: Ctx,
  record: WantedPackage,
  source: DebianSource,
): Promise<OpenPackage> {
  const place = path.join(ctx.home, 'debian', 'unpacked', form, record.sha256);
  const contents = `${place}.contents`;
  const kept = (await readKept(place, contents)) ?? (await unpack(ctx, record, source, place, contents));
  await markUsed(ctx, `${place}.json`, contents);
  return {
    record,
    control: kept.control,
    entries: kept.entries.map(({ entry, at }) =>
      entry.type === 'file' ? { ...entry, content: () => readWindow(contents, at, entry.size) } : entry,
    ),
  };
}

async function unpack(
  ctx: Ctx,
  record: WantedPackage,
  source: DebianSource,
  place: string,
  contents: string,
): Promise<UnpackedDeb> {
  const deb = await fetchDeb(ctx, record, source);
  const unpacked = await unpackDeb(
    readWindow(deb, 0, record.size),
    `${record.name} ${record.version}`,
    contents,
  );
  await writeKept(place, unpacked);
  await markUsed(ctx, deb);
  await dropUnused(ctx, path.dirname(deb));
  await dropUnused(ctx, path.dirname(place));
  return unpacked;
}

/**
 * The file of a package in the home, fetched if need be.
 * @throws ToolError NETWORK, NOT_FOUND, CHECKSUM_MISMATCH, DISK_FULL, FILE_UNWRITABLE
 */
export async function fetchDeb(ctx: Ctx, record: WantedPackage, source: DebianSource): Promise<string> {
  const file = path.join(ctx.home, 'debian', 'debs', `${record.sha256}.deb`);
  if (await isWhole(file, record.size, record.sha256)) return file;
  const url = addressOf(source, record.suite ?? suiteOf(record, source), record.filename);
  await retry(ctx.signal, async () => {
    const temp = tempName(file);
    try {
      await makeDirectory(path.dirname(file));
      const handle = await fs.open(temp, 'wx', 0o644);
      try {
        for await (const chunk of downloadVerified(ctx, [url], record)) await handle.writeFile(chunk);
        await handle.sync();
      } finally {
        await handle.close();
      }
      await fs.rename(temp, file);
    } catch (error) {
      await fs.rm(temp, { force: true });
      throw fileError(error, 'write', file);
    }
  });
  return file;
}

/** The lock does not say which archive a package is of; the security archive alone has this folder. */
function suiteOf({ filename }: WantedPackage, { release }: DebianSource): string {
  return filename.startsWith('pool/updates/') ? `${release}-security` : release;
}

async function isWhole(file: string, size: number, sha256: string): Promise<boolean> {
  const stat = await fs.stat(file).catch(() => undefined);
  return stat?.size === size && (await sha256File(file)) === sha256;
}

/** The form on disk: control files as text of bytes (latin1). */
interface Kept {
  readonly control: readonly (readonly [string, string])[];
  readonly entries: readonly PlacedEntry[];
  readonly size: number;
  readonly sha256: string;
}

async function writeKept(place: string, { control, ...rest }: UnpackedDeb): Promise<void> {
  const kept: Kept = {
    control: [...control].map(([name, bytes]) => [name, bytes.toString('latin1')] as const),
    ...rest,
  };
  await writeFileAtomic(`${place}.json`, JSON.stringify(kept));
}

async function readKept(place: string, contents: string): Promise<UnpackedDeb | undefined> {
  const kept = await readJsonIfSound<Kept>(`${place}.json`);
  if (!kept || !(await isWhole(contents, kept.size, kept.sha256))) return undefined;
  return {
    ...kept,
    control: new Map(kept.control.map(([name, text]) => [name, Buffer.from(text, 'latin1')])),
  };
}

/** A part of a file, in chunks of memory of their own. @throws ToolError FILE_UNREADABLE */
async function* readWindow(file: string, from: number, size: number): AsyncGenerator<Uint8Array> {
  if (size === 0) return;
  const handle = await fs.open(file, 'r').catch((error: unknown) => {
    throw fileError(error, 'read', file);
  });
  try {
    for (let at = 0; at < size;) {
      const chunk = Buffer.allocUnsafeSlow(Math.min(window, size - at));
      const { bytesRead } = await handle.read(chunk, 0, chunk.length, from + at);
      if (bytesRead === 0) return; // what is too short is found out by who counts
      yield chunk.subarray(0, bytesRead);
      at += bytesRead;
    }
  } finally {
    await handle.close();
  }
}
