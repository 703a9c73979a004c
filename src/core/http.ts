import type { Agent as HttpAgent, ClientRequest, IncomingMessage } from 'node:http';
import type { Agent as HttpsAgent } from 'node:https';
import type { Readable } from 'node:stream';
import { ToolError, messageOf, systemCode } from './errors.ts';
import type { Env } from './ctx.ts';

export interface HttpRequest {
  readonly url: string | URL;
  readonly method?: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Names in lower case. */
  readonly headers?: Readonly<Record<string, string>>;
  /** A stream is sent once: a request with one is never repeated by this layer. */
  readonly body?: Uint8Array | string | Readable;
  /** `follow` (up to 10, GET and HEAD only; credentials are dropped when the origin changes) or `manual`. Default `follow`. */
  readonly redirect?: 'follow' | 'manual';
  /** Milliseconds of silence after which the connection counts as broken. Default 60,000. */
  readonly idleTimeout?: number;
  /** PEM certificates to trust besides the usual ones. */
  readonly ca?: string;
  /** Do not verify the server's certificate. Only when the user asked for it by name. */
  readonly insecure?: boolean;
  /** A Unix socket to connect to in place of the URL's host. */
  readonly socketPath?: string;
  readonly signal?: AbortSignal;
}

export interface HttpResponse {
  readonly status: number;
  /** Names in lower case; repeated headers joined by a comma and a space. */
  readonly headers: Readonly<Record<string, string>>;
  /** After redirects. */
  readonly url: URL;
  /** Must be read to the end or destroyed. */
  readonly body: Readable;
}

/** One HTTP exchange. Any status is a result; only a broken connection is an error (ToolError NETWORK, retryable). */
export type Fetch = (request: HttpRequest) => Promise<HttpResponse>;

const maxRedirects = 10;

/**
 * Fetch over node:http and node:https with keep-alive connections and HTTP_PROXY, HTTPS_PROXY and NO_PROXY from `env`.
 * node:http is loaded at the first request: it costs more than the rest of a start-up.
 */
export function createFetch(env: Env, signal: AbortSignal): Fetch {
  const agents = agentPool(env);
  return async (request) => {
    let current = request;
    for (let hop = 0; ; hop++) {
      const response = await exchange(agents, current, signal);
      const next = redirectTarget(current, response);
      if (!next) return response;
      response.body.resume();
      if (hop === maxRedirects) {
        throw new ToolError('NETWORK', `${new URL(request.url).host} redirects more than ${maxRedirects} times`);
      }
      current = next;
    }
  };
}

function redirectTarget(request: HttpRequest, response: HttpResponse): HttpRequest | undefined {
  if (request.redirect === 'manual' || ![301, 302, 303, 307, 308].includes(response.status)) return undefined;
  const location = response.headers['location'];
  const method = request.method ?? 'GET';
  if (location === undefined || (method !== 'GET' && method !== 'HEAD')) return undefined;
  const to = new URL(location, response.url);
  if (to.protocol !== 'https:' && to.protocol !== 'http:') return undefined;
  if (response.url.protocol === 'https:' && to.protocol === 'http:') {
    throw new ToolError('INSECURE_REFUSED', `${response.url.host} redirects from https to plain http (${to.host})`);
  }
  const { socketPath: _socket, ...rest } = request;
  if (to.origin === response.url.origin) return { ...request, url: to };
  // Whoever stands behind another origin must not see what was meant for this one.
  const headers = { ...rest.headers };
  delete headers['authorization'];
  delete headers['cookie'];
  return { ...rest, url: to, headers };
}

interface Agents {
  for(request: HttpRequest, url: URL): Promise<{ request: RequestFunction; agent: HttpAgent | HttpsAgent }>;
}
type RequestFunction = (url: URL, options: object, onResponse: (response: IncomingMessage) => void) => ClientRequest;

