import { connect, type Socket } from 'node:net';

/** A port of the program, and the page that says that it is well; without a page the connection itself is the answer. */
export interface Question {
  readonly port: number;
  readonly path?: string;
}

export interface Answer {
  /** Accepted, or 2xx or 3xx. */
  readonly good: boolean;
  /** Something accepted the connection. */
  readonly connected: boolean;
  /** When it came, in nanoseconds of `process.hrtime`. */
  readonly at: bigint;
  /** Of HTTP. */
  readonly status?: number;
  /** The beginning of an answer that was not good. */
  readonly text?: string;
}

/** Where a program can listen when it has a loopback device alone. */
const addresses = ['127.0.0.1', '::1'];
/** Milliseconds for one answer. */
const patience = 5000;
/** Bytes of a bad answer that are of interest. */
const mostText = 2000;

/** Asks once, at both loopback addresses. Never fails. */
export async function ask(question: Question): Promise<Answer> {
  for (const address of addresses) {
    const answer = await askAt(address, question);
    if (answer.connected) return answer;
  }
  return { good: false, connected: false, at: process.hrtime.bigint() };
}

/** HTTP/1.1 as far as a status line: no client's own work counts into the time, and a program's any answer is understood. */
async function askAt(host: string, { port, path }: Question): Promise<Answer> {
  return new Promise((resolve) => {
    let connected = false;
    let text = '';
    let at: bigint | undefined;
    const socket: Socket = connect({ host, port, noDelay: true });
    const done = (): void => {
      socket.destroy();
      const status = statusOf(text);
      const good = path === undefined ? connected : status !== undefined && status >= 200 && status < 400;
      resolve({
        good,
        connected,
        at: at ?? process.hrtime.bigint(),
        ...(status !== undefined && { status }),
        ...(good || text === '' ? {} : { text }),
      });
    };
    socket.setTimeout(patience, done);
    socket.on('connect', () => {
      connected = true;
      if (path === undefined) {
        at = process.hrtime.bigint();
        done();
      } else socket.write(requestOf(port, path));
    });
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
      const status = statusOf(text);
      if (status === undefined && text.length < mostText) return;
      at ??= process.hrtime.bigint();
      // Of a bad answer its reason is wanted too.
      if ((status !== undefined && status < 400) || text.length >= mostText) done();
    });
    socket.on('error', done);
    socket.on('end', done);
  });
}

function requestOf(port: number, path: string): string {
  return `GET ${path} HTTP/1.1\r\nHost: localhost:${port}\r\nUser-Agent: coracle\r\nAccept: */*\r\nConnection: close\r\n\r\n`;
}

function statusOf(text: string): number | undefined {
  const found = /^HTTP\/1\.[01] (\d{3})[ \r]/.exec(text);
  return found ? Number(found[1]) : undefined;
}
