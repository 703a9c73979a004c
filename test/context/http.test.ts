import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openUrl } from '../../src/context/http.ts';
import { fileNameFor } from '../../src/context/http-name.ts';
import type { Digest } from '../../src/oci/digest.ts';
import { openStore } from '../../src/store/store.ts';
import type { Store } from '../../src/store/store.ts';
import { failure } from '../layer/support.ts';
import { testCtx } from '../support/ctx.ts';
import type { TestCtx } from '../support/ctx.ts';
import { filesOf, walk } from './support.ts';

const sha = (text: string): Digest => `sha256:${createHash('sha256').update(text).digest('hex')}`;

let server: Server;
let base: string;
let ctx: TestCtx;
let store: Store;
let requests: IncomingMessage[];
let answer: (request: IncomingMessage, response: ServerResponse) => void;

beforeEach(async () => {
  requests = [];
  answer = (_, response) => void response.end('content');
  server = createServer((request, response) => {
    requests.push(request);
    answer(request, response);
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  base = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
  ctx = testCtx();
  store = await openStore(ctx);
});
afterEach(() => void server.close());

test('one file, mode 0600, with the time that the server says', async () => {
  answer = (_, response) =>
    void response.setHeader('last-modified', 'Sun, 13 Sep 2020 12:26:40 GMT').end('content');
  const tree = await openUrl(ctx, store, `${base}/dir/file.txt?token=secret#part`);
  const [entry, ...others] = await walk(tree);
  expect(others).toEqual([]);
  expect(entry).toMatchObject({
    path: 'file.txt',
    type: 'file',
    mode: 0o600,
    uid: 0,
    gid: 0,
    mtime: 1_600_000_000,
    size: 7,
  });
  expect(entry?.made).toBeUndefined();
  expect(entry && (await tree.digest(entry))).toBe(sha('content').slice(7));
  expect(await filesOf(tree)).toEqual({ 'file.txt': 'content' });
  expect(requests[0]?.headers['accept-encoding']).toBe('identity');
});

describe('a second time', () => {
  test('only what changed is fetched, by ETag', async () => {
    let text = 'one';
    answer = (request, response) => {
      const etag = `"${text}"`;
      if (request.headers['if-none-match'] === etag) response.writeHead(304).end();
      else response.setHeader('etag', etag).end(text);
    };
    expect(await filesOf(await openUrl(ctx, store, `${base}/f`))).toEqual({ f: 'one' });
    expect(await filesOf(await openUrl(ctx, store, `${base}/f`))).toEqual({ f: 'one' });
    expect(requests[1]?.headers['if-none-match']).toBe('"one"');
    text = 'two';
    expect(await filesOf(await openUrl(ctx, store, `${base}/f`))).toEqual({ f: 'two' });
  });

  test('by Last-Modified where there is no ETag', async () => {
    const time = 'Sun, 13 Sep 2020 12:26:40 GMT';
    answer = (request, response) => {
      if (request.headers['if-modified-since'] === time) response.writeHead(304).end();
      else response.setHeader('last-modified', time).end('one');
    };
    await openUrl(ctx, store, `${base}/f`);
    expect(await filesOf(await openUrl(ctx, store, `${base}/f`))).toEqual({ f: 'one' });
    expect(requests).toHaveLength(2);
  });

  test('what is known by its checksum is not asked for', async () => {
    await openUrl(ctx, store, `${base}/f`, { checksum: sha('content') });
    server.close();
    const tree = await openUrl(ctx, store, `${base}/f`, { checksum: sha('content') });
    expect(await filesOf(tree)).toEqual({ f: 'content' });
    expect(requests).toHaveLength(1);
    expect(await tree.entry('f')).toMatchObject({ mtime: 0 });
  });

  test('what the store has lost is fetched again', async () => {
    answer = (request, response) =>
      void (request.headers['if-none-match'] === undefined
        ? response.setHeader('etag', '"x"').end('content')
        : response.writeHead(304).end());
    await openUrl(ctx, store, `${base}/f`);
    await store.blobs.remove(sha('content'));
    expect(await filesOf(await openUrl(ctx, store, `${base}/f`))).toEqual({ f: 'content' });
  });
});

describe('what goes wrong', () => {
  test('another checksum names both', async () => {
    const error = await failure(openUrl(ctx, store, `${base}/f`, { checksum: sha('other') }));
    expect(error).toMatchObject({ code: 'CHECKSUM_MISMATCH' });
    expect(String(error)).toContain(sha('other'));
    expect(String(error)).toContain(sha('content'));
  });

  test.each([
    [404, 'NOT_FOUND'],
    [403, 'NETWORK'],
  ])('status %i', async (status, code) => {
    answer = (_, response) => void response.writeHead(status).end('no');
    const error = await failure(
      openUrl(ctx, store, `${base.replace('//', '//user:hunter2@')}/f?key=hunter3`),
    );
    expect(error).toMatchObject({ code });
    expect(JSON.stringify(error) + String(error)).not.toMatch(/hunter/);
  });

  test('a server that stumbles is asked again', async () => {
    answer = (_, response) =>
      void (requests.length < 3 ? response.writeHead(503).end() : response.end('content'));
    expect(await filesOf(await openUrl(ctx, store, `${base}/f`))).toEqual({ f: 'content' });
  });

  test('a body that breaks off is no file', async () => {
    answer = (_, response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('part');
      setTimeout(() => response.destroy(), 10);
    };
    const gone = { ...ctx, signal: AbortSignal.timeout(1500) };
    expect(await failure(openUrl(gone, store, `${base}/f`))).toBeInstanceOf(Error);
    expect(await store.blobs.has(sha('part'))).toBeUndefined();
  });

  test('an address that is none', async () => {
    for (const url of ['ftp://x/y', 'file:///etc/passwd', 'x']) {
      expect(await failure(openUrl(ctx, store, url))).toMatchObject({ code: 'CONTEXT_INVALID' });
    }
  });
});

test('credentials do not follow to another server', async () => {
  const seen: (string | undefined)[] = [];
  const other = createServer((request, response) => {
    seen.push(request.headers.authorization);
    response.end('content');
  });
  await new Promise<void>((resolve) => void other.listen(0, '127.0.0.1', resolve));
  const address = other.address();
  const port = typeof address === 'object' ? address?.port : 0;
  answer = (_, response) => void response.writeHead(302, { location: `http://localhost:${port}/g` }).end();
  const tree = await openUrl(ctx, store, `${base.replace('//', '//user:pass@')}/f`);
  other.close();
  expect(requests[0]?.headers.authorization).toBeDefined();
  expect(seen).toEqual([undefined]);
  expect(await filesOf(tree)).toEqual({ f: 'content' });
});

test.each([
  ['https://x/a/b.tar.gz', undefined, 'b.tar.gz'],
  ['https://x/a/b/', undefined, 'b'],
  ['https://x/', undefined, 'download'],
  ['https://x/a%20b', undefined, 'a b'],
  ['https://x/a%2f..%2fetc', undefined, 'etc'],
  ['https://x/%2e%2e', undefined, 'download'],
  ['https://x/f', 'attachment; filename="real.txt"', 'real.txt'],
  ['https://x/f', 'attachment; filename=real.txt', 'real.txt'],
  ['https://x/f', 'attachment; filename="../../etc/passwd"', 'passwd'],
  ['https://x/f', 'attachment; filename="dir/"', 'f'],
  ['https://x/f', 'attachment; filename=".."', 'f'],
  ['https://x/f', String.raw`attachment; filename="a\"b"`, 'a"b'],
  ['https://x/f', 'attachment; filename*=UTF-8\'\'%e2%82%ac.txt; filename="euro.txt"', '€.txt'],
  ['https://x/f', 'inline', 'f'],
  ['https://x/f', `attachment; filename=${'x'.repeat(300)}`, 'f'],
])('the name of %s with %s', (url, disposition, name) => {
  expect(fileNameFor(new URL(url), disposition)).toBe(name);
});
