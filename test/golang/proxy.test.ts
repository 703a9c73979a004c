import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { ToolError, messageOf } from '../../src/core/errors.ts';
import { readGoEnv } from '../../src/golang/goenv.ts';
import { parseNetrc } from '../../src/golang/netrc.ts';
import { escapePath, readFromProxy, viaProxies } from '../../src/golang/proxy.ts';
import { parseGoProxy } from '../../src/golang/proxy-list.ts';
import type { Proxy } from '../../src/golang/proxy-list.ts';
import { tempDir, testCtx } from '../support/ctx.ts';
import { failure } from './support/expect.ts';
import { serve } from './support/server.ts';

describe('GOPROXY', () => {
  it('is read as the go command reads it', () => {
    const list = parseGoProxy(
      ' https://a.example/x , b.example|file:///c d,/e,,direct,https://never.example',
    );
    expect(list.end).toBe('direct');
    expect(list.proxies.map(({ base, anyError }) => [base.href, anyError])).toEqual([
      ['https://a.example/x/', false],
      ['https://b.example/', true],
      ['file:///c%20d/', false],
      ['file:///e/', false],
    ]);
    expect(parseGoProxy('off')).toEqual({ proxies: [], end: 'off' });
    expect(parseGoProxy('')).toEqual({ proxies: [], end: 'end' });
  });

  it('keeps credentials apart from the address, which errors show', async () => {
    const server = await serve((_, request) =>
      request.headers.authorization === `Basic ${btoa('me:p@ss')}` ? 'in' : 401,
    );
    const [proxy, stranger] = parseGoProxy(
      `${server.url.replace('//', '//me:p%40ss@')},${server.url.replace('//', '//me:secret@')}`,
    ).proxies;
    const ctx = testCtx();
    const env = await readGoEnv(ctx);
    if (!proxy || !stranger) throw new Error('two proxies were expected');
    expect(String(await readFromProxy(ctx, env, proxy, 'x'))).toBe('in');
    const error = await failure(async () => readFromProxy(ctx, env, stranger, 'x'));
    expect(error).toMatchObject({ code: 'NETWORK', retryable: false });
    expect(JSON.stringify([error, error.message, error.hint])).not.toContain('secret');
  });

  it.each(['ftp://x', 'http://', 'git+ssh://x'])('refuses %s', (value) => {
    expect(() => parseGoProxy(value)).toThrow(ToolError);
  });

  it('escapes upper-case letters', () => {
    expect(escapePath('github.com/Azure/go-SDK@v1.0.0-RC1')).toBe('github.com/!azure/go-!s!d!k@v1.0.0-!r!c1');
  });

  it('goes on after a comma only when there is nothing, after a bar whatever happened', async () => {
    const ask = async (value: string): Promise<string> => {
      const asked: string[] = [];
      const result = await viaProxies(parseGoProxy(value), async (proxy: Proxy) => {
        asked.push(proxy.base.hostname);
        if (proxy.base.hostname === 'broken') throw new ToolError('NETWORK', 'broken');
        return proxy.base.hostname === 'has' ? 'it' : undefined;
      }).catch((error: unknown) => messageOf(error));
      return `${asked.join(' ')}: ${result}`;
    };
    expect(await ask('http://empty,http://has,http://empty')).toBe('empty has: it');
    expect(await ask('http://broken,http://has')).toBe('broken: broken');
    expect(await ask('http://broken|http://has')).toBe('broken has: it');
    expect(await ask('http://empty|http://empty')).toBe('empty empty: undefined');
    expect(await ask('http://broken|http://empty')).toBe('broken empty: broken');
    expect(await ask('http://empty,direct,http://has')).toBe('empty: undefined');
  });

  it('may be a folder', async () => {
    const folder = tempDir();
    writeFileSync(path.join(folder, 'a%2F#b'), 'there');
    const ctx = testCtx();
    const env = await readGoEnv(ctx);
    const proxy = parseGoProxy(`file://${folder}`).proxies[0];
    if (!proxy) throw new Error('a proxy was expected');
    expect(String(await readFromProxy(ctx, env, proxy, 'a%2F#b'))).toBe('there');
    expect(await readFromProxy(ctx, env, proxy, 'none')).toBeUndefined();
    expect(await readFromProxy(ctx, env, proxy, 'a%2F#b/c')).toBeUndefined();
  });
});

describe('.netrc', () => {
  it('is read with several machines, macros and comments of odd shapes', () => {
    const text =
      'machine a.example login me password one\nmachine b.example\n\tlogin you\n\tpassword two\nmacdef init\nmachine c.example login no password no\n\nmachine a.example login late password late\nmachine d.example login x\ndefault login any password any\nmachine e.example login y password y\n';
    expect([...parseNetrc(text)]).toEqual([
      ['a.example', { user: 'me', password: 'one' }],
      ['b.example', { user: 'you', password: 'two' }],
    ]);
  });

  it('gives nothing to plain http', async () => {
    const seen: unknown[] = [];
    const server = await serve((_, request) => {
      seen.push(request.headers.authorization);
      return 'x';
    });
    const home = tempDir();
    writeFileSync(path.join(home, '.netrc'), 'machine 127.0.0.1 login me password secret\n');
    const ctx = testCtx({ env: { HOME: home, NETRC: undefined } });
    const proxy = parseGoProxy(server.url).proxies[0];
    if (!proxy) throw new Error('a proxy was expected');
    await readFromProxy(ctx, await readGoEnv(ctx), proxy, 'x');
    expect(seen).toEqual([undefined]);
  });
});
