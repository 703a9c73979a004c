import { randomInt } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { createServer, type Server, type Socket as Connection } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { answerTo } from './dns.ts';
import { makeAuthority, type TestAuthority } from './certificates.ts';

/** What programs inside talk to: on this machine's loopback, for the time of one verification. */
export interface Service {
  readonly authority: TestAuthority['authority'];
  /** Of the HTTPS server, whose certificate is for `serverName`. */
  readonly tlsPort: number;
  /** Of a server that speaks HTTP. */
  readonly port: number;
  /** Address of a name server that knows `dnsName`; undefined where port 53 is not ours to open. */
  readonly resolver?: string;
  close(): Promise<void>;
}

/** Only /etc/hosts knows it; `.test` is nobody's (RFC 6761). */
export const serverName = 'hosts.coracle.test';
/** Only the name server knows it. */
export const dnsName = 'dns.coracle.test';
export const serverAddress = '127.0.0.1';

export async function openService(now: Date): Promise<Service> {
  const { authority, certificate, key } = makeAuthority(serverName, now);
  const secure = createTlsServer({ cert: certificate, key }, answer);
  secure.on('tlsClientError', () => undefined); // those who refuse us, as they must
  const plain = createServer(answer);
  const [tlsPort, port, names] = await Promise.all([listen(secure), listen(plain), openNames()]);
  return {
    authority,
    tlsPort,
    port,
    ...(names && { resolver: names.address }),
    close: async () => {
      names?.socket.close();
      await Promise.all([stop(secure), stop(plain)]);
    },
  };
}

const body = 'coracle\n';

function answer(connection: Connection): void {
  connection.on('error', () => undefined); // it left
  connection.once('data', () => {
    const head = `HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: ${body.length}\r\nConnection: close`;
    connection.end(`${head}\r\n\r\n${body}`);
  });
  // Who does not say anything is let go.
  connection.setTimeout(10_000, () => connection.destroy());
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, serverAddress, resolve);
  });
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

async function stop(server: Server): Promise<void> {
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
    server.unref();
    setTimeout(resolve, 500).unref();
  });
}

/** A name server at an address of the loopback network that nobody else has, as resolv.conf can name no port. */
async function openNames(): Promise<{ address: string; socket: Socket } | undefined> {
  const address = `127.${randomInt(2, 255)}.${randomInt(1, 255)}.${randomInt(1, 255)}`;
  const socket = createSocket('udp4');
  socket.on('message', (query, from) => {
    const reply = answerTo(query, dnsName, serverAddress);
    if (reply) socket.send(reply, from.port, from.address);
  });
  const bound = await new Promise<boolean>((resolve) => {
    socket.once('error', () => resolve(false));
    socket.bind(53, address, () => resolve(true));
  });
  if (bound) return { address, socket };
  socket.close();
  return undefined;
}
