import { Agent, get } from 'node:http';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import type { Tally } from './tally.ts';

/** Requests of five seconds, one after the other. @returns how to end it */
export function wait(url: string, tally: Tally): () => void {
  const agent = new Agent({ keepAlive: true });
  let over = false;
  const once = (): void => {
    if (over) return;
    const again = (pause: number): void => void setTimeout(once, pause);
    const fail = (cause: string, version?: string): void => {
      tally.failed(url, `GET /slow: ${cause}`, version);
      again(200);
    };
    let begun = false;
    const request = get(`${url}/slow`, { agent }, (response) => {
      begun = true;
      let text = '';
      const version = String(response.headers['x-version'] ?? '');
      response.setEncoding('utf8');
      response.on('data', (part: string) => {
        text += part;
      });
      response.on('error', () => undefined); // `close` says it
      response.on('close', () => {
        if (response.complete && response.statusCode === 200 && text.endsWith('done\n')) {
          tally.slow(version);
          again(0);
        } else fail(response.complete ? String(response.statusCode) : 'cut in the middle', version);
      });
    });
    request.on('error', (error) => {
      if (!begun) fail(error.message);
    });
  };
  once();
  return () => {
    over = true;
    agent.destroy();
  };
}

/** A websocket (RFC 6455), opened again when it is closed; a message every tenth of a second. @returns how to end it */
export function hold(url: string, tally: Tally): () => void {
  let over = false;
  let socket: Socket | undefined;
  const open = (): void => {
    if (over) return;
    const { hostname, port } = new URL(url);
    const opened = connect({ host: hostname, port: Number(port || 80) });
    socket = opened;
    opened.write(
      `GET /ws HTTP/1.1\r\nHost: ${hostname}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
        'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
    );
    const timer = setInterval(() => opened.write(messageFrame), 100);
    let upgraded = false;
    opened.on('data', (bytes: Buffer) => {
      if (!upgraded) {
        upgraded = bytes.toString().startsWith('HTTP/1.1 101');
        if (!upgraded) tally.failed(url, `websocket: ${bytes.toString().slice(0, 40)}`);
        return;
      }
      for (const [, version] of bytes.toString('latin1').matchAll(/([\w.-]+):hello/g))
        tally.message(version ?? '');
    });
    opened.on('error', () => undefined); // `close` follows
    opened.on('close', () => {
      clearInterval(timer);
      tally.closed();
      setTimeout(open, 50);
    });
  };
  open();
  return () => {
    over = true;
    socket?.destroy();
  };
}

/** `hello`, masked by zeros. */
const messageFrame = Buffer.from([0x81, 0x85, 0, 0, 0, 0, ...Buffer.from('hello')]);
