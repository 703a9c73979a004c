import { ToolError } from '../core/errors.ts';
import { commandFor, nameOf } from './address.ts';
import type { ConnectOptions, Host } from './types.ts';

/**
 * The error of a host whose key is not known, or is another one. What it says of the key is what the host showed: whether it is the right
 * one only somebody can say who knows the host by another way.
 * @param said what ssh said of the refused connection
 * @param verbose what it said when asked once more, with `-v`: it is the same way, through the same jump hosts, where ssh-keyscan knows neither
 * jump hosts nor the user's configuration
 */
export function hostKeyError(host: Host, options: ConnectOptions, said: string, verbose: string): ToolError {
  const changed = said.includes('HOST IDENTIFICATION HAS CHANGED');
  const shown = shownKey(verbose) ?? shownKey(said);
  const known = /Offending \S+ key in (\S+):(\d+)/.exec(said);
  // ssh names whom it refused by the name under which it looked for the key.
  const refused =
    /host key is known for (\S+) and/i.exec(said)?.[1] ?? /Host key for (\S+) has changed/.exec(said)?.[1];
  const accept = commandFor(host, options, '-o', 'StrictHostKeyChecking=ask');
  return new ToolError(
    'HOST_KEY',
    [
      `the key of ${nameOf(host)} is ${changed ? 'not the one that is known' : 'not known'}`,
      refused === undefined || refused.includes(host.address) ? '' : ` (asked as ${refused})`,
      shown === undefined ? '' : `; it shows ${shown}`,
    ].join(''),
    {
      hint: [
        'Compare this fingerprint with the one that the host itself says: `ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub` on its console; what came over the network is no proof.',
        changed
          ? `If the host has a new key, forget the old one (ssh-keygen -R '${refused ?? host.address}'${known ? ` -f ${known[1]}` : ''}), then accept it: ${accept} true`
          : `If it is the same, accept it: ${accept} true`,
      ].join(' '),
    },
  );
}

/** The last key that a server showed before ssh refused: with jump hosts, theirs come first. */
function shownKey(said: string): string | undefined {
  const before = said.slice(0, said.indexOf('Host key verification failed'));
  const lines = [...before.matchAll(/Server host key: (\S+) (SHA256:[\w+/=]+)/g)];
  const last = lines.at(-1);
  if (last) return `${last[1]} ${last[2]}`;
  return /SHA256:[\w+/=]+/.exec(before)?.[0];
}
