import { createHash } from 'node:crypto';
import { promises as fs } from 'node:fs';
import path from 'node:path';
import type { Ctx } from '../../core/ctx.ts';
import { mapLimit } from '../../core/concurrency.ts';
import { ToolError } from '../../core/errors.ts';
import { readFileIfThere, writeFileAtomic } from '../../core/files.ts';
import { compareNames } from '../../layer/names.ts';
import type { Entry } from '../../layer/entry.ts';
import type { Composition, LockedPackage } from '../debian/types.ts';
import { withDirectories } from '../entries.ts';
import { refuseLinksAbove } from '../links.ts';
import { fileEntry } from '../parts/entry.ts';
import { contentOf, resolvePath } from '../tree.ts';
import { readApk } from './apk.ts';
import type { ApkFile } from './apk.ts';
import { fetchFile } from './fetch.ts';
import { alpineKeys } from './index.ts';
import { installedText } from './installed.ts';
import { recipeFor } from './recipes.ts';
import type { AlpineKey, AlpinePackage, AlpineSource } from './types.ts';

export interface AlpineComposeOptions {
  /** Seconds since the epoch, of what is generated. */
  readonly mtime: number;
  /** What the user asked for, for /etc/apk/world. */
  readonly world: readonly string[];
  /** Packages whose scripts the user knows to be needless. */
  readonly ignoreScripts?: readonly string[];
  /** What the lock says: a package that comes with other bytes is refused. */
  readonly locked?: readonly LockedPackage[];
}

/** Bytes of the largest package that is read. */
const largestPackage = 256 * 1024 * 1024;

/** Raised when the same packages give other files than before. */
export const alpineRevision = 1;

/** Downloads at a time. */
const atOnce = 4;

const database = 'apk/db';

/**
 * The files of packages, ready to be a layer, and apk's record of them. Nothing is run: what scripts would have made is generated where a
 * recipe is known, and a package with other scripts is refused.
 * @throws ToolError CHECKSUM_MISMATCH, SIGNATURE_INVALID, UNSUPPORTED, LOCK_MISMATCH, INDEX_INVALID, NETWORK, NOT_FOUND
 */
export async function composeAlpine(
  ctx: Ctx,
  packages: readonly AlpinePackage[],
  source: AlpineSource,
  options: AlpineComposeOptions,
): Promise<Composition> {
  const keys = await alpineKeys(ctx, source);
  const sorted = packages.toSorted((one, other) => compareNames(one.name, other.name));
  const opened = await mapLimit(sorted, atOnce, async (record) => openPackage(ctx, record, keys, options));
  const tree = await merged(opened);
  const generated: { path: string; instead: string }[] = [];
  const put = (entry: Entry, instead: string): void => {
    tree.set(entry.path, entry);
    generated.push({ path: entry.path, instead });
  };
  for (const { record, file } of opened) {
    const recipe = recipeFor(record.name, file.scripts.keys(), options.ignoreScripts ?? []);
    for (const entry of (await recipe?.(tree, options.mtime)) ?? [])
      put({ ...entry, mtime: options.mtime }, `${record.name}: ${[...file.scripts.keys()].join(', ')}`);
  }
  // Where /lib is a link, apk's database is in the folder behind it.
  const lib = resolvePath(tree, 'lib')?.path ?? 'lib';
  for (const [name, text] of await apkFiles(`${lib}/${database}`, opened, source, options)) {
    if (!tree.has(name)) put(fileEntry(name, text, options.mtime), 'apk add');
  }
  const entries = withDirectories([...tree.values()], options.mtime).sort((one, other) =>
    compareNames(one.path, other.path),
  );
  refuseLinksAbove(entries, 'the Alpine base');
  return { packages: opened.map(({ locked }) => locked), entries, generated, omitted: [] };
}

interface Opened {
  readonly record: AlpinePackage;
  readonly file: ApkFile;
  readonly locked: LockedPackage;
}

