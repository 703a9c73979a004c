/** What can be read of a git repository from its files, without starting git. */
import { promises as fs, lstatSync, readdirSync } from 'node:fs';
import { createHash } from 'node:crypto';
import path from 'node:path';
import { statKey } from '../core/files.ts';

export interface GitDir {
  /** The working tree's root. */
  readonly root: string;
  /** HEAD and index of this working tree. */
  readonly gitDir: string;
  /** Refs, objects and config, shared by all working trees. */
  readonly commonDir: string;
}

/** Directories and files by which the go command knows other version control systems. */
const others = ['.hg', '.svn', '.bzr', '.fslckout', '_FOSSIL_'];

/**
 * Goes up from `dir` to the first directory that is the root of a working tree, as the go command does when it looks for what to
 * stamp. `other` is the name of what marks another system's.
 */
export async function findRepository(
  dir: string,
): Promise<GitDir | { readonly root: string; readonly other: string } | undefined> {
  for (let root = dir; ; root = path.dirname(root)) {
    const names = await Promise.all(
      ['.git', ...others].map(async (name) =>
        fs.lstat(path.join(root, name)).then(
          () => name,
          () => undefined,
        ),
      ),
    );
    if (names[0] !== undefined) return openGitDir(root);
    const other = names.find((name) => name !== undefined);
    if (other !== undefined) return { root, other };
    if (path.dirname(root) === root) return undefined;
  }
}

/** Follows the `.git` file of a worktree or submodule, and a worktree's way to the main repository. */
async function openGitDir(root: string): Promise<GitDir> {
  const dotGit = path.join(root, '.git');
  const link = await fs.readFile(dotGit, 'utf8').catch(() => '');
  const [, target] = /^gitdir: (.+?)\s*$/.exec(link) ?? [];
  const gitDir = target === undefined ? dotGit : path.resolve(root, target);
  const common = (await fs.readFile(path.join(gitDir, 'commondir'), 'utf8').catch(() => '')).trim();
  return { root, gitDir, commonDir: common === '' ? gitDir : path.resolve(gitDir, common) };
}

/**
 * A key that changes whenever a tag may have come, gone or moved, or the depth of a shallow clone: Go derives the main module's
 * version from the tags behind HEAD, and asking git for them costs a process.
 */
export function tagsKey({ commonDir }: GitDir): string {
  const hash = createHash('sha256');
  const note = (file: string): boolean => {
    const stat = lstatSync(file, { bigint: true, throwIfNoEntry: false });
    if (stat) hash.update(`${path.relative(commonDir, file)} ${statKey(stat)}\n`);
    return stat?.isDirectory() ?? false;
  };
  for (const name of ['packed-refs', 'shallow', path.join('reftable', 'tables.list')])
    note(path.join(commonDir, name));
  const walk = (directory: string): void => {
    if (!note(directory)) return;
    for (const entry of readdirSync(directory, { withFileTypes: true })) {
      if (entry.isDirectory()) walk(path.join(directory, entry.name));
    }
  };
  walk(path.join(commonDir, 'refs', 'tags'));
  return hash.digest('hex').slice(0, 32);
}

/** The URL of the remote `origin`, or of the only one; without credentials. */
export async function remoteUrl({ commonDir }: GitDir): Promise<string | undefined> {
  const text = await fs.readFile(path.join(commonDir, 'config'), 'utf8').catch(() => '');
  const urls = new Map<string, string>();
  let remote: string | undefined;
  for (const line of text.split('\n')) {
    if (/^\s*\[/.test(line)) remote = /^\s*\[remote "((?:[^"\\]|\\.)*)"\]/.exec(line)?.[1];
    const [, url] = /^\s*url\s*=\s*"?([^"]*?)"?\s*$/.exec(line) ?? [];
    if (remote !== undefined && url !== undefined && !urls.has(remote)) urls.set(remote, url);
  }
  const url = urls.get('origin') ?? (urls.size === 1 ? urls.values().next().value : undefined);
  return url?.replace(/^(https?:\/\/)[^/@]*@/i, '$1');
}

/** The commit that HEAD names, read from files; undefined when there is none yet, or when the refs are in a form that only git reads. */
export async function headCommit({ gitDir, commonDir }: GitDir): Promise<string | undefined> {
  const read = async (file: string): Promise<string> => fs.readFile(file, 'utf8').catch(() => '');
  const commit = /^[0-9a-f]{40}(?:[0-9a-f]{24})?$/;
  const head = (await read(path.join(gitDir, 'HEAD'))).trim();
  if (commit.test(head)) return head;
  const [, ref] = /^ref: (refs\/\S+)$/.exec(head) ?? [];
  if (ref === undefined || ref.split('/').includes('..')) return undefined;
  const loose = (await read(path.join(commonDir, ref))).trim();
  if (commit.test(loose)) return loose;
  const packed = (await read(path.join(commonDir, 'packed-refs'))).split('\n');
  return packed.find((line) => line.endsWith(` ${ref}`))?.split(' ')[0];
}
