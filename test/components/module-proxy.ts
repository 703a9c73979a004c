import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import path from 'node:path';

/** What goes wrong with an answer; tests change it while the proxy runs. */
export type Fault =
  | {
      readonly kind: 'status';
      readonly status: number;
      readonly body?: string;
      readonly headers?: Readonly<Record<string, string>>;
    }
  /** The connection is cut before any answer. */
  | { readonly kind: 'cut' }
  /** The answer's first half arrives, then the connection is cut. */
  | { readonly kind: 'half' }
  /** Nothing is ever sent. */
  | { readonly kind: 'silent' }
  /** One bit in the middle of the answer is flipped. */
  | { readonly kind: 'flip' };

export interface ModuleProxy {
  /** For GOPROXY. */
  readonly url: string;
  /** Paths that were asked for, in order. */
  readonly requests: string[];
  /** Answers of paths that match go wrong, `times` times (always, when not given). The first match counts. */
  fail(match: RegExp, fault: Fault, times?: number): void;
  /** All is well again. */
  heal(): void;
  /** Serves `body` at `place` in place of the file there. */
  put(place: string, body: string | Uint8Array): void;
  stop(): Promise<void>;
}

/**
 * A Go module proxy on loopback over a directory in the protocol's layout, such as `$GOMODCACHE/cache/download`, with faults on
 * demand. Lists (`@v/list`) come from the directory, as from a proxy that knows only what it holds.
 */
export async function startModuleProxy(directory: string): Promise<ModuleProxy> {
  const requests: string[] = [];
  const faults: { match: RegExp; fault: Fault; left: number }[] = [];
  const bodies = new Map<string, Uint8Array>();
  const server = createServer((request, response) => {
    const place = decodeURIComponent(new URL(request.url ?? '/', 'http://proxy').pathname).slice(1);
    requests.push(place);
    const found = faults.find((entry) => entry.left > 0 && entry.match.test(place));
    if (found) found.left--;
    answer(directory, place, bodies.get(place), found?.fault, request, response).catch(() =>
      response.destroy(),
    );
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    requests,
    fail: (match, fault, times = Infinity) => faults.unshift({ match, fault, left: times }),
    heal: () => faults.splice(0),
    put: (place, body) => bodies.set(place, Buffer.from(body)),
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
}

async function answer(
  directory: string,
  place: string,
  body: Uint8Array | undefined,
  fault: Fault | undefined,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (fault?.kind === 'silent') return;
  if (fault?.kind === 'cut') {
    request.socket.destroy();
    return;
  }
  if (fault?.kind === 'status') {
    response
      .writeHead(fault.status, { 'content-type': 'text/plain', ...fault.headers })
      .end(fault.body ?? `made to fail: ${place}`);
    return;
  }
  const file = path.join(directory, place);
  const size = body?.length ?? (await fileSize(file));
  if (size === undefined || !path.resolve(file).startsWith(path.resolve(directory))) {
    response.writeHead(404, { 'content-type': 'text/plain' }).end(`not found: ${place}`);
    return;
  }
  response.writeHead(200, { 'content-length': size, 'content-type': 'application/octet-stream' });
  let sent = 0;
  const content: AsyncIterable<Uint8Array> | Uint8Array[] = body ? [body] : createReadStream(file);
  for await (const chunk of content) {
    const bytes = Buffer.from(chunk);
    if (fault?.kind === 'half' && sent + bytes.length >= size / 2) {
      response.write(bytes.subarray(0, Math.max(0, Math.floor(size / 2) - sent)), () => response.destroy());
      return;
    }
    const middle = Math.floor(size / 2) - sent;
    if (fault?.kind === 'flip' && middle >= 0 && middle < bytes.length)
      bytes.writeUInt8(bytes.readUInt8(middle) ^ 1, middle);
    sent += bytes.length;
    if (!response.write(bytes)) {
      await new Promise((resolve) => {
        response.once('drain', resolve);
      });
    }
  }
  response.end();
}

async function fileSize(file: string): Promise<number | undefined> {
  try {
    const found = await stat(file);
    return found.isFile() ? found.size : undefined;
  } catch {
    return undefined;
  }
}