async function openPackage(
  ctx: Ctx,
  record: AlpinePackage,
  keys: readonly AlpineKey[],
  { locked = [] }: AlpineComposeOptions,
): Promise<Opened> {
  const { name, version, architecture, size } = record;
  const filename = `${name}-${version}.apk`;
  const kept = path.join(ctx.home, 'alpine', 'packages', `${record.identity.hex}.apk`);
  const open = async (bytes: Buffer): Promise<Opened> => {
    const file = await readApk(bytes, record, keys);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const before = locked.find((one) => one.name === name && one.version === version);
    if (before && before.sha256 !== sha256) {
      throw new ToolError('LOCK_MISMATCH', `${filename} is not the file that coracle.lock pins`, {
        hint: 'The repository holds another build of the same version. If that is right, run coracle lock --update.',
      });
    }
    return { record, file, locked: { name, version, architecture, sha256, size, filename } };
  };
  const before = await readFileIfThere(kept);
  if (before) {
    const opened = await open(before).catch(() => undefined);
    if (opened) return opened;
    await fs.rm(kept, { force: true });
  }
  const address = `${record.repository}/${encodeURIComponent(filename).replaceAll('%2B', '+')}`;
  const bytes = await fetchFile(ctx, address, Math.min(size, largestPackage));
  const opened = await open(bytes);
  await writeFileAtomic(kept, bytes);
  return opened;
}

/** All files by path. A file of two packages must be the same, or one of them must say that it replaces the other's. */
async function merged(opened: readonly Opened[]): Promise<Map<string, Entry>> {
  const tree = new Map<string, Entry>();
  const owners = new Map<string, Opened>();
  for (const one of opened) {
    for (const entry of one.file.entries) {
      const before = tree.get(entry.path);
      const owner = owners.get(entry.path);
      if (before?.type === 'directory' && entry.type === 'directory') continue;
      if (before && owner) {
        if (await isSame(before, entry)) continue;
        if (owner.file.replaces.includes(one.record.name)) continue;
        if (!one.file.replaces.includes(owner.record.name)) throw collision(entry.path, owner, one);
      }
      tree.set(entry.path, entry);
      owners.set(entry.path, one);
    }
  }
  return tree;
}

async function isSame(one: Entry, other: Entry): Promise<boolean> {
  if (one.type !== other.type || one.linkName !== other.linkName || one.size !== other.size) return false;
  if (one.type !== 'file') return true;
  const [left, right] = await Promise.all([contentOf(one, largestPackage), contentOf(other, largestPackage)]);
  return left !== undefined && right !== undefined && left.equals(right);
}

/** What apk writes beside the packages' files; all but the database only when apk itself is there to read it. */
async function apkFiles(
  place: string,
  opened: readonly Opened[],
  { repositories, architecture }: AlpineSource,
  { world }: AlpineComposeOptions,
): Promise<[string, string | Buffer][]> {
  const installed = await installedText(
    opened.map(({ record, file }) => ({ record, entries: file.entries })),
  );
  const files: [string, string | Buffer][] = [[`${place}/installed`, installed]];
  if (!opened.some(({ record }) => record.name === 'apk-tools')) return files;
  return [
    ...files,
    ['etc/apk/arch', `${architecture}\n`],
    ['etc/apk/repositories', repositories.map((address) => `${withoutSecrets(address)}\n`).join('')],
    [
      'etc/apk/world',
      world
        .toSorted(compareNames)
        .map((name) => `${name}\n`)
        .join(''),
    ],
    [`${place}/scripts.tar`, Buffer.alloc(1024)],
    [`${place}/triggers`, ''],
  ];
}

/** User and password of a mirror are the builder's, not the image's. */
function withoutSecrets(address: string): string {
  const url = new URL(address);
  url.username = '';
  url.password = '';
  return url.href.replace(/\/$/, '');
}

function collision(file: string, one: Opened, other: Opened): ToolError {
  return new ToolError(
    'PACKAGE_UNRESOLVABLE',
    `/${file} is in ${one.record.name} and in ${other.record.name}, and they differ`,
    { hint: 'Leave one of the two packages out.' },
  );
}
