import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { connect, createServer as createNetServer } from 'node:net';
import path from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import type { Env } from '../../src/core/ctx.ts';
import { isToolError } from '../../src/core/errors.ts';
import type { Fetch, HttpResponse } from '../../src/core/http.ts';
import { createFetch } from '../../src/core/http.ts';
import { createAuthority } from '../support/certificates.ts';
import { tempDir } from '../support/ctx.ts';

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

async function listening(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const address = server.address();
  return `127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`;
}

const serve = async (handler: Handler): Promise<string> => `http://${await listening(createServer(handler))}`;

function client(env: Env = {}, signal = new AbortController().signal): Fetch {
  return createFetch(env, signal);
}

async function text(response: HttpResponse): Promise<string> {
  let all = '';
  for await (const chunk of response.body as AsyncIterable<Buffer>) all += chunk.toString();
  return all;
}

const codeOf = async (work: Promise<unknown>): Promise<string> =>
  await work.then(
    () => 'none',
    (error: unknown) => (isToolError(error) ? error.code : String(error)),
  );

const echo: Handler = (request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () =>
    response.end(
      `${request.method} ${request.url} ${request.headers.authorization ?? '-'} ${Buffer.concat(chunks).toString()}`,
    ),
  );
};

test('bodies as bytes, text and streams', async () => {
  const url = await serve(echo);
  const fetch = client();
  const stream = async function* (): AsyncGenerator<Uint8Array> {
    yield Buffer.from('a ');
    yield Buffer.from('stream');
  };
  expect(await text(await fetch({ url: `${url}/x`, method: 'PUT', body: 'text' }))).toBe('PUT /x - text');
  expect(await text(await fetch({ url, method: 'POST', body: Buffer.from('bytes') }))).toBe('POST / - bytes');
  expect(await text(await fetch({ url, method: 'PATCH', body: stream() }))).toBe('PATCH / - a stream');
});

test('redirects drop what another origin must not see', async () => {
  const other = await serve(echo);
  const url = await serve((request, response) => {
    if (request.url === '/') response.writeHead(302, { location: '/here' }).end();
    else if (request.url === '/here') response.writeHead(307, { location: `${other}/there` }).end();
  });
  const headers = { authorization: 'secret', cookie: 'secret' };
  const fetch = client();
  const response = await fetch({ url, headers });
  expect(response.url.href).toBe(`${other}/there`);
  expect(await text(response)).toBe('GET /there - ');
  const manual = await fetch({ url, headers, redirect: 'manual' });
  expect(manual.status).toBe(302);
  manual.body.destroy();
});

test('a circle of redirects ends', async () => {
  const url = await serve((_, response) => response.writeHead(302, { location: '/' }).end());
  expect(await codeOf(client()({ url }))).toBe('NETWORK');
});

test('a stream that fails ends the request before its end is sent, with its own error', async () => {
  let whole = false;
  const url = await serve((request) => {
    request.resume();
    request.on('end', () => (whole = true));
    request.on('error', () => undefined);
  });
  const stream = async function* (): AsyncGenerator<Uint8Array> {
    yield Buffer.from('half');
    throw new Error('the disk is gone');
  };
  const put = async (headers: Record<string, string>): Promise<unknown> =>
    client()({ url, method: 'PUT', body: stream(), headers });
  await expect(put({})).rejects.toThrow('the disk is gone');
  await expect(put({ 'content-length': '8' })).rejects.toThrow('the disk is gone');
  expect(whole).toBe(false);
});

test('an answer that comes before the body is sent ends the sending', async () => {
  const url = await serve((_, response) => response.writeHead(413).end('too much'));
  let sent = 0;
  let closed = false;
  const endless = async function* (): AsyncGenerator<Uint8Array> {
    try {
      for (;;) {
        sent += 65_536;
        yield Buffer.alloc(65_536);
        await new Promise((resolve) => setImmediate(resolve));
      }
    } finally {
      closed = true;
    }
  };
  const response = await client()({ url, method: 'PUT', body: endless() });
  expect([response.status, await text(response)]).toEqual([413, 'too much']);
  await vi.waitUntil(() => closed);
  expect(sent).toBeGreaterThan(0);
});

