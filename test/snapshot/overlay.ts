import { mkdirSync } from 'node:fs';
import path from 'node:path';
import type { LayerId, OverlayRoot, WritableRoot } from '../../src/snapshot/types.ts';
import type { Ctx } from '../../src/core/ctx.ts';
import type { Snapshots } from '../../src/snapshot/types.ts';

interface Place {
  readonly ctx: Ctx;
  readonly snapshots: Snapshots;
}

/** Runs a shell script in `/` of a root, as root of whatever this process is root of: an overlay is really mounted. */
export async function inRoot(
  { ctx }: Pick<Place, 'ctx'>,
  root: WritableRoot,
  script: string,
): Promise<string> {
  const merged = path.join(ctx.home, `merged-${Math.random()}`);
  mkdirSync(merged);
  const argv =
    root.kind === 'copy'
      ? (['sh', '-ec', `cd "$1"; ${script}`, 'sh', root.directory] as const)
      : ([
          'unshare',
          '-m',
          'sh',
          '-ec',
          `mount -t overlay overlay -o "$1" "$2"; cd "$2"; ${script}`,
          'sh',
          options(root),
          merged,
        ] as const);
  const { code, stdout, stderr } = await ctx.exec({ argv: [...argv], env: ctx.env });
  if (code !== 0 || stderr !== '') throw new Error(`exit ${code}: ${stderr}`);
  return stdout;
}

function options(root: OverlayRoot): string {
  return [
    `lowerdir=${root.lower.join(':')},upperdir=${root.upper},workdir=${root.work}`,
    'index=off',
    ...(root.userxattr ? ['userxattr'] : ['redirect_dir=off,metacopy=off']),
  ].join();
}

/** One step: a root, a script in it, a layer of what it left. */
export async function step(
  at: Place,
  layers: readonly LayerId[],
  script: string,
  omit?: ReadonlySet<string>,
): ReturnType<Snapshots['adopt']> {
  const root = await at.snapshots.writable(layers);
  const since = Date.now();
  await inRoot(at, root, script);
  return at.snapshots.adopt(root, { since, ...(omit && { omit }) });
}

/** Shows a stack of layers to a script. */
export async function show(at: Place, layers: readonly LayerId[], script: string): Promise<string> {
  const root = await at.snapshots.writable(layers);
  try {
    return await inRoot(at, root, script);
  } finally {
    await root.discard();
  }
}
