import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';

export interface Echo {
  readonly port: number;
  /** Requests so far, by method and path: `GET /`. */
  readonly seen: Map<string, number>;
  stop(): Promise<void>;
}

/** A server that answers with what it was asked, echoes what comes after an upgrade, and ends the connection at `/die`. */
export async function startEcho(
  answer: (request: IncomingMessage, response: ServerResponse) => boolean = () => false,
): Promise<Echo> {
  const seen = new Map<string, number>();
  const upgraded = new Set<Duplex>();
  const server = createServer((request, response) => {
    const what = `${request.method ?? ''} ${request.url ?? ''}`;
    seen.set(what, (seen.get(what) ?? 0) + 1);
    if (answer(request, response)) return;
    const wait = Number(new URL(request.url ?? '', 'http://x').searchParams.get('wait') ?? 0);
    const reply = JSON.stringify({ port: server.address(), headers: request.headers });
    request.resume();
    setTimeout(() => response.end(reply), wait);
  });
  server.on('upgrade', (incoming, socket: Duplex) => {
    const key = `${incoming.headers['sec-websocket-key'] ?? ''}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`;
    const accept = createHash('sha1').update(key).digest('base64');
    upgraded.add(socket);
    const head = 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket';
    socket.write(`${head}\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`);
    socket.on('error', () => undefined);
    socket.pipe(socket);
  });
  const port = await new Promise<number>((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      resolve(address !== null && typeof address === 'object' ? address.port : 0);
    });
  });
  return {
    port,
    seen,
    async stop() {
      for (const socket of upgraded) socket.destroy();
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}
