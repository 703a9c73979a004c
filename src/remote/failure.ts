import { ToolError } from '../core/errors.ts';
import { commandFor, nameOf } from './address.ts';
import type { ConnectOptions, Host } from './types.ts';

/** What ssh says when the key of a host is not the one that it knows, or none is known. */
export const keyRefused =
  /Host key verification failed|host key is known for|HOST IDENTIFICATION HAS CHANGED/;

interface Cause {
  readonly says: RegExp;
  readonly message: string;
  readonly hint: (host: Host, options: ConnectOptions) => string;
}

const byHand = (host: Host, options: ConnectOptions): string =>
  `Try it by hand: ${commandFor(host, options)} true`;

const causes: readonly Cause[] = [
  {
    says: /Could not resolve hostname/i,
    message: 'its name is not known',
    hint: (host) => `Check the address ${host.address} in coracle.yaml and in ~/.ssh/config.`,
  },
  {
    says: /Permission denied|Too many authentication failures|No more authentication methods/i,
    message: 'it refused to let us in',
    hint: (host, options) =>
      `Coracle never asks for a password: give ssh a key (ssh-add), and the host its public half (${commandFor(host, options).replace(/^ssh/, 'ssh-copy-id')}).`,
  },
  {
    says: /Connection refused/i,
    message: 'nothing listens there',
    hint: () => 'Check the port, and that sshd runs on the host.',
  },
  {
    says: /timed out|Timeout, server/i,
    message: 'it does not answer',
    hint: () => 'Check that it runs, and that no firewall is in between.',
  },
  {
    says: /No route to host|Network is unreachable/i,
    message: 'there is no way to it',
    hint: () => 'Check the network of this machine and the address.',
  },
  {
    says: /Bad configuration option|Bad owner or permissions|terminating, \d+ bad configuration|Can't open user config/i,
    message: "ssh refuses the user's configuration",
    hint: () => 'The lines of ssh above say what to change.',
  },
];

/** A connection that could not be opened: what ssh said of it, as one error. */
export function connectFailure(host: Host, options: ConnectOptions, said: string): ToolError {
  const cause = causes.find(({ says }) => says.test(said));
  return new ToolError(
    'HOST_UNREACHABLE',
    `${nameOf(host)} cannot be reached by ssh${cause ? `: ${cause.message}` : ''}`,
    {
      hint: (cause?.hint ?? byHand)(host, options),
      ...(said.trim() === '' ? {} : { detail: said.trim() }),
      retryable: true,
    },
  );
}

/** A connection that did not come about in time. */
export function connectTimeout(host: Host, options: ConnectOptions, limit: number): ToolError {
  return new ToolError('HOST_UNREACHABLE', `${nameOf(host)} did not answer within ${limit / 1000} s`, {
    hint: `Check that it runs, and that no firewall is in between. ${byHand(host, options)}`,
    retryable: true,
  });
}

/** A connection that was open. */
export function connectionLost(host: Host, said: string): ToolError {
  return new ToolError('HOST_UNREACHABLE', `the connection to ${nameOf(host)} was lost`, {
    hint: 'What was under way there goes back by itself; `coracle status` shows what each host serves.',
    ...(said.trim() === '' ? {} : { detail: said.trim() }),
    retryable: true,
  });
}

export function connectionClosed(host: Host): ToolError {
  return new ToolError('HOST_UNREACHABLE', `the connection to ${nameOf(host)} is closed`);
}
