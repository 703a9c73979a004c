import type { EventEmitter } from 'node:events';
import autocannon from 'autocannon';
import type { Tally } from './tally.ts';

/** Nine GETs, then a POST, which nothing on the way may send twice. */
const requests = [
  ...Array.from({ length: 9 }, () => ({ method: 'GET', path: '/' })),
  { method: 'POST', path: '/count', body: 'x' },
];

/** One request after the other on each of so many kept connections: the service's own time sets the pace, evenly. @returns how to end it */
export function hammer(url: string, connections: number, tally: Tally): () => void {
  const instance = autocannon(
    {
      url,
      connections,
      duration: 86_400,
      timeout: 10,
      requests,
      setupClient: (client) => watch(client, url, tally),
    },
    () => undefined,
  );
  return () => instance.stop();
}

/**
 * autocannon does not count a request whose connection ends without an answer, nor does it heed `Connection: close`. So what is under way is
 * counted here; only after that notice a request that is lost was the client's own fault.
 */
function watch(client: EventEmitter, url: string, tally: Tally): void {
  let made = 0;
  let underway = false;
  let noticed = false;
  let version = '';
  const name = (): string => {
    const request = requests[(made - 1) % requests.length];
    return `${request?.method ?? ''} ${request?.path ?? ''}`;
  };
  const lost = (cause: string): void => {
    if (underway && !noticed) tally.failed(url, `${name()}: ${cause}`);
    underway = false;
  };
  client.on('request', () => {
    lost('connection closed without an answer');
    made++;
    underway = true;
  });
  client.on('headers', ({ headers }: { readonly headers: readonly string[] }) => {
    version = header(headers, 'x-version');
    noticed = header(headers, 'connection') === 'close';
  });
  client.on('response', (status: number) => {
    underway = false;
    tally.answered(version, name().startsWith('POST'));
    if (status >= 400) tally.failed(url, `${name()}: ${status}`, version);
  });
  client.on('timeout', () => lost('no answer within 10 seconds'));
  client.on('connError', (error: Error) => {
    underway ||= error.message.includes('ECONNREFUSED');
    lost(error.message);
  });
}

function header(headers: readonly string[], name: string): string {
  const at = headers.findIndex((each, index) => index % 2 === 0 && each.toLowerCase() === name);
  return at === -1 ? '' : (headers[at + 1] ?? '');
}
