import type { DeploySettings, PublishedPort } from '../types.ts';
import type { Host } from '../../remote/types.ts';
import type { Keys, Reader } from './reader.ts';

interface Taken {
  readonly keys: Keys;
  readonly what: string;
  readonly on: string | undefined;
  readonly port: PublishedPort;
}

/** Throws when one port of a host is asked for twice. */
export function checkPorts(reader: Reader, settings: DeploySettings): void {
  const own = (port: number, what: string): Taken => ({
    keys: ['proxy'],
    what,
    on: undefined,
    port: { host: port, container: port, protocol: 'tcp', public: true },
  });
  const { proxy } = settings;
  const all: readonly Taken[] = [
    ...(proxy
      ? [
          own(proxy.httpPort, 'proxy.httpPort'),
          own(proxy.httpsPort, 'proxy.httpsPort'),
          own(proxy.metricsPort, 'proxy.metricsPort'),
        ]
      : []),
    ...settings.container.ports.map((port, index) => ({
      keys: ['ports', index],
      what: `ports[${index}]`,
      on: undefined,
      port,
    })),
    ...settings.accessories.flatMap(({ name, on, ports }) =>
      ports.map((port, index) => ({
        keys: ['accessories', name, 'ports', index],
        what: `accessories.${name}`,
        on: on ?? settings.hosts[0]?.name,
        port,
      })),
    ),
  ];
  all.forEach((one, index) => {
    const other = all.slice(0, index).find((each) => clash(each, one, settings.hosts));
    if (other) {
      throw reader.fail(
        one.keys,
        `port ${one.port.host} of the host is already that of ${other.what}`,
        `Choose another: ${one.port.host + 1}:${one.port.container}.`,
      );
    }
  });
}

function clash(a: Taken, b: Taken, hosts: readonly Host[]): boolean {
  const meet = hosts.some((host) => isOn(host, a.on) && isOn(host, b.on));
  return meet && a.port.host === b.port.host && a.port.protocol === b.port.protocol;
}

function isOn(host: Host, on: string | undefined): boolean {
  return on === undefined || host.name === on || host.roles.includes(on);
}
