import { ToolError } from '../../core/errors.ts';
import { baseConfig } from '../../proxy/config.ts';
import type { ProxyBase } from '../../proxy/config.ts';
import type { HostFacts, ProxySettings } from '../types.ts';
import type { HostProxy } from './look.ts';

/** What all services of a host share: the text of 00-base.cfg, and what is remembered of how it was made. */
export interface Shared {
  readonly text: string;
  /** `http=80 https=443 metrics=9101 tls=strict`. */
  readonly settings: string;
  readonly ports: readonly number[];
  /** The service whose certificate goes to names that no certificate is for. */
  readonly first: string | undefined;
}

export type SharedPorts = Pick<ProxySettings, 'httpPort' | 'httpsPort' | 'metricsPort'>;

/** What the worker of a proxy becomes that was started by root: nobody that has files. */
const nobody = { uid: 65_532, gid: 65_532 };

/**
 * @param fragments lines of all services of the host by name, as they will be
 * @throws ToolError PROXY_FAILED when the services of a host do not agree on its ports, HOST_UNFIT when its user may not listen on them
 */
export function sharedOf(
  host: string,
  facts: HostFacts,
  look: HostProxy,
  proxy: SharedPorts,
  service: string,
  fragments: ReadonlyMap<string, readonly string[]>,
): Shared {
  const secure = [...fragments].filter(([, lines]) => !lines.includes('tls off'));
  const first = secure.find(([, lines]) => lines.includes('tls files') && servesAll(lines))?.[0];
  const tls = secure.length === 0 ? 'off' : first === undefined ? 'strict' : 'default';
  const settings = `http=${proxy.httpPort} https=${proxy.httpsPort} metrics=${proxy.metricsPort} tls=${tls}`;
  const others = [...fragments.keys()].filter((name) => name !== service);
  const known = look.settings?.replace(/ tls=\w*$/, '');
  if (others.length > 0 && known !== undefined && known !== settings.replace(/ tls=\w*$/, '')) {
    throw new ToolError(
      'PROXY_FAILED',
      `the proxy of ${host} is shared with ${others.slice(0, 5).join(', ')}, and has other ports (${known}) than this service asks for`,
      { hint: 'Set proxy.httpPort, proxy.httpsPort and proxy.metricsPort as the other services have them.' },
    );
  }
  const ports = portsOf(settings);
  if (facts.rootless) checkLow(host, look, ports);
  return { text: baseConfig(baseOf(facts, look, proxy, tls)), settings, ports, first };
}

/** What a proxy's settings line says; undefined when it is none. */
export function sharedPorts(settings: string | undefined): SharedPorts | undefined {
  const [, http, https, metrics] =
    /^http=(\d{1,5}) https=(\d{1,5}) metrics=(\d{1,5}) /.exec(settings ?? '') ?? [];
  if (metrics === undefined) return undefined;
  return { httpPort: Number(http), httpsPort: Number(https), metricsPort: Number(metrics) };
}

/** The ports that a proxy with such settings listens on. */
export function portsOf(settings: string): readonly number[] {
  const ports = [...settings.matchAll(/(http|https|metrics)=(\d+)/g)];
  return ports
    .filter(([, kind]) => kind !== 'https' || !settings.endsWith('tls=off'))
    .map(([, , port]) => Number(port));
}

function servesAll(lines: readonly string[]): boolean {
  return !lines.some((line) => line.startsWith('domain ') || line.startsWith('wildcard '));
}

function baseOf(facts: HostFacts, look: HostProxy, proxy: SharedPorts, tls: ProxyBase['tls']): ProxyBase {
  const { httpPort, httpsPort, metricsPort } = proxy;
  return {
    ...{ root: '/proxy', httpPort, httpsPort, metricsPort, acmePort: acmePort(metricsPort), tls },
    ipv6: look.ipv6,
    // Without root of its own, the container's root is the user that we are.
    socket: facts.rootless ? { uid: 0, gid: 0 } : look.user,
    worker: facts.rootless ? undefined : nobody,
  };
}

/** Where challenges of ACME are answered on loopback: beside the metrics. */
export function acmePort(metricsPort: number): number {
  return metricsPort === 65_535 ? 65_534 : metricsPort + 1;
}

function checkLow(host: string, { unprivileged }: HostProxy, ports: readonly number[]): void {
  const low = ports.filter((port) => port < unprivileged);
  if (low.length === 0) return;
  const least = Math.min(...low);
  throw new ToolError(
    'HOST_UNFIT',
    `containers of an ordinary user of ${host} may not listen on port ${low.join(' and ')}: the lowest is ${unprivileged}`,
    {
      hint: `Once, as root of ${host}: echo net.ipv4.ip_unprivileged_port_start=${least} > /etc/sysctl.d/50-coracle.conf && sysctl --system. Or set proxy.httpPort and proxy.httpsPort.`,
    },
  );
}

/** @throws ToolError PROXY_FAILED when another service of the host has a domain and path of this one */
export function checkRoutes(
  host: string,
  service: string,
  fragments: ReadonlyMap<string, readonly string[]>,
): void {
  const mine = routeKeys(fragments.get(service) ?? []);
  for (const [other, lines] of fragments) {
    if (other === service) continue;
    const both = routeKeys(lines).find((key) => mine.includes(key));
    if (both === undefined) continue;
    const where = both.startsWith('*/') ? `all domains, path ${both.slice(1)}` : both;
    throw new ToolError('PROXY_FAILED', `${other} on ${host} has ${where} already`, {
      hint: 'Give this service other proxy.domains or proxy.paths.',
    });
  }
}

/** Without those of challenges, which services of one domain share. */
function routeKeys(lines: readonly string[]): string[] {
  return lines
    .map((line) => line.split(' '))
    .filter(([kind, , to]) => kind === 'route' && to?.startsWith('coracle.') !== true)
    .map(([, key = '']) => key);
}