function agentPool(env: Env): Agents {
  const pool = new Map<string, HttpAgent | HttpsAgent>();
  return {
    async for(request, url) {
      const secure = url.protocol === 'https:';
      const key = `${url.protocol}${request.insecure ? '!' : ''}${request.ca ?? ''}`;
      const options = { keepAlive: true, maxSockets: 16, proxyEnv: { ...env }, scheduling: 'lifo' as const };
      if (!secure) {
        const http = await import('node:http');
        const agent = pool.get(key) ?? new http.Agent(options);
        pool.set(key, agent);
        return { request: http.request, agent };
      }
      const https = await import('node:https');
      const agent = pool.get(key) ?? new https.Agent({ ...options, ...(await trust(request)) });
      pool.set(key, agent);
      return { request: https.request, agent };
    },
  };
}

async function trust(request: HttpRequest): Promise<{ ca?: string[]; rejectUnauthorized?: false }> {
  if (request.insecure) return { rejectUnauthorized: false };
  if (request.ca === undefined) return {};
  const tls = await import('node:tls');
  return { ca: [...tls.getCACertificates('default'), request.ca] };
}

async function exchange(agents: Agents, request: HttpRequest, outer: AbortSignal): Promise<HttpResponse> {
  const url = new URL(request.url);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    throw new ToolError('NETWORK', `${url.protocol.slice(0, -1)} is not a protocol that can be fetched: ${url.href}`);
  }
  const signal = request.signal ? AbortSignal.any([outer, request.signal]) : outer;
  signal.throwIfAborted();
  const { request: open, agent } = await agents.for(request, url);
  return await new Promise((resolve, reject) => {
    const fail = (error: unknown): void => reject(signal.aborted ? abortReason(signal) : networkError(url, error));
    const outgoing = open(
      url,
      {
        method: request.method ?? 'GET',
        headers: { ...bodyLength(request.body), ...request.headers },
        agent: request.socketPath === undefined ? agent : undefined,
        socketPath: request.socketPath,
        signal,
      },
      (incoming) => {
        incoming.setTimeout(request.idleTimeout ?? 60_000, () =>
          incoming.destroy(networkError(url, new Error('the connection fell silent'))),
        );
        resolve({ status: incoming.statusCode ?? 0, headers: flatten(incoming), url, body: incoming });
      },
    );
    outgoing.setTimeout(request.idleTimeout ?? 60_000, () => outgoing.destroy(new Error('no answer in time')));
    outgoing.on('error', fail);
    const { body } = request;
    if (body === undefined || typeof body === 'string' || body instanceof Uint8Array) outgoing.end(body);
    else {
      body.on('error', (error) => {
        outgoing.destroy();
        reject(error);
      });
      body.pipe(outgoing);
    }
  });
}

function bodyLength(body: HttpRequest['body']): Record<string, string> {
  if (typeof body === 'string') return { 'content-length': String(Buffer.byteLength(body)) };
  if (body instanceof Uint8Array) return { 'content-length': String(body.byteLength) };
  return {};
}

function flatten(incoming: IncomingMessage): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(incoming.headers)) {
    if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return headers;
}

function abortReason(signal: AbortSignal): Error {
  return signal.reason instanceof Error ? signal.reason : new Error(String(signal.reason));
}

const certificateErrors = /^(CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|ERR_TLS_CERT)/;

/** A broken connection as a ToolError: INSECURE_REFUSED for certificates, else NETWORK (retryable). */
export function networkError(url: URL, cause: unknown): ToolError {
  if (cause instanceof ToolError) return cause;
  const code = systemCode(cause);
  if (code !== undefined && certificateErrors.test(code)) {
    return new ToolError('INSECURE_REFUSED', `${url.host} shows a certificate that nobody vouches for (${code})`, {
      cause,
      hint: 'Name the authority that signed it with --ca FILE or SSL_CERT_FILE.',
    });
  }
  const why: Record<string, string> = {
    ECONNREFUSED: 'nothing listens there',
    ENOTFOUND: 'there is no host of that name',
    EAI_AGAIN: 'the name could not be resolved',
    ECONNRESET: 'the connection was cut',
    ETIMEDOUT: 'no answer in time',
    EPIPE: 'the connection was cut',
  };
  return new ToolError('NETWORK', `cannot talk to ${url.host}: ${(code && why[code]) ?? messageOf(cause)}`, {
    cause,
    retryable: true,
    hint: 'Check the address, the network and HTTP_PROXY / HTTPS_PROXY / NO_PROXY.',
  });
}
