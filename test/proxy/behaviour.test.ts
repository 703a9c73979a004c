import { Agent, request } from 'node:http';
import { connect, createServer } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { isToolError } from '../../src/core/errors.ts';
import type { ProxiedRequest } from '../../src/proxy/types.ts';
import { hasHaproxy, plainService, startProxy } from './haproxy.ts';
import type { LocalProxy } from './haproxy.ts';
import { freePort } from '../components/free-port.ts';
import { describeWith } from '../components/program.ts';
import { startEcho } from './echo.ts';
import type { Echo } from './echo.ts';

describeWith([hasHaproxy], 'requests while slots change', () => {
  const shop = { ...plainService, domains: ['shop.test'] };
  const post = { ...plainService, name: 'post', domains: ['post.test'], retry: ['GET', 'POST'] };
  let proxy: LocalProxy;
  let one: Echo;
  let two: Echo;

  beforeAll(async () => {
    proxy = await startProxy([shop, post]);
    one = await startEcho((incoming) => breaks(incoming.url, incoming.socket));
    two = await startEcho();
  });
  afterAll(async () => {
    await proxy.stop();
    await one.stop();
    await two.stop();
  });

  /** A server that breaks the connection instead of answering. */
  const breaks = (url: string | undefined, socket: { destroy(): unknown }): boolean => {
    if (url !== '/break') return false;
    socket.destroy();
    return true;
  };
  const both = async (service: string, a: number, b: number): Promise<void> =>
    proxy.socket.set(
      service,
      { slot: 'a', port: one.port, weight: a, state: 'ready' },
      { slot: 'b', port: two.port, weight: b, state: 'ready' },
    );
  const send = async (host: string, method: string, target: string, agent?: Agent): Promise<number> =>
    new Promise((resolve) => {
      const sent = request(
        {
          port: proxy.base.httpPort,
          host: '127.0.0.1',
          method,
          path: target,
          headers: { host },
          agent: agent ?? false,
        },
        (answer) => {
          answer.resume();
          answer.on('end', () => resolve(answer.statusCode ?? 0));
        },
      );
      sent.on('error', () => resolve(0));
      sent.end(method === 'POST' ? 'body' : undefined);
    });

  test('none is lost to weights, drain, new addresses and empty slots, with POST and connections that are kept', async () => {
    await both('shop', 100, 0);
    const agent = new Agent({ keepAlive: true, maxSockets: 8 });
    const stop = new AbortController();
    const answers: number[] = [];
    const load = Promise.all(
      Array.from({ length: 8 }, async (_, index) => {
        while (!stop.signal.aborted)
          answers.push(await send('shop.test', index % 2 ? 'POST' : 'GET', '/', agent));
      }),
    );
    const slow = send('shop.test', 'POST', '/?wait=1500');
    await until(() => answers.length > 50);
    for (let round = 0; round < 15; round++) {
      await both('shop', 75, 25);
      await both('shop', 0, 100);
      await proxy.socket.set('shop', { slot: 'a', state: 'drain' });
      await proxy.socket.set('shop', { slot: 'a', port: 0, weight: 0, state: 'maint' });
      await both('shop', 100, 0);
      await proxy.socket.set('shop', { slot: 'b', port: 0, weight: 0, state: 'maint' });
    }
    expect(await slow).toBe(200);
    stop.abort();
    await load;
    agent.destroy();
    expect(answers.filter((status) => status !== 200)).toEqual([]);
    expect(two.seen.get('POST /')).toBeGreaterThan(0);
  });

  test('what was not answered is sent again for GET, and never for POST', async () => {
    await both('shop', 100, 1);
    one.seen.clear();
    two.seen.clear();
    const posts = await Promise.all(
      Array.from({ length: 10 }, async () => send('shop.test', 'POST', '/break')),
    );
    expect((one.seen.get('POST /break') ?? 0) + (two.seen.get('POST /break') ?? 0)).toBe(10);
    expect(posts).toContain(502);
    expect(await send('shop.test', 'GET', '/break')).toBe(200);
    expect(two.seen.get('GET /break')).toBe(1);
  });

  test('a POST is sent again for a service that says so', async () => {
    await both('post', 256, 1);
    const posts = await Promise.all(
      Array.from({ length: 5 }, async () => send('post.test', 'POST', '/break')),
    );
    expect(posts).toEqual([200, 200, 200, 200, 200]);
  });

  test('a server that takes no connection costs no request, not even a POST', async () => {
    const nobody = await freePort();
    await proxy.socket.set(
      'shop',
      { slot: 'a', port: nobody, weight: 100, state: 'ready' },
      { slot: 'b', port: two.port, weight: 1, state: 'ready' },
    );
    const posts = await Promise.all(Array.from({ length: 10 }, async () => send('shop.test', 'POST', '/')));
    expect(posts.filter((status) => status !== 200)).toEqual([]);
  });

  test('a websocket lives through weights, drain and an empty slot', async () => {
    await both('shop', 100, 0);
    const socket = connect(proxy.base.httpPort, '127.0.0.1');
    const heard: string[] = [];
    let closed = false;
    socket.setEncoding('utf8');
    socket.on('data', (text: string) => heard.push(text));
    socket.on('close', () => (closed = true));
    const handshake =
      'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==';
    socket.write(`GET /ws HTTP/1.1\r\nHost: shop.test\r\n${handshake}\r\n\r\n`);
    await until(() => heard.join('').includes('101 Switching'));
    await both('shop', 0, 100);
    await proxy.socket.set('shop', { slot: 'a', state: 'drain' });
    socket.write('still here');
    await until(() => heard.join('').includes('still here'));
    const [a] = await proxy.socket.counters('shop');
    expect(a?.sessions).toBe(1);
    expect(closed).toBe(false);
    socket.destroy();
    await until(async () => (await proxy.socket.counters('shop'))[0]?.sessions === 0);
  });

  test('what releases have set in memory outlives a reload', async () => {
    await both('shop', 60, 40);
    await proxy.saveState();
    await proxy.reload();
    expect(await proxy.socket.slots('shop')).toEqual([
      { slot: 'a', port: one.port, weight: 60, state: 'ready' },
      { slot: 'b', port: two.port, weight: 40, state: 'ready' },
    ]);
  });

  test('its log tells of each request: service, slot, status and times', async () => {
    await both('shop', 0, 100);
    const controller = new AbortController();
    const requests: ProxiedRequest[] = [];
    const following = proxy.socket.requests(controller.signal, (one) => requests.push(one));
    await until(async () => {
      await send('nobody.test', 'GET', '/');
      await send('shop.test', 'GET', '/?wait=60');
      return requests.length > 0;
    });
    controller.abort();
    await following;
    const [first] = requests;
    expect(first).toMatchObject({ service: 'shop', slot: 'b', status: 200, ended: '--' });
    expect(first?.response).toBeGreaterThanOrEqual(50);
    expect(first?.total).toBeGreaterThanOrEqual(first?.response ?? 0);
  });

  test('a proxy that ends ends its log with an error', async () => {
    const other = await startProxy([plainService]);
    const following = other.socket.requests(new AbortController().signal, () => undefined);
    const outcome = following.then(
      () => 'ended',
      (error: unknown) => (isToolError(error) ? error.code : error),
    );
    await other.socket.command('show info');
    await other.stop();
    expect(await outcome).toBe('PROXY_UNREACHABLE');
  });

  test('a socket on which nobody answers is told as such', async () => {
    const path = `${proxy.directory}/run/mute.sock`;
    const server = createServer((socket) => socket.destroy());
    await new Promise<void>((resolve) => server.listen(path, resolve));
    const { openProxySocket } = await import('../../src/proxy/socket.ts');
    await expect(openProxySocket(path)).rejects.toMatchObject({ code: 'PROXY_UNREACHABLE' });
    await new Promise((resolve) => server.close(resolve));
    await expect(openProxySocket(`${path}.none`)).rejects.toMatchObject({ code: 'PROXY_UNREACHABLE' });
  });

  test('what the proxy refuses is an error with its words, and nothing after it passes as done', async () => {
    await expect(proxy.socket.set('nobody', { slot: 'a', weight: 1 })).rejects.toMatchObject({
      code: 'PROXY_FAILED',
      detail: 'No such backend.',
    });
    await expect(proxy.socket.slots('nobody')).rejects.toMatchObject({ code: 'PROXY_FAILED' });
    await expect(proxy.socket.command('set nonsense')).rejects.toMatchObject({ code: 'PROXY_FAILED' });
    await expect(proxy.socket.command('show info\nshutdown')).rejects.toMatchObject({ code: 'USAGE' });
    await expect(proxy.socket.set('a; shutdown', { slot: 'a', weight: 1 })).rejects.toMatchObject({
      code: 'USAGE',
    });
    await expect(proxy.socket.set('shop', { slot: 'a', weight: 300 })).rejects.toMatchObject({
      code: 'USAGE',
    });
  });
});

async function until(reached: () => boolean | Promise<boolean>): Promise<void> {
  for (let left = 500; !(await reached()); left--) {
    if (left === 0) throw new Error('it does not happen');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
