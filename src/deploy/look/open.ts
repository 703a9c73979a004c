import type { Ctx } from '../../core/ctx.ts';
import { openFleet, type Fleet } from '../fleet.ts';
import type { DeployOptions, DeploySettings } from '../types.ts';

/**
 * Connects to the hosts without the table of phases, which belongs to a release. `partial`: those that can be reached, if it is one at least.
 * @throws ToolError HOST_UNREACHABLE and what else keeps a host from being looked at
 */
export async function openToLook(
  ctx: Ctx,
  settings: DeploySettings,
  options: DeployOptions,
  which: 'all' | 'partial',
): Promise<Fleet> {
  const fleet = await openFleet(withoutPhases(ctx), settings, { ...options, partial: which === 'partial' });
  const [first] = fleet.unreachable;
  if (fleet.hosts.length === 0 && first) {
    await fleet.close();
    throw first.error;
  }
  return fleet;
}

/** Hosts are connected to in silence: what goes through phases is a release. */
export function withoutPhases(ctx: Ctx): Ctx {
  return {
    ...ctx,
    emit(event) {
      if (event.kind !== 'host') ctx.emit(event);
    },
  };
}
