/** Which module or workspace a directory is in, found by looking, as the go command looks. */
import { promises as fs } from 'node:fs';
import path from 'node:path';
import { readFileIfThere } from '../core/files.ts';
import { parseGoMod } from './gomod.ts';
import type { GoMod } from './gomod.ts';
import type { GoEnv } from './goenv.ts';

export interface ModuleRoot {
  /** Of the nearest go.mod; absolute. */
  readonly dir: string;
  readonly goMod: GoMod;
}

/** The nearest directory at or above `dir` that holds a file `name`. */
export async function findUpward(dir: string, name: string): Promise<string | undefined> {
  for (let at = dir; ; at = path.dirname(at)) {
    const stat = await fs.stat(path.join(at, name)).catch(() => undefined);
    if (stat?.isFile()) return at;
    if (path.dirname(at) === at) return undefined;
  }
}

/**
 * The go.work file in force for `dir`: what GOWORK names, else the nearest at or above; undefined with GOWORK=off or when there
 * is none.
 */
export async function findWork(settings: GoEnv, dir: string): Promise<string | undefined> {
  const set = settings.get('GOWORK');
  if (set === 'off') return undefined;
  if (set !== undefined && set !== 'auto') return path.resolve(dir, set);
  const found = await findUpward(dir, 'go.work');
  return found && path.join(found, 'go.work');
}

/**
 * The module that `dir` (absolute) belongs to; undefined when there is no go.mod at or above it.
 * @throws ToolError CONFIG_INVALID when go.mod is not well formed; FILE_UNREADABLE
 */
export async function findModule(dir: string): Promise<ModuleRoot | undefined> {
  const root = await findUpward(dir, 'go.mod');
  if (root === undefined) return undefined;
  const file = path.join(root, 'go.mod');
  return { dir: root, goMod: parseGoMod((await readFileIfThere(file))?.toString('utf8') ?? '', file) };
}
