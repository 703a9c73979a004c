import net from 'node:net';
import { messageOf } from '../core/errors.ts';
import { unreachable } from './ask.ts';
import { ringName } from './config.ts';
import type { ProxiedRequest } from './types.ts';

/** A line is some 60 bytes; what is longer than this is not ours. */
const longestLine = 4096;

/**
 * Follows the ring of finished requests from now on, until the signal (which is no error) or until the proxy ends.
 * @throws ToolError PROXY_UNREACHABLE
 */
export function followRequests(
  socketPath: string,
  signal: AbortSignal,
  each: (request: ProxiedRequest) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return resolve();
    const socket = net.connect(socketPath);
    const stop = (): void => {
      socket.destroy();
      resolve();
    };
    const fail = (why: string): void => {
      signal.removeEventListener('abort', stop);
      socket.destroy();
      reject(unreachable(why));
    };
    const take = lineReader((line) => {
      const request = parseRequest(line);
      if (request) each(request);
    });
    signal.addEventListener('abort', stop, { once: true });
    socket.setEncoding('latin1');
    socket.on('error', (error) => fail(messageOf(error)));
    socket.on('connect', () => socket.write(`show events ${ringName} -w -n\n`));
    socket.on('data', (text: string) => take(text));
    socket.on('end', () => fail('it closed its log of requests'));
  });
}

/** Hands on whole lines. The rest of one that is too long is dropped, up to its end. */
export function lineReader(each: (line: string) => void): (text: string) => void {
  let rest = '';
  let dropping = false;
  return (text) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      if (!dropping) each(line);
      dropping = false;
    }
    if (rest.length > longestLine) {
      rest = '';
      dropping = true;
    }
  };
}

/** Service, slot, status, total, response, end: as `requestFormat` of config.ts has them. */
const form = /^request ([a-z][a-z0-9-]*) (a|b|<NOSRV>) (-?\d{1,3}) (-?\d{1,12}) (-?\d{1,12}) (\S\S)$/;

/** Undefined for lines that are about something else: servers going up and down are in the same ring. */
export function parseRequest(line: string): ProxiedRequest | undefined {
  const [, service, server, status, total, response, ended] = form.exec(line) ?? [];
  if (service === undefined || ended === undefined) return undefined;
  return {
    service,
    slot: server === 'a' || server === 'b' ? server : undefined,
    status: Math.max(0, Number(status)),
    total: Math.max(0, Number(total)),
    response: Number(response),
    ended,
  };
}
