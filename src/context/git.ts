/** Git repositories as trees: one commit, fetched as shallowly as the server allows, kept in the store under the commit's hash. */
import { createHash } from 'node:crypto';
import { promises as fs } from 'node:fs';
import path from 'node:path';
import { closest } from '../core/closest.ts';
import type { Ctx } from '../core/ctx.ts';
import { ToolError, isToolError } from '../core/errors.ts';
import { withTempDir } from '../core/temp.ts';
import type { Tree } from '../snapshot/types.ts';
import type { Store } from '../store/store.ts';
import { gitFor } from './git-command.ts';
import type { Git } from './git-command.ts';
import { checkOut } from './git-checkout.ts';
import type { GitUrl } from './git-url.ts';
import { openSpooled } from './spool.ts';
import type { Spooled } from './spool.ts';

export interface GitOptions {
  /** `.git` comes with the tree, unless a directory of the repository is asked for. */
  readonly keepGitDir?: boolean;
  /** The commit that it must be, or the beginning of its hash. */
  readonly checksum?: string;
}

export interface GitTree {
  readonly tree: Tree;
  /** The commit's full hash: what everything in the tree follows from. */
  readonly commit: string;
}

const bucket = 'git';

/**
 * Fetches a commit with its submodules. Files belong to root, modes are 0644 and 0755, times are the commit's and `made`.
 * @throws ToolError NOT_FOUND (repository, ref, directory), CHECKSUM_MISMATCH, NETWORK, TOOL_MISSING, COMMAND_FAILED
 */
export async function openGit(
  ctx: Ctx,
  store: Store,
  url: GitUrl,
  options: GitOptions = {},
): Promise<GitTree> {
  const git = gitFor(ctx, url);
  const checksum = options.checksum ?? url.checksum;
  if (checksum !== undefined && !/^[0-9a-f]{4,64}$/i.test(checksum)) {
    throw new ToolError('CONTEXT_INVALID', `${JSON.stringify(checksum)} is not the hash of a commit`, {
      hint: 'Hexadecimal digits are expected, best all 40 of them.',
    });
  }
  const keepGitDir = (options.keepGitDir ?? url.keepGitDir ?? false) && url.subdir === undefined;
  const submodules = url.submodules ?? true;
  const reuse = async (target: Target): Promise<GitTree | undefined> => {
    const known = await store.cache.get<Spooled>(bucket, keyOf(url, target, keepGitDir, submodules));
    if (!known || (await store.blobs.has(known.blobs[0])) !== known.size) return undefined;
    return { tree: await openSpooled(store.blobs, known), commit: target.commit };
  };
  // What a checksum names whole need not be asked for when it is there, unless .git is to say which ref it was.
  const named =
    checksum !== undefined && isCommit(checksum) && !keepGitDir ? checksum.toLowerCase() : undefined;
  const early =
    named !== undefined && (url.ref === undefined || !isCommit(url.ref)) && (await reuse({ commit: named }));
  if (early) return early;
  const target = await resolve(git, url, checksum);
  checkCommit(url, target.commit, checksum);
  const reused = await reuse(target);
  if (reused) return reused;
  const spooled = await withTempDir(ctx, async (directory) => {
    const bare = path.join(directory, 'bare');
    await fetchCommit(git, url, target, bare);
    return checkOut(ctx, store, git, { url, ...target, bare, directory, keepGitDir, submodules });
  });
  await store.cache.set(bucket, keyOf(url, target, keepGitDir, submodules), spooled);
  return { tree: await openSpooled(store.blobs, spooled), commit: target.commit };
}

/** The ref is in no file but those of .git. */
function keyOf(url: GitUrl, { commit, ref }: Target, keepGitDir: boolean, submodules: boolean): string {
  const facts = [url.remote, commit, keepGitDir ? (ref ?? '') : false, url.subdir ?? '', submodules];
  return createHash('sha256').update(JSON.stringify(facts)).digest('hex');
}

/** A commit, and the full name of the ref that led to it; without one it was named by its hash. */
export interface Target {
  readonly commit: string;
  readonly ref?: string;
}

