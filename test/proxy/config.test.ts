import { readFile } from 'node:fs/promises';
import { request } from 'node:http';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { baseConfig, serviceRoutes, serviceTemplate } from '../../src/proxy/config.ts';
import type { ProxyBase } from '../../src/proxy/config.ts';
import type { ProxyService } from '../../src/proxy/types.ts';
import { checkProxy, hasHaproxy, plainService, startProxy } from './haproxy.ts';
import type { LocalProxy } from './haproxy.ts';
import { describeWith } from '../components/program.ts';
import { startEcho } from './echo.ts';
import type { Echo } from './echo.ts';

const base: ProxyBase = {
  ...{ root: '/proxy', httpPort: 80, httpsPort: 443, metricsPort: 9101, acmePort: 9102 },
  ...{ ipv6: false, socket: { uid: 0, gid: 0 }, worker: undefined, tls: 'off' },
};

describe('nothing of a configuration can become a line of its own', () => {
  const hostile = [
    'a\nbackend x',
    'a b',
    "a'b",
    'a"b',
    'a#b',
    'a\\b',
    'a;b',
    'a$b',
    'a\tb',
    'a\u0000b',
    '',
    'ä',
  ];

  test.each(hostile)('name %j', (name) => {
    expect(() => serviceTemplate({ ...plainService, name }, base)).toThrow(/no name of a service/);
    expect(() => serviceRoutes({ ...plainService, name })).toThrow(/no name of a service/);
  });

  test.each([...hostile, '*.*.example.com', '.example.com', 'example..com', '-a.com', 'a/b', 'a:80', '*'])(
    'domain %j',
    (domain) => {
      expect(() => serviceRoutes({ ...plainService, domains: [domain] })).toThrow(/is no domain/);
    },
  );

  test.each(
    [...hostile.map((text) => `/${text}`), 'api', '//x', '/a/../b', '/a/.', '/x '].filter(
      (text) => text !== '/',
    ),
  )('path %j', (prefix) => {
    expect(() => serviceRoutes({ ...plainService, paths: [prefix] })).toThrow(/is no path/);
  });

  test.each([
    [{ path: "/x' hdr Host evil" }],
    [{ path: '/x\n  server evil 10.0.0.1:80' }],
    [{ path: '/x?a=$HOME' }],
    [{ status: '200\n  server evil 10.0.0.1:80' }],
    [{ status: '200 or' }],
    [{ interval: Number.NaN }],
  ])('health %j', (changed) => {
    const health = { ...plainService.health, ...changed };
    expect(() => serviceTemplate({ ...plainService, health }, base)).toThrow(/is no /);
  });

  test.each([['GET }\n'], ['get'], ['']])('method %j', (method) => {
    expect(() => serviceTemplate({ ...plainService, retry: [method] }, base)).toThrow(/is no method/);
  });

  test('ports, timeouts and the directory', () => {
    expect(() => baseConfig({ ...base, httpPort: 0 })).toThrow(/no port/);
    expect(() => baseConfig({ ...base, root: '/pro xy' })).toThrow(/HAProxy cannot read/);
    expect(() => serviceTemplate({ ...plainService, timeout: -1 }, base)).toThrow(/no timeout/);
  });
});

