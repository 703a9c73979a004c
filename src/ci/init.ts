import { promises as fs } from 'node:fs';
import path from 'node:path';
import { loadEnvironment, type LoadedEnvironment } from '../config/environment.ts';
import { loadLayers } from '../config/load.ts';
import type { Ctx } from '../core/ctx.ts';
import { ToolError } from '../core/errors.ts';
import { makeDirectory, writeFileAtomic } from '../core/files.ts';
import { version } from '../core/version.ts';
import { factsOf, type CiFacts } from './facts.ts';
import { githubFile, githubWorkflow } from './github.ts';
import { gitlabFile, gitlabPipeline } from './gitlab.ts';

export type CiServer = 'github' | 'gitlab';

export interface CiOptions {
  /** The coracle.yaml; that of the working directory without it. */
  readonly file?: string;
  /** The branch that is deployed from. */
  readonly branch: string;
  /** Write over a file that is there. */
  readonly force: boolean;
}

export interface CiWritten {
  /** Absolute. */
  readonly file: string;
  readonly facts: CiFacts;
}

/**
 * Writes the pipeline of a project into its repository.
 * @throws ToolError USAGE when the file is there; CONFIG_INVALID, FILE_UNREADABLE, FILE_UNWRITABLE, UNSUPPORTED
 */
export async function ciInit(ctx: Ctx, server: CiServer, options: CiOptions): Promise<CiWritten> {
  const seen = await seenByAll(ctx, options.file);
  const directory = seen[0]?.directory ?? ctx.cwd;
  const root = await repositoryOf(directory);
  const facts = factsOf(seen, {
    directory: path.relative(root, directory) || '.',
    branch: options.branch,
    version,
  });
  const file = path.join(root, server === 'github' ? githubFile : gitlabFile);
  const there = await fs.lstat(file).catch(() => undefined);
  if (there !== undefined && !options.force)
    throw new ToolError('USAGE', `${path.relative(ctx.cwd, file)} is there already`, {
      hint: '--force writes over it.',
    });
  await makeDirectory(path.dirname(file));
  await writeFileAtomic(file, server === 'github' ? githubWorkflow(facts) : gitlabPipeline(facts));
  return { file, facts };
}

/** The configuration as each environment sees it. */
async function seenByAll(ctx: Ctx, file: string | undefined): Promise<LoadedEnvironment[]> {
  const what = file === undefined ? '.' : path.dirname(file);
  const named = file === undefined ? {} : { file };
  const { environments } = await loadLayers(ctx, what, file);
  if (environments.length === 0) return [await loadEnvironment(ctx, what, named)];
  return Promise.all(
    environments.map(async (environment) => loadEnvironment(ctx, what, { ...named, environment })),
  );
}

/** The root of the Git repository that a directory is in; the directory itself when it is in none. */
async function repositoryOf(directory: string): Promise<string> {
  for (let at = directory; ; at = path.dirname(at)) {
    if ((await fs.lstat(path.join(at, '.git')).catch(() => undefined)) !== undefined) return at;
    if (at === path.dirname(at)) return directory;
  }
}