test('a body is sent no faster than it is taken', async () => {
  let taken: IncomingMessage | undefined;
  const url = await serve((request, response) => {
    taken = request;
    request.on('end', () => response.end());
  });
  let sent = 0;
  const large = async function* (): AsyncGenerator<Uint8Array> {
    for (; sent < 64 * 1024 * 1024; sent += 65_536) yield Buffer.alloc(65_536);
  };
  const work = client()({ url, method: 'PUT', body: large() });
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect(sent).toBeLessThan(32 * 1024 * 1024);
  taken?.resume();
  expect((await work).status).toBe(200);
  expect(sent).toBe(64 * 1024 * 1024);
});

test('silence before and within an answer is NETWORK', async () => {
  const url = await serve((request, response) => {
    if (request.url === '/half') response.writeHead(200, { 'content-length': '10' }).write('half');
  });
  const fetch = client();
  expect(await codeOf(fetch({ url, idleTimeout: 30 }))).toBe('NETWORK');
  const half = await fetch({ url: `${url}/half`, idleTimeout: 30 });
  expect(await codeOf(text(half))).toBe('NETWORK');
});

test('a reader who takes their time is no silence', async () => {
  const url = await serve((_, response) => response.end(Buffer.alloc(4_000_000)));
  const { body } = await client()({ url, idleTimeout: 30 });
  let size = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    if (size === 0) await new Promise((resolve) => setTimeout(resolve, 150));
    size += chunk.byteLength;
  }
  expect(size).toBe(4_000_000);
});

const huge = randomBytes(20_000_000);

async function sha(response: HttpResponse, pause = 0): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of response.body as AsyncIterable<Buffer>) {
    hash.update(chunk);
    if (pause > 0) await new Promise((resolve) => setTimeout(resolve, pause));
  }
  return hash.digest('hex');
}

test.each(['http', 'https'])(
  'a large body over %s arrives whole, for a fast and a slow reader, again and again',
  async (scheme) => {
    const { ca, issue } = createAuthority();
    const handler: Handler = (_, response) =>
      response.writeHead(200, { 'content-length': huge.length }).end(huge);
    const host = await listening(
      scheme === 'http' ? createServer(handler) : createTlsServer(issue('127.0.0.1'), handler),
    );
    const fetch = client();
    const right = createHash('sha256').update(huge).digest('hex');
    for (const pause of [0, 1, 0])
      expect(await sha(await fetch({ url: `${scheme}://${host}`, ca, idleTimeout: 10_000 }), pause)).toBe(
        right,
      );
    expect(
      await Promise.all(
        Array.from({ length: 4 }, async () => sha(await fetch({ url: `${scheme}://${host}`, ca }))),
      ),
    ).toEqual([right, right, right, right]);
  },
);

test('a large body that breaks, falls silent, is interrupted, or is not wanted any more', async () => {
  let closed = 0;
  const url = await serve((request, response) => {
    request.socket.on('close', () => closed++);
    response.writeHead(200, { 'content-length': huge.length });
    response.write(huge.subarray(0, 10_000_000), () =>
      request.url === '/cut' ? response.destroy() : undefined,
    );
  });
  const fetch = client();
  expect(await codeOf(fetch({ url: `${url}/cut` }).then(async (response) => sha(response)))).toBe('NETWORK');
  expect(await codeOf(fetch({ url, idleTimeout: 50 }).then(async (response) => sha(response)))).toBe(
    'NETWORK',
  );
  const controller = new AbortController();
  const work = client({}, controller.signal)({ url }).then(async (response) => sha(response));
  setTimeout(() => controller.abort(new Error('Ctrl-C')), 50);
  await expect(work).rejects.toThrow('Ctrl-C');
  for await (const chunk of (await fetch({ url })).body as AsyncIterable<Buffer>)
    if (chunk.byteLength > 0) break;
  await vi.waitUntil(() => closed === 4, 10_000);
});

test('a connection that breaks within an answer is NETWORK', async () => {
  const url = await serve((_, response) => {
    response.writeHead(200, { 'content-length': '10' });
    response.write('half', () => response.destroy());
  });
  expect(await codeOf(client()({ url }).then(text))).toBe('NETWORK');
});

test('an interrupt ends a request, and an answer that is being read, with its reason', async () => {
  const url = await serve((request, response) => {
    if (request.url === '/half') response.writeHead(200).write('half');
  });
  for (const where of [url, `${url}/half`]) {
    const controller = new AbortController();
    const work = client({}, controller.signal)({ url: where }).then(text);
    setTimeout(() => controller.abort(new Error('Ctrl-C')), 30);
    await expect(work).rejects.toThrow('Ctrl-C');
  }
});