describeWith([hasHaproxy], 'HAProxy with our configuration', () => {
  const services: readonly ProxyService[] = [
    plainService,
    { ...plainService, name: 'api', domains: ['Example.com', '*.wild.org'], paths: ['/api', '/api/v2/'] },
    { ...plainService, name: 'v3', domains: ['example.com'], paths: ['/api/v3'], retry: [] },
    { ...plainService, name: 'x', domains: ['a.wild.org'], paths: ['/x'] },
    { ...plainService, name: 'safe', domains: ['safe.test'], tls: { mode: 'acme', email: 'a@b.c' } },
    {
      ...plainService,
      name: 'plain',
      domains: ['plain.test'],
      health: { ...plainService.health, path: undefined },
    },
  ];
  let proxy: LocalProxy;
  let echo: Echo;

  beforeAll(async () => {
    proxy = await startProxy(services, { tls: 'strict' });
    echo = await startEcho();
    for (const { name } of services)
      await proxy.socket.set(name, { slot: 'a', port: echo.port, weight: 100, state: 'ready' });
  });
  afterAll(async () => {
    await proxy.stop();
    await echo.stop();
  });

  const get = async (host: string, target: string, headers: Record<string, string> = {}) =>
    ask(proxy.base.httpPort, host, target, headers);

  test('is taken without a warning', async () => {
    // That there is no certificate yet is right.
    const said = (await checkProxy(proxy.directory)).split('\n');
    expect(said.filter((line) => !line.includes('no SSL certificate specified'))).toEqual([]);
  });

  test.each([
    ['example.com', '/api', 'api'],
    ['example.com', '/api/', 'api'],
    ['example.com', '/api/v2/users?x=/api/v3', 'api'],
    ['example.com', '/api/v3', 'v3'],
    ['example.com', '/api/v3/a', 'v3'],
    ['example.com', '/api/v30', 'api'],
    ['EXAMPLE.com.:8080', '/api', 'api'],
    ['b.wild.org', '/api', 'api'],
    ['deep.b.wild.org', '/api', 'api'],
    ['a.wild.org', '/x', 'x'],
    ['plain.test', '/', 'plain'],
    ['wild.org', '/anything', 'shop'],
    ['nobody.test', '/api', 'shop'],
  ])('%s%s is for %s', async (host, target, service) => {
    const before = await requestsOf(proxy, service);
    expect((await get(host, target)).status).toBe(200);
    expect(await requestsOf(proxy, service)).toBe(before + 1);
  });

  test.each([
    ['example.com', '/'],
    ['example.com', '/apis'],
    ['a.wild.org', '/api'],
  ])('%s%s is for nobody: 404', async (host, target) => {
    const answer = await get(host, target);
    expect([answer.status, answer.text]).toEqual([404, 'No service has this address.\n']);
  });

  test('a server is told who asked; what the client says of that is not believed', async () => {
    const { text } = await get('plain.test', '/', {
      'x-forwarded-for': '203.0.113.9',
      'x-forwarded-proto': 'https',
      forwarded: 'for=203.0.113.9',
    });
    expect(JSON.parse(text)).toMatchObject({
      headers: {
        'x-forwarded-for': '127.0.0.1',
        'x-forwarded-proto': 'http',
        'x-forwarded-host': 'plain.test',
      },
    });
    expect(text).not.toContain('203.0.113.9');
  });

  test('with TLS, plain requests are sent there, but for challenges of ACME', async () => {
    const answer = await get('safe.test', '/cart?id=1');
    expect([answer.status, answer.location]).toEqual([
      308,
      `https://safe.test:${proxy.base.httpsPort}/cart?id=1`,
    ]);
    // Nobody answers challenges now; what counts is that it is not redirected.
    expect((await get('safe.test', '/.well-known/acme-challenge/x')).status).toBe(503);
  });

  test('metrics for Prometheus are on loopback alone', async () => {
    expect((await ask(proxy.base.metricsPort, 'x', '/metrics', {})).text).toContain('haproxy_process_uptime');
    expect((await ask(proxy.base.metricsPort, 'x', '/', {})).status).toBe(404);
    const text = await readFile(path.join(proxy.directory, 'haproxy.d/00-base.cfg'), 'utf8');
    expect(text).toContain(`bind 127.0.0.1:${proxy.base.metricsPort}\n`);
  });
});

async function requestsOf(proxy: LocalProxy, service: string): Promise<number> {
  return (await proxy.socket.counters(service)).reduce((sum, { requests }) => sum + requests, 0);
}

interface Answer {
  readonly status: number;
  readonly text: string;
  readonly location: string | undefined;
}

async function ask(
  port: number,
  host: string,
  target: string,
  headers: Record<string, string>,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request(
      { port, host: '127.0.0.1', path: target, headers: { host, ...headers }, agent: false },
      (answer) => {
        let text = '';
        answer.setEncoding('utf8');
        answer.on('data', (part: string) => (text += part));
        answer.on('end', () =>
          resolve({ status: answer.statusCode ?? 0, text, location: answer.headers.location }),
        );
      },
    );
    sent.on('error', reject);
    sent.end();
  });
}
