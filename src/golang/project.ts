import type { Ctx } from '../core/ctx.ts';
import { ToolError } from '../core/errors.ts';
import { readFileIfThere } from '../core/files.ts';
import type { GoMod } from './gomod.ts';
import { parseGoWork } from './gowork.ts';
import type { GoWork } from './gowork.ts';
import { readGoEnv } from './goenv.ts';
import { findModule, findWork } from './module-root.ts';
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
  const module = await findModule(directory);
  const workFile = await findWork(await readGoEnv(ctx), directory);
  const work = workFile === undefined ? undefined : parseGoWork(await readText(workFile), workFile);
  if (!module) throw noModule(directory, work);
  const go = newest([module.goMod.go, work?.go], (line) => line);
  const toolchain = newest([module.goMod.toolchain, work?.toolchain], versionOfToolchain);
  return {
    root: module.dir,
    goMod: module.goMod,
    ...(workFile === undefined ? {} : { workFile }),
    wanted: { ...(go === undefined ? {} : { go }), ...(toolchain === undefined ? {} : { toolchain }) },
  };
}

function noModule(directory: string, work: GoWork | undefined): ToolError {
  const said = `${directory} is in no Go module: no go.mod there or above`;
  const modules = work?.use.map(({ path: used }) => used).filter((used) => used !== '.') ?? [];
  if (work === undefined || modules.length === 0) {
    return new ToolError('NO_GO_MOD', said, {
      hint: 'Run go mod init MODULE there, name another directory, or a public program as module/path@version.',
    });
  }
  return new ToolError('NO_GO_MOD', `${said}, only ${work.file}`, {
    hint: `Name a module of the workspace: ${modules.slice(0, 5).join(', ')}${modules.length > 5 ? ' …' : ''}`,
  });
}

async function readText(file: string): Promise<string> {
  const bytes = await readFileIfThere(file);
  if (!bytes) throw new ToolError('FILE_UNREADABLE', `there is no ${file}, which GOWORK names`);
  return bytes.toString('utf8');
}

/** The newest of the versions that lines name; undefined when none does. */
function newest(
  lines: readonly (string | undefined)[],
  versionOf: (line: string) => string | undefined,
): string | undefined {
  return lines
    .filter((line) => line !== undefined)
    .filter((line) => isGoVersion(versionOf(line) ?? ''))
    .sort((a, b) => compareGoVersions(versionOf(b) ?? '', versionOf(a) ?? ''))[0];
}
