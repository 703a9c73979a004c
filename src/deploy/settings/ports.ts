import type { PortConfig } from '../../config/deploy.ts';
import type { PublishedPort } from '../types.ts';
import type { Keys, Reader } from './reader.ts';

/** @throws ToolError CONFIG_INVALID */
export function portsOf(
  reader: Reader,
  keys: Keys,
  ports: readonly (string | PortConfig)[] = [],
): readonly PublishedPort[] {
  return ports.map((written, index) =>
    typeof written === 'string'
      ? parsePort(reader, [...keys, index], written)
      : {
          host: written.host ?? written.container,
          container: written.container,
          protocol: written.protocol,
          public: written.public,
        },
  );
}

/** `[ADDRESS:][HOST:]CONTAINER[/PROTOCOL]`; the address is that of the loopback, or says "everywhere". */
function parsePort(reader: Reader, keys: Keys, text: string): PublishedPort {
  const form =
    /^(?:(127\.0\.0\.1|localhost|0\.0\.0\.0|\*|\[::\]):)?(?:(\d{1,5}):)?(\d{1,5})(?:\/(tcp|udp))?$/.exec(
      text,
    );
  const container = Number(form?.[3]);
  const host = Number(form?.[2] ?? form?.[3]);
  if (!form || !inRange(container) || !inRange(host)) {
    throw reader.fail(
      keys,
      `${JSON.stringify(text)} is no port`,
      'Write it as 9090, 9091:9090, 5353/udp, or 0.0.0.0:9091:9090 for all to reach.',
    );
  }
  return {
    host,
    container,
    protocol: form[4] === 'udp' ? 'udp' : 'tcp',
    public: form[1] !== undefined && form[1] !== '127.0.0.1' && form[1] !== 'localhost',
  };
}

function inRange(port: number): boolean {
  return port >= 1 && port <= 65_535;
}
