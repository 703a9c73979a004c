import { promises as fs } from 'node:fs';
import path from 'node:path';
import type { Ctx } from '../../../core/ctx.ts';
import { flagValue } from '../../../golang/build-flags.ts';
import { runGo, settingsOf } from '../../../golang/go-command.ts';
import { findModule, findWork } from '../../../golang/module-root.ts';
import type { BuildSettings } from '../program.ts';

/** A module whose sources are to be changed, though they lie in the module cache, which nobody may change and no overlay may cover. */
export interface CopiedModule {
  readonly path: string;
  /** Where it lies now. */
  readonly from: string;
  /** Where its copy is. */
  readonly to: string;
}

/**
 * The flags that build the program with copies in place of modules, by a go.mod of its own beside the true one.
 * @param temp where that go.mod may be written
 * @returns undefined in a workspace, or where the user named a go.mod of his own
 */
export async function flagsFor(
  ctx: Ctx,
  settings: BuildSettings,
  copies: readonly CopiedModule[],
  temp: string,
): Promise<readonly string[] | undefined> {
  if (copies.length === 0) return [];
  const env = await settingsOf(ctx, settings, settings.toolchain);
  const root = await findModule(settings.cwd);
  const named = flagValue('modfile', settings.flags, env.get('GOFLAGS')) !== undefined;
  if (root === undefined || named || (await findWork(env, settings.cwd)) !== undefined) return undefined;
  const goMod = path.join(temp, 'other.mod');
  await fs.copyFile(root.goMod.file, goMod);
  await fs.copyFile(path.join(root.dir, 'go.sum'), path.join(temp, 'other.sum'));
  await writable(goMod, path.join(temp, 'other.sum'));
  const edits = copies.map(({ path: name, to }) => `-replace=${name}=${to}`);
  const exit = await runGo(ctx, settings, ['mod', 'edit', ...edits, goMod], { cwd: settings.cwd });
  return exit.code === 0 ? [`-modfile=${goMod}`] : undefined;
}

/** Copies a module, and makes the files that are to be changed writable. */
export async function copyModule(module: CopiedModule): Promise<void> {
  await fs.cp(module.from, module.to, { recursive: true, mode: fs.constants.COPYFILE_FICLONE });
  await writable(module.to);
  for (const entry of await fs.readdir(module.to, { recursive: true, withFileTypes: true })) {
    await writable(path.join(entry.parentPath, entry.name));
  }
}

async function writable(...files: readonly string[]): Promise<void> {
  for (const file of files) {
    const { mode } = await fs.stat(file);
    await fs.chmod(file, mode | 0o200);
  }
}
