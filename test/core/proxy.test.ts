import { expect, test } from 'vitest';
import { proxyFor } from '../../src/core/proxy.ts';

const proxy = 'http://proxy.example:3128';
const to = (address: string, env: Record<string, string>) => proxyFor(env, new URL(address));

test.each([
  ['HTTP_PROXY', 'http://a.example/', proxy],
  ['http_proxy', 'http://a.example/', proxy],
  ['HTTPS_PROXY', 'https://a.example/', proxy],
  ['https_proxy', 'https://a.example/', proxy],
  ['HTTP_PROXY', 'https://a.example/', undefined],
  ['HTTPS_PROXY', 'http://a.example/', undefined],
])('%s for %s', (name, address, expected) => {
  expect(to(address, { [name]: proxy })).toBe(expected);
});

test.each([
  'http://localhost/',
  'http://127.0.0.1:5000/',
  'http://127.9.9.9/',
  'http://[::1]:5000/',
  'http://reg.localhost/',
])('%s is always direct', (address) => {
  expect(to(address, { HTTP_PROXY: proxy })).toBeUndefined();
});

test.each([
  ['*', true],
  ['a.example', true],
  ['A.Example', true],
  ['example', true],
  ['.example', true],
  ['*.example', true],
  ['a.example:443', true],
  ['a.example:8443', false],
  ['b.example, a.example', true],
  ['xa.example', false],
  ['le', false],
  ['.a.example', false],
  ['', false],
])('NO_PROXY=%s spares a.example: %s', (list, spared) => {
  for (const name of ['NO_PROXY', 'no_proxy']) {
    expect(to('https://a.example/', { HTTPS_PROXY: proxy, [name]: list })).toBe(spared ? undefined : proxy);
  }
});

test.each([
  ['10.0.0.0/8', '10.1.2.3', true],
  ['10.0.0.0/8', '11.1.2.3', false],
  ['10.1.2.3/32', '10.1.2.3', true],
  ['10.1.2.3', '10.1.2.3', true],
  ['2.3', '10.1.2.3', false],
  ['10.0.0.0/99', '10.1.2.3', false],
  ['10.0.0.0/8', 'a.example', false],
  ['fd00::/8', '[fd00::1]', true],
  ['fd00::/8', '[fe00::1]', false],
  ['[fd00::1]', '[fd00::1]', true],
  ['fd00::1', '[fd00:0::1]', true],
  ['0.0.0.0/0', '[fd00::1]', false],
])('NO_PROXY=%s spares %s: %s', (list, host, spared) => {
  expect(to(`https://${host}/`, { HTTPS_PROXY: proxy, NO_PROXY: list })).toBe(spared ? undefined : proxy);
});

test('a proxy without a scheme is http; of a kind that cannot be used, an error that does not repeat its password', () => {
  expect(to('http://a.example/', { HTTP_PROXY: 'proxy.example:3128' })).toBe(proxy);
  expect(() => to('http://a.example/', { HTTP_PROXY: 'socks5://u:geheim@proxy.example' })).toThrow(
    /^HTTP_PROXY names a proxy that Coracle cannot use/,
  );
});
