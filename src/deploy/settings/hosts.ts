import type { HostConfig } from '../../config/deploy.ts';
import type { Host } from '../../remote/types.ts';
import type { Reader } from './reader.ts';

/** The hosts, each with a name of its own. @throws ToolError CONFIG_INVALID */
export function hostsOf(reader: Reader): readonly Host[] {
  const { hosts = [], ssh = {} } = reader.deploy;
  if (hosts.length === 0) {
    throw reader.fail(
      ['hosts'],
      'there is no host to deploy to',
      'Write hosts: [web1.example.com], or hosts: [deploy@10.0.0.5].',
    );
  }
  const seen = new Set<string>();
  return hosts.map((written, index) => {
    const said: HostConfig = typeof written === 'string' ? parseHost(reader, index, written) : written;
    if (seen.has(said.name)) {
      throw reader.fail(
        ['hosts', index],
        `two hosts are called ${JSON.stringify(said.name)}`,
        'Give them names: {name: web1, address: 10.0.0.5, port: 2201}.',
      );
    }
    seen.add(said.name);
    const { user, port, jump } = { ...ssh, ...said };
    return {
      name: said.name,
      address: said.address ?? said.name,
      ...(user !== undefined && { user }),
      ...(port !== undefined && { port }),
      ...(jump !== undefined && { jump }),
      labels: said.labels ?? {},
      roles: said.roles ?? [],
    };
  });
}

/** `[user@]host[:port]`; an address of IPv6 is in brackets when a port follows. */
function parseHost(reader: Reader, index: number, text: string): HostConfig {
  const form =
    /^(?:([A-Za-z0-9_][A-Za-z0-9_.-]*)@)?(?:\[([0-9A-Fa-f:]+)\]|([A-Za-z0-9_][A-Za-z0-9_.-]*|[0-9A-Fa-f]*:[0-9A-Fa-f:]*:[0-9A-Fa-f]*))(?::(\d{1,5}))?$/.exec(
      text,
    );
  const address = form?.[2] ?? form?.[3];
  const port = form?.[4] === undefined ? undefined : Number(form[4]);
  if (!form || address === undefined || port === 0 || (port ?? 0) > 65_535) {
    throw reader.fail(
      ['hosts', index],
      `${JSON.stringify(text)} is no host`,
      'Write it as web1.example.com, deploy@10.0.0.5 or deploy@web1:2222.',
    );
  }
  return {
    // A name has no colons: it stands in file names and tables.
    name: address.replaceAll(':', '-').replace(/^-+/, 'ip-'),
    address,
    ...(form[1] !== undefined && { user: form[1] }),
    ...(port !== undefined && { port }),
  };
}

/** Throws unless `on` is the name of a host or a role that one has. */
export function checkPlace(
  reader: Reader,
  hosts: readonly Host[],
  keys: readonly (string | number)[],
  on: string | undefined,
): void {
  if (on === undefined || hosts.some(({ name, roles }) => name === on || roles.includes(on))) return;
  const roles = [...new Set(hosts.flatMap((host) => host.roles))];
  throw reader.fail(
    keys,
    `no host is called ${JSON.stringify(on)} or has that role`,
    `Hosts are ${hosts.map(({ name }) => name).join(', ')}${roles.length === 0 ? '; none has a role' : `; roles are ${roles.join(', ')}`}.`,
  );
}
