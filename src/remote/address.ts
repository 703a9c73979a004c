import { ToolError } from '../core/errors.ts';
import type { ConnectOptions, Host } from './types.ts';

// ssh hands names to the shell of a ProxyCommand, so nothing that a shell understands may be in them, nor a `-` in front.
const name = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;
const address = /^[A-Za-z0-9_:.][A-Za-z0-9._:%-]*$/;
const user = /^[A-Za-z0-9_][A-Za-z0-9._@+-]*$/;
const hop = /^[A-Za-z0-9_.[:][A-Za-z0-9._:@%+[\]-]*$/;

/** @throws ToolError CONFIG_INVALID when a part of the host's address is not one that ssh may be handed */
export function checkHost(host: Host): void {
  const refuse = (what: string, value: string | number): never => {
    throw new ToolError(
      'CONFIG_INVALID',
      `the ${what} of host ${JSON.stringify(host.name)} cannot be ${JSON.stringify(value)}`,
      { hint: 'Letters, digits, `.`, `_`, `-` and `:` are allowed, and no `-` at the beginning.' },
    );
  };
  if (!name.test(host.name)) refuse('name', host.name);
  if (!address.test(host.address)) refuse('address', host.address);
  if (host.user !== undefined && !user.test(host.user)) refuse('user', host.user);
  const { port } = host;
  if (port !== undefined && !(Number.isInteger(port) && port > 0 && port < 65_536)) refuse('port', port);
  for (const part of host.jump?.split(',') ?? []) {
    if (!hop.test(part.replace(/^ssh:\/\//, '').replace(/\/$/, ''))) refuse('jump host', part);
  }
}

/** Where to, as words for ssh: what the user's own configuration does not say, or what coracle.yaml says in place of it. */
export function destination(host: Host, options: ConnectOptions): readonly string[] {
  return [
    ...(options.configFile === undefined ? [] : ['-F', options.configFile]),
    ...(host.port === undefined ? [] : ['-p', String(host.port)]),
    ...(host.user === undefined ? [] : ['-l', host.user]),
    ...(host.jump === undefined ? [] : ['-J', host.jump]),
    '--',
    host.address,
  ];
}

/** A command line for people, that connects to the host as we do. */
export function commandFor(host: Host, options: ConnectOptions, ...words: readonly string[]): string {
  return ['ssh', ...words, ...destination(host, options).filter((word) => word !== '--')]
    .map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`))
    .join(' ');
}

/** `web-1`, or `web-1 (10.0.0.4)` when they differ. */
export function nameOf(host: Host): string {
  return host.name === host.address ? host.name : `${host.name} (${host.address})`;
}
