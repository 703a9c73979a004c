import type { Ctx } from '../../core/ctx.ts';
import type { LowerOptions } from '../../dockerfile/frontend.ts';
import { hostPlatform } from '../../oci/platform.ts';
import type { Platform } from '../../oci/types.ts';
import type { BuildRequest } from '../types.ts';

/** Names under which programs look for a proxy; Dockerfiles may use them without declaring them. */
const proxies = ['HTTP_PROXY', 'HTTPS_PROXY', 'FTP_PROXY', 'NO_PROXY', 'ALL_PROXY'];

/** What the frontend is told, for one platform. */
export function lowerOptions(
  ctx: Ctx,
  { dockerfile, image, noCache }: BuildRequest,
  platform: Platform,
  several: boolean,
  implied: boolean,
): LowerOptions {
  return {
    ...(dockerfile.target === undefined ? {} : { target: dockerfile.target }),
    buildArgs: dockerfile.args,
    labels: image.labels,
    platform,
    buildPlatform: hostPlatform(),
    noCache: noCache || dockerfile.noCacheStages,
    network: dockerfile.network,
    addHosts: dockerfile.addHosts,
    ...(dockerfile.shmSize === undefined ? {} : { shmSize: dockerfile.shmSize }),
    ulimits: dockerfile.ulimits,
    proxy: proxyOf(ctx, dockerfile.args),
    several,
    ...(implied ? { platformImplied: true } : {}),
  };
}

/** A proxy of this machine serves its steps too, unless a build argument says otherwise. */
function proxyOf({ env }: Ctx, args: Readonly<Record<string, string>>): Record<string, string> {
  const names = proxies.flatMap((name) => [name, name.toLowerCase()]);
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = args[name] ?? env[name];
      return value === undefined || value === '' ? [] : [[name, value]];
    }),
  );
}
