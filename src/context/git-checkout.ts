import { promises as fs } from 'node:fs';
import path from 'node:path';
import type { Ctx } from '../core/ctx.ts';
import { ToolError, systemCode } from '../core/errors.ts';
import { baseOf } from '../layer/safe-path.ts';
import type { TreeEntry } from '../snapshot/types.ts';
import type { Store } from '../store/store.ts';
import { openDirectory } from './directory.ts';
import type { DirectoryTree } from './directory.ts';
import type { Git } from './git-command.ts';
import type { GitUrl } from './git-url.ts';
import { openSpool } from './spool.ts';
import type { Spool, Spooled, SpooledEntry } from './spool.ts';

export interface Checkout {
  readonly url: GitUrl;
  readonly commit: string;
  readonly ref?: string;
  /** The bare repository that has the commit. */
  readonly bare: string;
  /** A temporary directory to work in. */
  readonly directory: string;
  readonly keepGitDir: boolean;
  readonly submodules: boolean;
}

/** Checks a commit out and takes its files into the store. */
export async function checkOut(ctx: Ctx, store: Store, git: Git, checkout: Checkout): Promise<Spooled> {
  const { bare, commit, directory, url } = checkout;
  const work = path.join(directory, 'tree');
  await fs.mkdir(work);
  const gitDir = checkout.keepGitDir ? await cloneFor(git, checkout, work) : bare;
  const own = ['--git-dir', gitDir, '--work-tree', work] as const;
  await git([...own, 'read-tree', commit]);
  await git([...own, 'checkout-index', '--quiet', '--all', '--force'], { cwd: work });
  if (checkout.submodules && (await isThere(path.join(work, '.gitmodules')))) {
    // Addresses that begin with ./ are relative to the repository's own.
    if (!checkout.keepGitDir) await git(['--git-dir', bare, 'config', 'remote.origin.url', url.remote]);
    await git([...own, 'submodule', '--quiet', 'update', '--init', '--recursive', '--depth=1'], {
      cwd: work,
      remote: true,
    });
  }
  // As it is now the index holds times and inodes of this machine.
  if (checkout.keepGitDir) await git([...own, 'read-tree', '--reset', commit]);
  const seconds = Number(
    await git(['--git-dir', gitDir, 'log', '-1', '--no-show-signature', '--format=%ct', commit]),
  );
  const root = await rootOf(work, url);
  const spool = await openSpool(store.blobs);
  try {
    const entries: SpooledEntry[] = [];
    await take(
      await openDirectory(ctx, root),
      '',
      { spool, mtime: seconds, keepGitDir: checkout.keepGitDir },
      entries,
    );
    const { digest, size } = await spool.finish();
    return { entries, blobs: [digest], size };
  } catch (error) {
    await spool.abort();
    throw error;
  }
}

/** A repository with just this commit, below the work tree. */
async function cloneFor(git: Git, { bare, commit, ref, url }: Checkout, work: string): Promise<string> {
  const gitDir = path.join(work, '.git');
  const own = ['--git-dir', gitDir, '--work-tree', work] as const;
  const format = commit.length === 64 ? ['--object-format=sha256'] : [];
  await git(['init', '--quiet', '--template=', ...format, work]);
  await git(['--git-dir', bare, 'update-ref', 'refs/coracle/commit', commit]);
  const name = ref ?? 'refs/coracle/commit';
  const target = name.startsWith('refs/tags/') ? [`+refs/coracle/wanted:${name}`] : [];
  await git(
    [
      ...own,
      'fetch',
      '--quiet',
      '--depth=1',
      '--no-tags',
      `file://${bare}`,
      '+refs/coracle/commit',
      ...target,
    ],
    { local: true },
  );
  if (ref?.startsWith('refs/heads/')) await git([...own, 'update-ref', ref, commit]);
  // At the commit, on no branch, as BuildKit leaves it.
  await git([...own, 'update-ref', '--no-deref', 'HEAD', commit]);
  await git([...own, 'remote', 'add', 'origin', url.remote]);
  await git([...own, 'reflog', 'expire', '--expire=now', '--all']);
  await fs.rm(path.join(gitDir, 'FETCH_HEAD'), { force: true });
  return gitDir;
}

/** The directory that is asked for. Links on the way to it may lead about in the checkout, not out of it. */
async function rootOf(work: string, { remote, subdir }: GitUrl): Promise<string> {
  if (subdir === undefined) return work;
  const base = await fs.realpath(work);
  const real = await fs.realpath(path.join(base, subdir)).catch((error: unknown) => {
    if (['ENOENT', 'ENOTDIR', 'ELOOP'].includes(systemCode(error) ?? '')) return undefined;
    throw error;
  });
  const inside = real !== undefined && real.startsWith(`${base}/`) && (await fs.stat(real)).isDirectory();
  if (inside) return real;
  throw new ToolError('NOT_FOUND', `${remote} has no directory ${subdir}`, {
    hint: 'The part behind the colon is a directory of the repository: #branch:directory',
  });
}

async function isThere(file: string): Promise<boolean> {
  return fs.lstat(file).then(
    () => true,
    () => false,
  );
}

interface Taking {
  readonly spool: Spool;
  readonly mtime: number;
  readonly keepGitDir: boolean;
}

async function take(
  tree: DirectoryTree,
  directory: string,
  taking: Taking,
  entries: SpooledEntry[],
): Promise<void> {
  for (const entry of await tree.list(directory)) {
    // A submodule's way to the repository that it came from, which is gone soon.
    if (!taking.keepGitDir && entry.type === 'file' && baseOf(entry.path) === '.git') continue;
    const { same: _, ...rest } = entry;
    const plain = { ...rest, mode: modeOf(entry), mtime: taking.mtime };
    entries.push(
      entry.type === 'file' ? { ...plain, ...(await taking.spool.content(tree.open(entry))) } : plain,
    );
    if (entry.type === 'directory') await take(tree, entry.path, taking, entries);
  }
}

/** What git keeps of a mode; the rest is this machine's umask. Objects in .git are read-only. */
function modeOf({ type, mode }: TreeEntry): number {
  if (type === 'symlink') return mode;
  const all = type === 'directory' || (mode & 0o100) !== 0 ? 0o755 : 0o644;
  return (mode & 0o200) === 0 ? all & 0o555 : all;
}
