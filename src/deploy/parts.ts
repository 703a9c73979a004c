/** What a deploy needs of the other parts of the room: loaded when it begins, and others in their place where a test stands in for hosts. */
import type { Ctx } from '../core/ctx.ts';
import type { ProxySocket } from '../proxy/types.ts';
import type { bringImage } from './bring.ts';
import type { openFleet } from './fleet.ts';
import type { Place } from './phases/place.ts';
import type { Probe } from './phases/probe.ts';
import type { readAllSecrets } from './secrets.ts';
import type { DeploySettings } from './types.ts';

export interface Parts {
  readonly openFleet: typeof openFleet;
  readonly bringImage: typeof bringImage;
  readonly ensureProxy: (ctx: Ctx, place: Place, settings: DeploySettings) => Promise<ProxySocket>;
  readonly readAllSecrets: typeof readAllSecrets;
  readonly probe: () => Probe;
}

export async function realParts(): Promise<Parts> {
  const [fleet, bring, ensure, secrets, probe] = await Promise.all([
    import('./fleet.ts'),
    import('./bring.ts'),
    import('./proxy/ensure.ts'),
    import('./secrets.ts'),
    import('./phases/probe.ts'),
  ]);
  return {
    openFleet: fleet.openFleet,
    bringImage: bring.bringImage,
    ensureProxy: async (ctx, place, settings) => ensure.ensureProxy(ctx, place.host, settings),
    readAllSecrets: secrets.readAllSecrets,
    probe: probe.httpProbe,
  };
}