async function resolve(git: Git, url: GitUrl, checksum: string | undefined): Promise<Target> {
  const hash = url.ref ?? checksum;
  if (hash !== undefined && isCommit(hash)) return { commit: hash.toLowerCase() };
  const wanted = url.ref ?? (await defaultBranch(git, url));
  const listed = await git(['ls-remote', '--', url.remote, wanted, `${wanted}^{}`], { remote: true });
  const refs = readRefs(listed);
  const short = wanted.replace(/^refs\//, '');
  const full = [
    `refs/${short}`,
    `refs/heads/${wanted.replace(/^refs\/heads\//, '')}`,
    `refs/tags/${wanted.replace(/^refs\/tags\//, '')}`,
  ];
  // As git checkout does: a branch goes before a tag of the same name.
  for (const ref of full) {
    const commit = refs.get(`${ref}^{}`) ?? refs.get(ref);
    if (commit !== undefined && isCommit(commit)) return { commit, ref };
  }
  throw await unknownRef(git, url, wanted);
}

function isCommit(text: string): boolean {
  return /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/i.test(text);
}

function readRefs(listed: string): ReadonlyMap<string, string> {
  const lines = listed.split('\n').map((line) => line.split('\t'));
  return new Map(lines.flatMap(([hash, ref]) => (hash && ref ? [[ref, hash]] : [])));
}

async function defaultBranch(git: Git, url: GitUrl): Promise<string> {
  const listed = await git(['ls-remote', '--symref', '--', url.remote, 'HEAD'], { remote: true });
  const branch = /^ref: (refs\/heads\/\S+)\tHEAD$/m.exec(listed)?.[1];
  if (branch !== undefined) return branch;
  throw new ToolError('NOT_FOUND', `${url.remote} says of no branch that it is the default one`, {
    hint: 'Name a branch, a tag or a commit behind a #.',
  });
}

async function unknownRef(git: Git, url: GitUrl, wanted: string): Promise<ToolError> {
  const all = readRefs(await git(['ls-remote', '--heads', '--tags', '--', url.remote], { remote: true }));
  const names = [...all.keys()]
    .filter((ref) => !ref.endsWith('^{}'))
    .map((ref) => ref.replace(/^refs\/(?:heads|tags)\//, ''));
  const near = closest(wanted, names);
  const short = /^[0-9a-f]{4,39}$/i.test(wanted) ? ' A commit is named by its whole hash.' : '';
  return new ToolError('NOT_FOUND', `${url.remote} has no branch or tag ${wanted}`, {
    hint:
      near !== undefined
        ? `Did you mean ${near}?${short}`
        : `There are: ${names.slice(0, 8).join(', ') || 'none'}.${short}`,
  });
}

function checkCommit(url: GitUrl, commit: string, checksum: string | undefined): void {
  if (checksum === undefined || commit.startsWith(checksum.toLowerCase())) return;
  throw new ToolError(
    'CHECKSUM_MISMATCH',
    `${url.remote}${url.ref === undefined ? '' : ` ${url.ref}`} is the commit ${commit}, but ${checksum} is asked for`,
    {
      hint: 'If it was meant to move, put the new commit into the Dockerfile; else do not use it.',
    },
  );
}

/** The commit alone where the server gives single commits, else all that it has. */
async function fetchCommit(git: Git, url: GitUrl, { commit, ref }: Target, bare: string): Promise<void> {
  const format = commit.length === 64 ? ['--object-format=sha256'] : [];
  await git(['init', '--quiet', '--bare', '--template=', ...format, bare]);
  const fetch = async (...args: string[]): Promise<void> => {
    await git(['--git-dir', bare, 'fetch', '--quiet', '--force', '--no-recurse-submodules', ...args], {
      remote: true,
    });
  };
  try {
    await fetch('--depth=1', '--no-tags', '--', url.remote, `+${ref ?? commit}:refs/coracle/wanted`);
  } catch (error) {
    // Not every server gives a commit that no branch or tag points to, nor a shallow history.
    if (!isToolError(error, 'COMMAND_FAILED', 'NETWORK')) throw error;
    if (
      !/not our ref|unadvertised object|shallow|dumb http|couldn't find remote ref/i.test(error.detail ?? '')
    )
      throw error;
    await fetch('--tags', '--', url.remote, '+refs/heads/*:refs/coracle/heads/*');
  }
  try {
    await git(['--git-dir', bare, 'cat-file', '-e', `${commit}^{commit}`]);
  } catch (error) {
    if (!isToolError(error, 'COMMAND_FAILED')) throw error;
    throw new ToolError('NOT_FOUND', `${url.remote} does not give the commit ${commit}`, {
      cause: error,
      hint:
        ref === undefined
          ? 'Check the hash; the commit may have been removed.'
          : 'The branch moved just now: run the same command again.',
    });
  }
  await fs.rm(path.join(bare, 'FETCH_HEAD'), { force: true });
}
