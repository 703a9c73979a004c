/**
 * What git says about the source: what Go will stamp into the program, and what the image says about its origin. On the path of a
 * build in which nothing changed, so it is two processes side by side, and files for the rest.
 */
import { promises as fs } from 'node:fs';
import path from 'node:path';
import { isToolError } from '../core/errors.ts';
import type { Ctx } from '../core/ctx.ts';
import type { Exit } from '../core/exec.ts';
import { plainGit } from './git-config.ts';
import { findRepository, remoteUrl, tagsKey } from './git-dir.ts';
import type { GitDir } from './git-dir.ts';
import { compareVersions, isVersion } from './semver.ts';

export interface Vcs {
  /** The working tree's root, absolute. */
  readonly root: string;
  /** The commit's full hash. */
  readonly revision: string;
  /** The commit's time, `2024-05-06T07:08:09Z`. */
  readonly time: string;
  /** The same in seconds since the epoch. */
  readonly epoch: number;
  /** Something differs from the commit; untracked files count. */
  readonly dirty: boolean;
  readonly shallow: boolean;
  readonly branch?: string;
  /** A tag of this very commit; the highest version when there are several. */
  readonly tag?: string;
  /** As `git describe --tags` puts it, `v1.2.3-4-gabcdef0`; only when asked for. */
  readonly describe?: string;
  /** Without credentials. */
  readonly remote?: string;
  /** Changes whenever a tag may have: together with `revision` and `dirty` it stands for all that Go stamps. */
  readonly tagsKey: string;
}

/** What was found: at most one of `vcs` and `problem`, neither when the source is in no repository. */
export interface VcsState {
  readonly vcs?: Vcs;
  /** There is a repository that cannot be read: warn, and compile without the stamp. */
  readonly problem?: { readonly reason: string; readonly hint: string };
  /** What else the result should say. */
  readonly notes: readonly string[];
}

/** Reads the repository that `dir` (absolute) is in. `describe` costs one more process. */
export async function readVcs(
  ctx: Ctx,
  dir: string,
  options: { readonly describe?: boolean } = {},
): Promise<VcsState> {
  const repository = await findRepository(dir);
  if (!repository) return { notes: [] };
  if ('other' in repository) {
    const reason = `the source is under ${repository.other} in ${repository.root}, and Coracle reads git only`;
    return {
      notes: [],
      problem: { reason, hint: 'Set go.vcs: false in coracle.yaml to say that no stamp is wanted.' },
    };
  }
  try {
    return await readGit(ctx, repository, options.describe ?? false);
  } catch (error) {
    if (!isToolError(error, 'TOOL_MISSING')) throw error;
    return {
      notes: [],
      problem: {
        reason: `${repository.root} is a git repository, but git is not there`,
        hint: 'On Debian: apt-get install git.',
      },
    };
  }
}

async function readGit(ctx: Ctx, repository: GitDir, describe: boolean): Promise<VcsState> {
  const git = async (...args: string[]): Promise<Exit> =>
    // Reading must not write: another git may be at work here.
    ctx.exec({
      argv: ['git', ...args],
      cwd: repository.root,
      env: { ...ctx.env, ...plainGit(ctx.env), GIT_OPTIONAL_LOCKS: '0', LC_ALL: 'C' },
    });
  const [status, log, described, remote, shallow] = await Promise.all([
    git('status', '--porcelain=v2', '--branch', '-z'),
    git(
      '-c',
      'log.showSignature=false',
      'log',
      '-1',
      '--decorate=full',
      '--decorate-refs=refs/tags',
      '--format=%H%n%ct%n%D',
    ),
    // A whole hash, cut below: how much git abbreviates depends on how many objects a clone holds.
    describe ? git('describe', '--tags', '--long', '--abbrev=40') : undefined,
    remoteUrl(repository),
    fs.access(path.join(repository.commonDir, 'shallow')).then(
      () => true,
      () => false,
    ),
  ]);
  if (status.code !== 0) return { notes: [], problem: refusal(repository.root, status.stderr) };
  const [revision = '', seconds = '', decoration = ''] = log.stdout.split('\n');
  if (log.code !== 0 || !/^[0-9a-f]{40,64}$/.test(revision)) {
    return { notes: [`the repository ${repository.root} has no commit yet: nothing is stamped`] };
  }
  const { dirty, branch } = readStatus(status.stdout);
  const tag = bestTag(decoration);
  const description = described?.code === 0 ? shortDescribe(described.stdout.trim()) : undefined;
  const epoch = Number(seconds);
  return {
    notes: shallow ? [shallowNote(tag)] : [],
    vcs: {
      root: repository.root,
      revision,
      epoch,
      time: new Date(epoch * 1000).toISOString().replace('.000Z', 'Z'),
      dirty,
      shallow,
      tagsKey: tagsKey(repository),
      ...(branch !== undefined && { branch }),
      ...(tag !== undefined && { tag }),
      ...(description !== undefined && { describe: description }),
      ...(remote !== undefined && { remote }),
    },
  };
}

/** Headers begin with `# `; anything else is a difference. */
function readStatus(output: string): { dirty: boolean; branch: string | undefined } {
  const records = output.split('\0').filter((record) => record !== '');
  const head = records.find((record) => record.startsWith('# branch.head '))?.slice('# branch.head '.length);
  return {
    dirty: records.some((record) => !record.startsWith('# ')),
    branch: head === '(detached)' ? undefined : head,
  };
}

/** Of `tag: refs/tags/v1.2.3, tag: refs/tags/latest` the highest version, else the first by name. */
function bestTag(decoration: string): string | undefined {
  const tags = decoration
    .split(', ')
    .filter((ref) => ref.startsWith('tag: refs/tags/'))
    .map((ref) => ref.slice('tag: refs/tags/'.length));
  const versions = tags.filter(isVersion).sort(compareVersions);
  return versions.at(-1) ?? tags.sort()[0];
}

/** `v1.2.3` on the tag itself, else `v1.2.3-4-gabcdef0`. */
function shortDescribe(long: string): string | undefined {
  const [, tag, distance, hash] = /^(.+)-(\d+)-g([0-9a-f]{7})[0-9a-f]*$/.exec(long) ?? [];
  if (tag === undefined) return undefined;
  return distance === '0' ? tag : `${tag}-${distance}-g${hash}`;
}

function shallowNote(tag: string | undefined): string {
  const what =
    tag === undefined
      ? 'Go stamps a version v0.0.0-… where a full clone may give one derived from a tag'
      : 'tags of earlier commits are not seen';
  return `the clone is shallow: ${what}, and the bytes may differ from those of a full clone (git fetch --unshallow --tags)`;
}

function refusal(root: string, stderr: string): { reason: string; hint: string } {
  if (/dubious ownership|unsafe repository/.test(stderr)) {
    return {
      reason: `git refuses to read ${root}, which belongs to another user`,
      hint: `If you trust it: git config --global --add safe.directory ${root}`,
    };
  }
  const [first = ''] = stderr.trim().split('\n');
  return {
    reason: `git cannot read ${root}: ${first.replace(/^fatal: /, '')}`,
    hint: `Run git status in ${root} to see why.`,
  };
}
