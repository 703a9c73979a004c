import { createServer } from 'node:net';
import type { Server as NetServer } from 'node:net';
import { connect } from 'node:net';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { describeWith } from '../components/program.ts';
import { hasSshd } from '../components/sshd.ts';
import { tempDir } from '../support/ctx.ts';
import { containing } from '../support/containing.ts';
import { open, startServer } from './server.ts';
import type { Server } from './server.ts';

/** Something that says a word to whoever connects. @returns its port, or the path */
async function speaker<Where extends string | 0>(
  word: string,
  where: Where,
): Promise<Where extends string ? string : number>;
async function speaker(word: string, where: string | 0): Promise<string | number> {
  const server: NetServer = createServer((socket) => socket.end(word));
  onTestFinished(() => void server.close());
  if (where === 0) await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  else await new Promise<void>((resolve) => server.listen(where, resolve));
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : where;
}

describeWith([hasSshd], 'ways through a connection', () => {
  let server: Server;
  beforeAll(async () => {
    server = await startServer();
  });
  afterAll(async () => server.stop());

  test('a port of the host, and the same again when asked twice', async () => {
    const port = await speaker('far', 0);
    const remote = await open(server);
    const near = await remote.forward(port);
    expect(near).not.toBe(port);
    expect(await remote.forward(port)).toBe(near);
    expect(await text(connect(near, '127.0.0.1'))).toBe('far');
    await remote.close();
    await expect(text(connect(near, '127.0.0.1'))).rejects.toThrow('ECONNREFUSED');
  });

  test('a socket of the host', async () => {
    const file = await speaker('socket', path.join(tempDir(), 'far.sock'));
    const remote = await open(server);
    const near = await remote.forwardSocket(file);
    expect(await remote.forwardSocket(file)).toBe(near);
    expect(await text(connect(near))).toBe('socket');
    await remote.close();
  });

  test('a port of ours, on a port that the host chooses', async () => {
    const port = await speaker('near', 0);
    const remote = await open(server);
    const far = await remote.reverse(port);
    expect(far).toBeGreaterThan(1023);
    expect(await remote.reverse(port)).toBe(far);
    expect(await text(connect(far, '127.0.0.1'))).toBe('near');
    await remote.close();
  });

  test('many at once', async () => {
    const ports = await Promise.all(Array.from({ length: 12 }, async (_, index) => speaker(`${index}`, 0)));
    const remote = await open(server);
    const near = await Promise.all(ports.map(async (port) => remote.forward(port)));
    const words = await Promise.all(near.map(async (port) => text(connect(port, '127.0.0.1'))));
    expect(words).toEqual(ports.map((_, index) => `${index}`));
    await remote.close();
  });

  test('a server that allows none', async () => {
    const strict = await startServer(['AllowTcpForwarding no']);
    const remote = await open(strict);
    await expect(remote.reverse(9)).rejects.toMatchObject({
      code: 'HOST_UNFIT',
      hint: containing('AllowTcpForwarding'),
    });
    await remote.close();
    await strict.stop();
  });
});
