import { serviceDomains, serviceRoutes } from '../../proxy/config.ts';
import type { ProxyService } from '../../proxy/types.ts';
import type { DeploySettings, ProxySettings } from '../types.ts';

/** What the proxy is told of a service. A health check on another port is not for the proxy: only the service's own is published. */
export function proxyService(settings: DeploySettings, proxy: ProxySettings): ProxyService {
  const { health, container } = settings;
  return {
    ...proxy.service,
    name: settings.service,
    tls: proxy.tls,
    health: {
      path: health.port === container.port ? health.path : undefined,
      status: health.status,
      interval: health.interval,
    },
  };
}

/** The lines of `services/NAME` on a host: see host-proxy-setup.sh. */
export function fragmentOf(service: ProxyService): readonly string[] {
  const { exact, wild } = serviceDomains(service);
  return [
    `tls ${service.tls.mode}`,
    ...serviceRoutes(service).map((line) => `route ${line}`),
    ...exact.map((line) => `domain ${line.split(' ')[0]}`),
    ...wild.map((line) => `wildcard ${line.split(' ')[0]}`),
  ];
}

/** The three maps that all services' lines come to, as entries `KEY VALUE`. Wildcards are in the order in which they are tried. */
export function mapsOf(
  fragments: readonly (readonly string[])[],
): Readonly<Record<MapName, readonly string[]>> {
  const lines = fragments.flat();
  const of = (kind: string): string[] => [
    ...new Set(
      lines.filter((line) => line.startsWith(`${kind} `)).map((line) => line.slice(kind.length + 1)),
    ),
  ];
  return {
    routes: of('route'),
    wildcards: of('wildcard')
      .toSorted((one, other) => other.length - one.length)
      .map((domain) => `${domain} *${domain}`),
    domains: of('domain').map((domain) => `${domain} ${domain}`),
  };
}

export const mapNames = ['routes', 'wildcards', 'domains'] as const;
export type MapName = (typeof mapNames)[number];
