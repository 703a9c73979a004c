import { promises as fs } from 'node:fs';
import path from 'node:path';
import type { Ctx } from '../core/ctx.ts';
import { ToolError } from '../core/errors.ts';

/** Relative paths of what lies in a tree (`''` is itself), each with whether it is a directory. */
export type Listing = ReadonlyMap<string, boolean>;

export async function listTree(root: string): Promise<Listing> {
  const found = new Map<string, boolean>();
  const walk = async (inside: string): Promise<void> => {
    for (const entry of await fs.readdir(path.join(root, inside), { withFileTypes: true })) {
      const name = path.join(inside, entry.name);
      found.set(name, entry.isDirectory());
      if (entry.isDirectory()) await walk(name);
    }
  };
  const isDirectory = (await fs.stat(root)).isDirectory();
  found.set('', isDirectory);
  if (isDirectory) await walk('');
  return found;
}

/** Copies with owners, modes, times, links, holes and extended attributes. `to` is not there yet. */
export async function copyIn(ctx: Ctx, from: string, to: string): Promise<void> {
  if (!(await fs.stat(from)).isDirectory()) return copy(ctx, ['-a', '-L', '--', from, to]);
  await fs.mkdir(to);
  return copy(ctx, ['-a', '--', `${from}/.`, to]);
}

/** Makes `to` what `from` is: for what was in both when `before` was listed, and what came since. */
export async function copyBack(ctx: Ctx, from: string, to: string, before: Listing): Promise<void> {
  if (before.get('') !== true) return copy(ctx, ['-a', '--', from, to]);
  const now = await listTree(from);
  for (const [name, directory] of [...before].toReversed()) {
    if (now.get(name) === directory) continue;
    await fs.rm(path.join(to, name), { recursive: true, force: true });
  }
  return copy(ctx, ['-a', '--remove-destination', '--', `${from}/.`, to]);
}

async function copy(ctx: Ctx, args: readonly string[]): Promise<void> {
  const exit = await ctx.exec({ argv: ['cp', ...args], env: { ...ctx.env, LC_ALL: 'C' } });
  if (exit.code === 0) return;
  throw new ToolError('SANDBOX_FAILED', 'what is to be mounted could not be copied', { detail: exit.stderr });
}
