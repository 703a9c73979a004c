import { mapLimit } from '../../core/concurrency.ts';
import type { Ctx } from '../../core/ctx.ts';
import { messageOf } from '../../core/errors.ts';
import type { Fleet, FleetHost } from '../fleet.ts';
import { openToLook } from '../look/open.ts';
import { removeFromProxy } from '../proxy/remove.ts';
import type { DeployOptions, DeploySettings } from '../types.ts';

export interface DownRequest {
  readonly volumes: boolean;
  readonly accessories: boolean;
}

/** What is on one host before it goes. */
export interface Standing {
  readonly host: string;
  readonly current: string | undefined;
  readonly running: boolean;
}

export interface WentDown {
  readonly host: string;
  /** Its proxy had the service. The last one takes the proxy with it. */
  readonly proxied: boolean;
  readonly error?: string;
}

/** Opens all hosts and says what runs there. The caller closes the fleet. @throws ToolError HOST_UNREACHABLE when one is missing */
export async function lookBeforeDown(
  ctx: Ctx,
  settings: DeploySettings,
  options: DeployOptions,
): Promise<{ readonly fleet: Fleet; readonly standing: readonly Standing[] }> {
  const fleet = await openToLook(ctx, settings, options, 'all');
  try {
    const standing = await Promise.all(
      fleet.hosts.map(async ({ host, agent }) => {
        const { current } = await agent.state();
        return { host: host.name, current: current?.release.id, running: current?.running ?? false };
      }),
    );
    return { fleet, standing };
  } catch (error) {
    await fleet.close();
    throw error;
  }
}

/**
 * Ends and removes the service on every host, after its lock was had on all of them. What fails on one host does not keep the others from it.
 * @throws ToolError DEPLOY_LOCKED
 */
export async function takeDown(
  ctx: Ctx,
  fleet: Fleet,
  settings: DeploySettings,
  request: DownRequest,
  by: string,
): Promise<WentDown[]> {
  return withLocks(fleet, { by, what: 'down', since: ctx.now().getTime() }, async () =>
    mapLimit(fleet.hosts, settings.parallel, async (host): Promise<WentDown> => {
      try {
        return { host: host.host.name, proxied: await downOne(host, settings, request, by) };
      } catch (error) {
        return { host: host.host.name, proxied: false, error: messageOf(error) };
      }
    }),
  );
}

async function downOne(
  host: FleetHost,
  settings: DeploySettings,
  request: DownRequest,
  by: string,
): Promise<boolean> {
  const { agent } = host;
  const { current } = await agent.state();
  // The proxy first: what comes then is told that there is no such service, and not that it is broken.
  const proxied = await removeFromProxy(host, settings.service);
  await agent.down(request);
  const also = [...(request.accessories ? ['accessories'] : []), ...(request.volumes ? ['volumes'] : [])];
  await agent.journal({
    by,
    what: 'down',
    ...(current === undefined ? {} : { from: current.release.id }),
    evidence: ['the service was removed', ...also.map((name) => `with its ${name}`)].join(' '),
  });
  return proxied;
}

/** Holds the service's lock on all hosts while `work` runs. */
export async function withLocks<T>(
  fleet: Fleet,
  holder: Parameters<FleetHost['agent']['lock']>[0],
  work: () => Promise<T>,
): Promise<T> {
  const held: { release(): Promise<void> }[] = [];
  try {
    for (const { agent } of fleet.hosts) held.push(await agent.lock(holder));
    return await work();
  } finally {
    await Promise.all(held.map(async (lock) => lock.release().catch(() => undefined)));
  }
}
