import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { start } from '../../src/core/exec.ts';
import { removeTree } from '../../src/core/temp.ts';
import { cached } from './cache.ts';
import { freePort } from './free-port.ts';
import { call, findProgram } from './program.ts';
import type { Probe } from './program.ts';

export const hasPebble: Probe = () => {
  const missing = ['go', 'openssl'].filter((name) => findProgram(name) === undefined);
  return missing.length > 0 ? `${missing.join(' and ')} not installed` : undefined;
};

export interface Pebble {
  /** Of the ACME directory. */
  readonly directory: string;
  /** PEM file that vouches for that address. */
  readonly ca: string;
  /** Nobody answers any more. */
  end(): Promise<void>;
  stop(): Promise<void>;
}

/** An ACME authority on `address`, for which every name is at `host`, on port 80. */
export async function startPebble(address: string, host: string): Promise<Pebble> {
  const directory = await mkdtemp(path.join(tmpdir(), 'coracle-pebble-'));
  const program = findProgram('pebble') ?? (await install());
  const ca = path.join(directory, 'ca.pem');
  const key = path.join(directory, 'key.pem');
  await call([
    ...([
      'openssl',
      'req',
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:P-256',
      '-nodes',
    ] as const),
    ...['-days', '2', '-subj', '/CN=pebble', '-addext', `subjectAltName=IP:${address}`],
    ...['-keyout', key, '-out', ca],
  ]);
  const [port, management] = [await freePort(), await freePort()];
  const config = path.join(directory, 'config.json');
  const pebble = {
    ...{ listenAddress: `${address}:${port}`, managementListenAddress: `127.0.0.1:${management}` },
    ...{ certificate: ca, privateKey: key, httpPort: 80, tlsPort: 443 },
  };
  await writeFile(config, JSON.stringify({ pebble }));
  const names = await startNames(host);
  const child = start({
    argv: [program, '-config', config, '-dnsserver', `127.0.0.1:${names.port}`],
    env: { ...process.env, PEBBLE_VA_NOSLEEP: '1', PEBBLE_WFE_NONCEREJECT: '0' },
    streams: ['ignore', 'ignore', 'ignore'],
    detached: true,
  });
  const end = async (): Promise<void> => {
    child.kill('SIGKILL');
    await child.exited;
  };
  return {
    directory: `https://${address}:${port}/dir`,
    ca,
    end,
    async stop() {
      await end();
      names.stop();
      await removeTree(directory);
    },
  };
}

async function install(): Promise<string> {
  const place = await cached('pebble-2.10.1', async (directory) => {
    await call(['go', 'install', 'github.com/letsencrypt/pebble/v2/cmd/pebble@v2.10.1'], {
      env: { GOBIN: directory },
    });
  });
  return path.join(place, 'pebble');
}

/** Answers every question for an IPv4 address with one, and all others with nothing (RFC 1035); by UDP and TCP. */
async function startNames(host: string): Promise<{ readonly port: number; stop(): void }> {
  const socket = createSocket('udp4');
  socket.on('message', (question, from) => socket.send(answerTo(question, host), from.port, from.address));
  const port = await new Promise<number>((resolve) => {
    socket.bind(0, '127.0.0.1', () => resolve(socket.address().port));
  });
  const server = createServer((stream) => {
    stream.on('error', () => undefined);
    // Questions are small: each comes whole, behind its length.
    stream.on('data', (bytes: Buffer) => {
      const answer = answerTo(bytes.subarray(2), host);
      const length = Buffer.alloc(2);
      length.writeUInt16BE(answer.length);
      stream.write(Buffer.concat([length, answer]));
    });
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return {
    port,
    stop() {
      socket.close();
      server.close();
    },
  };
}

function answerTo(question: Buffer, host: string): Buffer {
  const end = question.indexOf(0, 12) + 5;
  const isAddress = question.readUInt16BE(end - 4) === 1;
  const header = Buffer.from(question.subarray(0, 12));
  header.writeUInt16BE(0x8180, 2);
  header.writeUInt16BE(isAddress ? 1 : 0, 6);
  header.writeUInt32BE(0, 8);
  const address = Buffer.from(host.split('.').map(Number));
  const record = Buffer.concat([Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 1, 0, 4]), address]);
  return Buffer.concat([header, question.subarray(12, end), ...(isAddress ? [record] : [])]);
}
