import type { Ctx } from '../../core/ctx.ts';
import { findRepository, headCommit } from '../../golang/git-dir.ts';
import type { Store } from '../../store/store.ts';
import { sourceDateEpoch } from '../source-date.ts';
import type { BuildRequest } from '../types.ts';

/** Where a build's time comes from, and what it is. */
export interface Epoch {
  /** Seconds since the epoch. */
  readonly seconds: number;
  /** The commit that gave it, by the directory that was asked: another commit is another time. */
  readonly commit?: { readonly directory: string; readonly id: string };
}

/**
 * The time that stands in the image for all times that the build makes: SOURCE_DATE_EPOCH (also as a build argument), else the
 * context's last commit, else 1970.
 * @param directory of the context, when it is one
 * @throws ToolError CONFIG_INVALID
 */
export async function epochOf(
  ctx: Ctx,
  store: Store,
  request: BuildRequest,
  directory: string | undefined,
): Promise<Epoch> {
  const argument = request.dockerfile.args['SOURCE_DATE_EPOCH'];
  const given = sourceDateEpoch(
    argument === undefined ? ctx : { ...ctx, env: { ...ctx.env, SOURCE_DATE_EPOCH: argument } },
  );
  if (given !== undefined) return { seconds: given };
  if (directory === undefined) return { seconds: 0 };
  const id = (await commitOf(directory)) ?? '';
  const commit = { directory, id };
  if (id === '') return { seconds: 0, commit };
  const known = await store.cache.get<number>('commits', id);
  const seconds = known ?? (await askGit(ctx, directory, id));
  if (known === undefined && seconds !== undefined) await store.cache.set('commits', id, seconds);
  return { seconds: seconds ?? 0, commit };
}

/** The commit that a directory stands on, without starting git; undefined when it is in no repository. */
export async function commitOf(directory: string): Promise<string | undefined> {
  const repository = await findRepository(directory);
  return repository && !('other' in repository) ? headCommit(repository) : undefined;
}

async function askGit(ctx: Ctx, cwd: string, id: string): Promise<number | undefined> {
  const { code, stdout } = await ctx
    .exec({
      argv: ['git', '-c', 'log.showSignature=false', 'log', '-1', '--format=%ct', id],
      cwd,
      env: { ...ctx.env, GIT_OPTIONAL_LOCKS: '0', LC_ALL: 'C' },
    })
    .catch(() => ({ code: 1, stdout: '' }));
  const seconds = Number(stdout.trim());
  return code === 0 && Number.isSafeInteger(seconds) && seconds >= 0 ? seconds : undefined;
}
