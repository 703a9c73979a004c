import { promises as fs } from 'node:fs';
import path from 'node:path';
import type { Ctx } from '../../core/ctx.ts';
import { mainsBelow } from '../../golang/package-scan.ts';
import { hostPlatform, parsePlatform } from '../../oci/platform.ts';

/** Programs that are named; the rest are counted. */
const mostNames = 8;

/**
 * What to name instead of a directory that has a go.work and no module of its own: nothing in it is built by its name.
 * @param platform as for --platform; files of others do not count
 * @returns undefined for any other directory
 */
export async function programsOfWorkspace(
  ctx: Ctx,
  what: string,
  platform: string | undefined,
): Promise<string | undefined> {
  const root = path.resolve(ctx.cwd, what);
  const names: readonly string[] = await fs.readdir(root).catch(() => []);
  if (!names.includes('go.work') || names.includes('go.mod')) return undefined;
  const { architecture } = platform === undefined ? hostPlatform() : parsePlatform(platform);
  const mains = await mainsBelow(root, { architecture, cgo: 'dynamic', tags: [] });
  if (mains.length === 0) return `${what} is a workspace of Go, and no module in it has a program`;
  const shown = mains.slice(0, mostNames).map((name) => path.join(what, name));
  const more = mains.length > mostNames ? ', …' : '';
  return `${what} is a workspace of Go and no module. Programs in it, each to be named by itself: ${shown.join(', ')}${more}`;
}