test('a kept connection that the server closed meanwhile does not fail the next request', async () => {
  const sockets: { destroy(): void }[] = [];
  let requests = 0;
  const url = await serve((request, response) => {
    requests++;
    sockets.push(request.socket);
    if (requests === 2) request.socket.destroy();
    else response.end(String(requests));
  });
  const fetch = client();
  expect(await text(await fetch({ url }))).toBe('1');
  expect(await text(await fetch({ url }))).toBe('3');
});

test('nobody there, no such protocol, no address: errors that do not repeat the address', async () => {
  const fetch = client();
  expect(await codeOf(fetch({ url: 'http://127.0.0.1:1/geheim' }))).toBe('NETWORK');
  for (const url of ['ftp://u:geheim@host/', 'geheim']) {
    const error: unknown = await fetch({ url }).catch((reason: unknown) => reason);
    expect(isToolError(error, 'NETWORK') && !error.message.includes('geheim')).toBe(true);
  }
});

async function tlsServer(
  names: readonly string[] = ['127.0.0.1'],
  clients = false,
): Promise<{ url: string; ca: string; issue: ReturnType<typeof createAuthority>['issue'] }> {
  const { ca, issue } = createAuthority();
  const server = createTlsServer(
    { ...issue(...names), ...(clients && { ca, requestCert: true, rejectUnauthorized: true }) },
    echo,
  );
  return { url: `https://${await listening(server)}`, ca, issue };
}

test('TLS: an unknown authority is refused, one that is named is trusted', async () => {
  const { url, ca } = await tlsServer();
  const fetch = client();
  expect(await codeOf(fetch({ url }))).toBe('INSECURE_REFUSED');
  expect(await text(await fetch({ url, ca }))).toBe('GET / - ');
  expect(await text(await fetch({ url, insecure: true }))).toBe('GET / - ');
  expect(await codeOf(fetch({ url }))).toBe('INSECURE_REFUSED');
});

test('TLS: SSL_CERT_FILE is trusted too, and a stream arrives whole although the first try is refused', async () => {
  const { url, ca } = await tlsServer();
  const file = path.join(tempDir(), 'ca.pem');
  writeFileSync(file, ca);
  const stream = async function* (): AsyncGenerator<Uint8Array> {
    yield Buffer.from('once');
  };
  expect(await text(await client({ SSL_CERT_FILE: file })({ url, method: 'PUT', body: stream() }))).toBe(
    'PUT / - once',
  );
});

test('TLS: a certificate for another host is refused whoever signed it', async () => {
  const { url, ca } = await tlsServer(['other.example']);
  expect(await codeOf(client()({ url, ca }))).toBe('INSECURE_REFUSED');
});

test('TLS: a certificate of our own is shown', async () => {
  const { url, ca, issue } = await tlsServer(['127.0.0.1'], true);
  const fetch = client();
  expect(await codeOf(fetch({ url, ca }))).toBe('NETWORK');
  expect(await text(await fetch({ url, ca, identity: issue('client') }))).toBe('GET / - ');
});

test('https to plain http is no redirect that is followed', async () => {
  const { ca, issue } = createAuthority();
  const plain = await serve(echo);
  const server = createTlsServer(issue('127.0.0.1'), (_, response) =>
    response.writeHead(302, { location: plain }).end(),
  );
  const url = `https://${await listening(server)}`;
  expect(await codeOf(client()({ url, ca }))).toBe('INSECURE_REFUSED');
});

/** A forward proxy that sends everything to `target`, whatever name was asked for. */
async function proxy(target: string): Promise<{ host: string; asked: string[]; tunnels: () => number }> {
  const asked: string[] = [];
  const sockets: { destroy(): unknown }[] = [];
  let open = 0;
  const port = Number(new URL(target).port);
  const server = createServer((request, response) => {
    asked.push(`${request.url} ${request.headers['proxy-authorization'] ?? '-'}`);
    response.end('from the proxy');
  });
  server.on('connect', (request, socket) => {
    sockets.push(socket);
    asked.push(`CONNECT ${request.url} ${request.headers['proxy-authorization'] ?? '-'}`);
    const through = connect(port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      through.pipe(socket).pipe(through);
    });
    through.on('error', () => socket.destroy());
    socket.on('error', () => through.destroy());
    socket.on('close', () => {
      open--;
      through.destroy();
    });
    open++;
  });
  const host = await listening(server);
  // Tunnels are no connections of the server any more: it would wait for them.
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
  });
  return { host, asked, tunnels: () => open };
}

