import { createHash } from 'node:crypto';
import path from 'node:path';
import type { Ctx } from '../../core/ctx.ts';
import { ToolError } from '../../core/errors.ts';
import { readFileIfThere, writeFileAtomic } from '../../core/files.ts';
import { decompress } from '../../layer/decompress.ts';
import { readTar } from '../../layer/tar-read.ts';
import { contentOf } from '../tree.ts';
import { fetchFile } from './fetch.ts';
import { damaged } from './members.ts';
import { parseRecords } from './records.ts';
import { oneChunk, readAlpineKey, verifySigned } from './signature.ts';
import type { AlpineIndex, AlpineKey, AlpinePackage, AlpineSource } from './types.ts';
import { compareAlpineVersions } from './versions.ts';

/** Bytes of the largest index that is read; Alpine's community repository has 2 MB, 15 MB unpacked. */
const largestIndex = 32 * 1024 * 1024;
const largestText = 256 * 1024 * 1024;
const largestKey = 16 * 1024;

/**
 * The packages of all repositories of a source, each index signed by a pinned key, and none older than one that was seen before.
 * Alpine's indexes say of no day until which they are valid: one that is kept back is not noticed before a newer one was seen.
 * @throws ToolError SIGNATURE_INVALID, INDEX_OUTDATED, INDEX_INVALID, NOT_FOUND, NETWORK, CONFIG_INVALID
 */
export async function openAlpineIndex(ctx: Ctx, source: AlpineSource): Promise<AlpineIndex> {
  checkSource(source);
  const keys = await alpineKeys(ctx, source);
  const opened = await Promise.all(
    source.repositories.map(async (address, rank) =>
      openRepository(ctx, { address: address.replace(/\/+$/, ''), rank, source, keys }),
    ),
  );
  return makeIndex(
    opened.map(({ repository }) => repository),
    opened.flatMap(({ packages }) => packages),
  );
}

/** The pinned keys themselves; those that are only named are fetched. @throws ToolError as above */
export async function alpineKeys(ctx: Ctx, { keys }: AlpineSource): Promise<AlpineKey[]> {
  return Promise.all(
    keys.map(async (key) =>
      'pem' in key
        ? readAlpineKey(key.pem, key.fingerprint)
        : readAlpineKey((await fetchFile(ctx, key.url, largestKey)).toString('utf8'), key.fingerprint),
    ),
  );
}

function checkSource({ repositories, architecture, keys }: AlpineSource): void {
  const problem =
    repositories.length === 0
      ? 'no Alpine repository is named'
      : keys.length === 0
        ? 'no key is named that may sign for the Alpine repository'
        : /^[a-z0-9_]+$/.test(architecture)
          ? undefined
          : `${JSON.stringify(architecture)} is no architecture of Alpine's`;
  if (problem === undefined) return;
  throw new ToolError('CONFIG_INVALID', problem, {
    hint: 'Set alpine.repositories (as in /etc/apk/repositories) and alpine.keys (as in /etc/apk/keys) in coracle.yaml.',
  });
}

interface Opening {
  readonly address: string;
  readonly rank: number;
  readonly source: AlpineSource;
  readonly keys: readonly AlpineKey[];
}

interface Opened {
  readonly repository: AlpineIndex['repositories'][number];
  readonly packages: readonly AlpinePackage[];
}

async function openRepository(ctx: Ctx, { address, rank, source, keys }: Opening): Promise<Opened> {
  const folder = `${address}/${source.architecture}`;
  const bytes = await fetchFile(ctx, `${folder}/APKINDEX.tar.gz`, largestIndex);
  const what = `APKINDEX of ${new URL(folder).host}${new URL(folder).pathname}`;
  const { start, signedBy } = await verifySigned(bytes, keys, what, () => bytes.length);
  let [text, description, date]: [string | undefined, string, number] = [undefined, '', 0];
  for await (const entry of readTar(decompress(oneChunk(bytes.subarray(start)), { limit: largestText }))) {
    const content = (await contentOf(entry, largestText))?.toString('utf8');
    if (entry.path === 'APKINDEX') [text, date] = [content, Math.trunc(entry.mtime)];
    if (entry.path === 'DESCRIPTION') description = (content ?? '').trim();
  }
  if (text === undefined) throw damaged(what, 'it holds no APKINDEX');
  const { packages, newest } = parseRecords(text, { repository: folder, rank, what });
  const made = new Date(Math.max(date, newest) * 1000);
  await checkSeen(ctx, folder, made, what);
  return { repository: { address, description, signedBy, date: made }, packages };
}

/** @throws ToolError INDEX_OUTDATED when a newer index was seen at this address */
async function checkSeen(ctx: Ctx, folder: string, made: Date, what: string): Promise<void> {
  const name = createHash('sha256').update(folder).digest('hex');
  const file = path.join(ctx.home, 'alpine', 'seen', name);
  const seen = Date.parse((await readFileIfThere(file))?.toString('latin1').trim() ?? '');
  if (made.getTime() < seen) {
    const [now, then] = [made, new Date(seen)].map((date) => date.toISOString());
    throw new ToolError('INDEX_OUTDATED', `${what} is from ${now}, and one from ${then} was seen before`, {
      hint: 'The repository is out of date, or keeps back what is newer: name another one (alpine.repositories in coracle.yaml).',
    });
  }
  if (made.getTime() !== seen) await writeFileAtomic(file, `${made.toISOString()}\n`);
}

export function makeIndex(
  repositories: AlpineIndex['repositories'],
  all: readonly AlpinePackage[],
): AlpineIndex {
  const byName = new Map<string, AlpinePackage[]>();
  const byProvided = new Map<string, { package: AlpinePackage; version?: string }[]>();
  for (const one of all) {
    put(byName, one.name, one);
    for (const { name, version } of one.provides)
      put(byProvided, name, { package: one, ...(version && { version: version.version }) });
  }
  for (const versions of byName.values())
    versions.sort((one, other) => compareAlpineVersions(other.version, one.version) || one.rank - other.rank);
  return {
    repositories,
    versions: (name) => byName.get(name) ?? [],
    providers: (name) => byProvided.get(name) ?? [],
    all: () => all,
  };
}

function put<T>(map: Map<string, T[]>, key: string, value: T): void {
  const before = map.get(key);
  if (before) before.push(value);
  else map.set(key, [value]);
}
