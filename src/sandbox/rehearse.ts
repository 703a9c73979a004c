import { promises as fs } from 'node:fs';
import path from 'node:path';
import type { Ctx } from '../core/ctx.ts';
import { withTempDir } from '../core/temp.ts';
import { hostPlatform } from '../oci/platform.ts';
import { probeFor } from './probe.ts';
import type { Root, Sandbox, SandboxExit } from './types.ts';

/**
 * Runs the smallest program of an architecture (default: this machine's) in a sandbox: the one way to know that it works.
 * @throws ToolError as `Sandbox.run` does
 */
export async function rehearse(
  ctx: Ctx,
  sandbox: Sandbox,
  options: {
    readonly root: 'overlay' | 'directory';
    readonly userNamespace: boolean;
    readonly architecture?: string;
    readonly network?: 'host' | 'none';
  },
): Promise<SandboxExit> {
  const architecture = options.architecture ?? hostPlatform().architecture;
  const probe = probeFor(architecture);
  if (!probe) return { code: 126 };
  return withTempDir(ctx, async (temp) => {
    const place = (name: string): string => path.join(temp, name);
    const directory = place('root');
    const upper = place('upper');
    const work = place('work');
    for (const each of [directory, upper, work]) await fs.mkdir(each);
    await fs.writeFile(path.join(directory, 'probe'), probe.program, { mode: 0o755 });
    const overlay = { lower: [directory], upper, work, userxattr: options.userNamespace };
    const root: Root =
      options.root === 'overlay' ? { kind: 'overlay', ...overlay } : { kind: 'directory', directory };
    return sandbox.run(ctx, {
      root,
      argv: ['/probe'],
      env: [],
      cwd: '/',
      user: { uid: 0, gid: 0, groups: [] },
      hostname: 'probe',
      mounts: [],
      network: options.network ?? 'host',
      stdio: 'pipe',
      timeout: 20_000,
    });
  });
}