test.each(['HTTP_PROXY', 'http_proxy'])(
  '%s: http goes through the proxy, with its credentials',
  async (name) => {
    const through = await proxy('http://127.0.0.1:1');
    const fetch = client({ [name]: `http://user:word@${through.host}`, NO_PROXY: 'direct.invalid' });
    expect(await text(await fetch({ url: 'http://far.invalid/x' }))).toBe('from the proxy');
    expect(through.asked).toEqual([
      `http://far.invalid/x Basic ${Buffer.from('user:word').toString('base64')}`,
    ]);
    expect(await codeOf(fetch({ url: 'http://direct.invalid/' }))).toBe('NETWORK');
    expect(through.asked).toHaveLength(1);
  },
);

test.each(['HTTPS_PROXY', 'https_proxy'])(
  '%s: https goes through a tunnel, and the certificate is checked within it',
  async (name) => {
    const { url, ca } = await tlsServer(['far.invalid']);
    const through = await proxy(url);
    const fetch = client({ [name]: `http://user:geheim@${through.host}` });
    const { port } = new URL(url);
    expect(await text(await fetch({ url: `https://far.invalid:${port}/x`, ca }))).toBe('GET /x - ');
    expect(through.asked[0]).toBe(
      `CONNECT far.invalid:${port} Basic ${Buffer.from('user:geheim').toString('base64')}`,
    );
    expect(await codeOf(fetch({ url: `https://far.invalid:${port}/x` }))).toBe('INSECURE_REFUSED');
    expect(await codeOf(fetch({ url: `https://other.invalid:${port}/x`, ca }))).toBe('INSECURE_REFUSED');
    // The refused ones are closed, the sound one is kept: a leak would keep the process alive.
    while (through.tunnels() > 1) await new Promise((resolve) => setTimeout(resolve, 5));
  },
);

test('a proxy that refuses is NETWORK, and its password is not told', async () => {
  const server = createServer();
  server.on('connect', (_, socket) => socket.end('HTTP/1.1 403 Forbidden\r\n\r\n'));
  const host = await listening(server);
  const error: unknown = await client({ HTTPS_PROXY: `http://user:geheim@${host}` })({
    url: 'https://far.invalid/',
  }).catch((reason: unknown) => reason);
  expect(
    isToolError(error, 'NETWORK') &&
      !`${error.message} ${error.hint} ${String(error.cause)}`.includes('geheim'),
  ).toBe(true);
});

test('a connection that never comes about ends in time', async () => {
  // A listener whose queue is full drops what comes after: the TLS handshake below waits for ever in any case.
  const server = createNetServer(() => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  expect(await codeOf(client()({ url: `https://127.0.0.1:${port}/`, connectTimeout: 50 }))).toBe('NETWORK');
});

test('a Unix socket, whatever the proxy', async () => {
  const socketPath = path.join(tempDir(), 's');
  const server = createServer(echo);
  await new Promise<void>((resolve) => server.listen(socketPath, resolve));
  onTestFinished(() => void server.close());
  expect(
    await text(await client({ HTTP_PROXY: 'http://127.0.0.1:1' })({ url: 'http://engine/info', socketPath })),
  ).toBe('GET /info - ');
});

test('connections that are kept do not keep the process alive', async () => {
  // The server never closes them by itself: who waits for that waits for ever.
  const url = `http://${await listening(createServer({ keepAliveTimeout: 0 }, echo))}`;
  const script = `
    const { createFetch } = await import(${JSON.stringify(path.resolve(import.meta.dirname, '../../src/core/http.ts'))});
    const fetch = createFetch({}, new AbortController().signal);
    const read = async (r) => { for await (const _ of r.body); };
    await read(await fetch({ url: ${JSON.stringify(url)} }));
    await read(await fetch({ url: ${JSON.stringify(url)}, method: 'HEAD' }));
  `;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  expect(await new Promise((resolve) => child.on('close', resolve))).toBe(0);
});
