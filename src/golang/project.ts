import path from 'node:path';
import type { Ctx } from '../core/ctx.ts';
import { ToolError } from '../core/errors.ts';
import { readFileIfThere } from '../core/files.ts';
import { parseGoMod } from './gomod.ts';
import type { GoMod } from './gomod.ts';
import { parseGoWork } from './gowork.ts';
import { readGoEnv } from './goenv.ts';
import { compareGoVersions, isGoVersion, versionOfToolchain } from './version.ts';

/** The module (and workspace) that a directory is in, and the Go that they ask for. */
export interface Project {
  /** The directory of go.mod. */
  readonly root: string;
  readonly goMod: GoMod;
  /** The workspace's file, when one is in force. */
  readonly workFile?: string;
  /** The newest that go.mod and go.work ask for. */
  readonly wanted: { readonly go?: string; readonly toolchain?: string };
}

/**
 * Finds the module as the go command does: the nearest go.mod upward, and GOWORK, or the nearest go.work upward.
 * @throws ToolError NO_GO_MOD, CONFIG_INVALID
 */
export async function findProject(ctx: Ctx, directory: string): Promise<Project> {
  const modFile = await nearest(directory, 'go.mod');
  const setting = (await readGoEnv(ctx)).get('GOWORK');
  const workFile =
    setting === 'off'
      ? undefined
      : setting && setting !== 'auto'
        ? setting
        : await nearest(directory, 'go.work');
  if (modFile === undefined) {
    throw new ToolError('NO_GO_MOD', `${directory} is in no Go module: no go.mod there or above`, {
      hint: 'Run go mod init MODULE there, name another directory, or a public program as module/path@version.',
    });
  }
  const goMod = parseGoMod(await text(modFile), modFile);
  const work = workFile === undefined ? undefined : parseGoWork(await text(workFile), workFile);
  return {
    root: path.dirname(modFile),
    goMod,
    ...(workFile === undefined ? {} : { workFile }),
    wanted: {
      ...newest('go', [goMod.go, work?.go], (name) => name),
      ...newest('toolchain', [goMod.toolchain, work?.toolchain], versionOfToolchain),
    },
  };
}

async function nearest(directory: string, name: string): Promise<string | undefined> {
  for (let at = directory; ; at = path.dirname(at)) {
    const file = path.join(at, name);
    if (await readFileIfThere(file)) return file;
    if (at === path.dirname(at)) return undefined;
  }
}

async function text(file: string): Promise<string> {
  const bytes = await readFileIfThere(file);
  if (!bytes) throw new ToolError('FILE_UNREADABLE', `there is no ${file}, which GOWORK names`);
  return bytes.toString('utf8');
}

function newest<K extends string>(
  key: K,
  lines: readonly (string | undefined)[],
  versionOf: (line: string) => string | undefined,
): Partial<Record<K, string>> {
  const known = lines.filter(
    (line): line is string => line !== undefined && isGoVersion(versionOf(line) ?? ''),
  );
  const [best] = known.sort((a, b) => compareGoVersions(versionOf(b) ?? '', versionOf(a) ?? ''));
  return best === undefined ? {} : ({ [key]: best } as Record<K, string>);
}
