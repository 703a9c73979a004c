/**
 * Ports of this machine that lead to other ports of the program, which shares this machine's network: a small proxy in our own process, for
 * as long as the program runs.
 */
import type { Socket as Datagrams } from 'node:dgram';
import { messageOf, ToolError, systemCode } from '../core/errors.ts';
import type { Publish } from './ports.ts';

export interface Proxy {
  close(): Promise<void>;
}

/** Where the program listens: on this machine. */
const program = '127.0.0.1';
/** Milliseconds after which a UDP peer that says nothing is forgotten. */
const idle = 60_000;

/** @throws ToolError PORT_UNAVAILABLE */
export async function openProxy(publish: Publish): Promise<Proxy> {
  try {
    return publish.protocol === 'udp' ? await udp(publish) : await tcp(publish);
  } catch (error) {
    const why = systemCode(error) === 'EADDRINUSE' ? 'something listens there already' : messageOf(error);
    throw new ToolError(
      'PORT_UNAVAILABLE',
      `port ${publish.host}/${publish.protocol} cannot be used: ${why}`,
      {
        cause: error,
        hint: `Name another one: -p ${publish.host + 1}:${publish.container}`,
      },
    );
  }
}

async function tcp({ address, host, container }: Publish): Promise<Proxy> {
  const net = await import('node:net');
  const open = new Set<{ destroy(): void }>();
  const server = net.createServer({ allowHalfOpen: true }, (client) => {
    const behind = net.connect({ port: container, host: program, allowHalfOpen: true });
    for (const end of [client, behind]) {
      open.add(end);
      end.on('error', () => {
        client.destroy();
        behind.destroy();
      });
      end.on('close', () => open.delete(end));
    }
    client.pipe(behind);
    behind.pipe(client);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port: host, ...(address !== undefined && { host: address }) }, resolve);
  });
  return {
    close: async () => {
      for (const end of open) end.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Each peer has a socket of its own towards the program, so that answers find their way back. */
async function udp({ address, host, container }: Publish): Promise<Proxy> {
  const dgram = await import('node:dgram');
  const server = dgram.createSocket(address?.includes(':') ? 'udp6' : 'udp4');
  const peers = new Map<string, { readonly socket: Datagrams; timer: NodeJS.Timeout }>();
  const forget = (name: string): void => {
    const peer = peers.get(name);
    if (!peer) return;
    clearTimeout(peer.timer);
    peer.socket.close();
    peers.delete(name);
  };
  server.on('message', (message, from) => {
    const name = `${from.address} ${from.port}`;
    let peer = peers.get(name);
    if (!peer) {
      const socket = dgram.createSocket('udp4');
      socket.on('error', () => forget(name));
      socket.on('message', (answer) => server.send(answer, from.port, from.address));
      peer = { socket, timer: setTimeout(forget, idle, name) };
      peers.set(name, peer);
    }
    peer.timer.refresh();
    peer.socket.send(message, container, program);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.bind({ port: host, ...(address !== undefined && { address }) }, resolve);
  });
  return {
    close: async () => {
      for (const name of [...peers.keys()]) forget(name);
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
