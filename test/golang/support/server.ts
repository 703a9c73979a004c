import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { onTestFinished } from 'vitest';

export interface TestServer {
  /** Without a slash at the end. */
  readonly url: string;
  /** Paths asked for, with their queries, in order. */
  readonly requests: string[];
}

/** What a path gives: bytes, a status, or a function that answers by itself. Undefined is 404. */
export type Answer =
  Uint8Array | string | number | ((request: IncomingMessage, response: ServerResponse) => void) | undefined;

/** A loopback server for the time of a test. */
export async function serve(answer: (path: string, request: IncomingMessage) => Answer): Promise<TestServer> {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    const path = decodeURIComponent(request.url ?? '');
    requests.push(path);
    const what = answer(path, request);
    if (typeof what === 'function') what(request, response);
    else if (typeof what === 'number' || what === undefined) response.writeHead(what ?? 404).end();
    else response.writeHead(200, { 'content-length': Buffer.byteLength(what) }).end(what);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return { url: `http://127.0.0.1:${address.port}`, requests };
}
