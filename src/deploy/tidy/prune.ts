import type { Ctx } from '../../core/ctx.ts';
import type { Pruned } from '../host/types.ts';
import { openToLook } from '../look/open.ts';
import type { DeployOptions, DeploySettings } from '../types.ts';
import { withLocks } from './down.ts';

export interface HostPruned {
  readonly host: string;
  readonly releases: readonly Pruned[];
}

/**
 * Removes old releases and their images from every host; never the current, the previous or a pending one. Bytes of layers that releases share count for
 * each of them.
 * @throws ToolError HOST_UNREACHABLE, DEPLOY_LOCKED
 */
export async function pruneHosts(
  ctx: Ctx,
  settings: DeploySettings,
  options: DeployOptions,
  keep: DeploySettings['keep'],
  dryRun: boolean,
): Promise<HostPruned[]> {
  const fleet = await openToLook(ctx, settings, options, 'all');
  const all = async (): Promise<HostPruned[]> =>
    Promise.all(
      fleet.hosts.map(async ({ host, agent }) => {
        const releases = await agent.prune(keep, dryRun);
        if (!dryRun && releases.length > 0) {
          const names = releases.map(({ release }) => release).join(', ');
          await agent.journal({ by: options.by, what: 'prune', evidence: `removed ${names}` });
        }
        return { host: host.name, releases };
      }),
    );
  try {
    if (dryRun) return await all();
    return await withLocks(fleet, { by: options.by, what: 'prune', since: ctx.now().getTime() }, all);
  } finally {
    await fleet.close();
  }
}
