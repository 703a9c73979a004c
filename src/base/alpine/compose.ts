import type { Ctx } from '../../core/ctx.ts';
import { mapLimit } from '../../core/concurrency.ts';
import { ToolError } from '../../core/errors.ts';
import { compareNames } from '../../layer/names.ts';
import type { Entry } from '../../layer/entry.ts';
import type { Composition } from '../debian/types.ts';
import { withDirectories } from '../entries.ts';
import { refuseLinksAbove } from '../links.ts';
import { fileEntry } from '../parts/entry.ts';
import { contentOf, resolvePath } from '../tree.ts';
import { alpineKeys } from './index.ts';
import { installedText } from './installed.ts';
import { openApk } from './kept-apks.ts';
import type { OpenApk, WantedApk } from './kept-apks.ts';
import { recipeFor } from './recipes.ts';
import type { AlpineSource } from './types.ts';

export interface AlpineComposeOptions {
  /** Seconds since the epoch, of what is generated. */
  readonly mtime: number;
  /** What the user asked for, for /etc/apk/world. */
  readonly world: readonly string[];
  /** Packages whose scripts the user knows to be needless. */
  readonly ignoreScripts?: readonly string[];
}

/** Bytes of the largest file that two packages may both have. */
const largestShared = 256 * 1024 * 1024;

/** Raised when the same packages give other files than before. */
export const alpineRevision = 2;

/** Downloads at a time. */
const atOnce = 4;

const database = 'apk/db';

/**
 * The files of packages, ready to be a layer, and apk's record of them. Nothing is run: what scripts would have made is generated where a
 * recipe is known, and a package with other scripts is refused.
 * @param packages as an index has them, or a lock: then no index is needed
 * @throws ToolError CHECKSUM_MISMATCH, SIGNATURE_INVALID, UNSUPPORTED, LOCK_MISMATCH, INDEX_INVALID, NETWORK, NOT_FOUND
 */
export async function composeAlpine(
  ctx: Ctx,
  packages: readonly WantedApk[],
  source: AlpineSource,
  options: AlpineComposeOptions,
): Promise<Composition> {
  const keys = await alpineKeys(ctx, source);
  const sorted = packages.toSorted((one, other) => compareNames(one.name, other.name));
  const opened = await mapLimit(sorted, atOnce, async (one) => openApk(ctx, one, source, keys));
  const tree = await merged(opened);
  const generated: { path: string; instead: string }[] = [];
  const put = (entry: Entry, instead: string): void => {
    tree.set(entry.path, entry);
    generated.push({ path: entry.path, instead });
  };
  for (const { locked, file } of opened) {
    const recipe = recipeFor(locked.name, file.scripts.keys(), options.ignoreScripts ?? []);
    for (const entry of (await recipe?.(tree, options.mtime)) ?? [])
      put({ ...entry, mtime: options.mtime }, `${locked.name}: ${[...file.scripts.keys()].join(', ')}`);
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

/** All files by path. A file of two packages must be the same, or one of them must say that it replaces the other's. */
async function merged(opened: readonly OpenApk[]): Promise<Map<string, Entry>> {
  const tree = new Map<string, Entry>();
  const owners = new Map<string, OpenApk>();
  for (const one of opened) {
    for (const entry of one.file.entries) {
      const before = tree.get(entry.path);
      const owner = owners.get(entry.path);
      if (before?.type === 'directory' && entry.type === 'directory') continue;
      if (before && owner) {
        if (await isSame(before, entry)) continue;
        if (owner.file.replaces.includes(one.locked.name)) continue;
        if (!one.file.replaces.includes(owner.locked.name)) throw collision(entry.path, owner, one);
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
  const [left, right] = await Promise.all([contentOf(one, largestShared), contentOf(other, largestShared)]);
  return left !== undefined && right !== undefined && left.equals(right);
}

/** What apk writes beside the packages' files; all but the database only when apk itself is there to read it. */
async function apkFiles(
  place: string,
  opened: readonly OpenApk[],
  { repositories, architecture }: AlpineSource,
  { world }: AlpineComposeOptions,
): Promise<[string, string | Buffer][]> {
  const installed = await installedText(opened.map(({ file: { lines, entries } }) => ({ lines, entries })));
  const files: [string, string | Buffer][] = [[`${place}/installed`, installed]];
  if (!opened.some(({ locked }) => locked.name === 'apk-tools')) return files;
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

function collision(file: string, one: OpenApk, other: OpenApk): ToolError {
  return new ToolError(
    'PACKAGE_UNRESOLVABLE',
    `/${file} is in ${one.locked.name} and in ${other.locked.name}, and they differ`,
    { hint: 'Leave one of the two packages out.' },
  );
}
