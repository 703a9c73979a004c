import type { ClientRequest, IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { createAgents } from './agents.ts';
import type { Agents, Trust } from './agents.ts';
import { ToolError, systemCode } from './errors.ts';
import { bodyOf } from './large-body.ts';
import { isUnknownAuthority, networkError } from './network-error.ts';
import type { Env } from './ctx.ts';

export interface HttpRequest extends Trust {
  readonly url: string | URL;
  readonly method?: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Names in lower case. */
  readonly headers?: Readonly<Record<string, string>>;
  /**
   * A stream is sent once, with backpressure: a request with one is never repeated by this layer. An error that it throws ends the
   * request before its end is sent.
   */
  readonly body?: Uint8Array | string | AsyncIterable<Uint8Array>;
  /** `follow` (up to 10, GET and HEAD only; credentials are dropped when the origin changes) or `manual`. Default `follow`. */
  readonly redirect?: 'follow' | 'manual';
  /** Milliseconds of silence after which the connection counts as broken. Default 60,000. */
  readonly idleTimeout?: number;
  /** Milliseconds for a connection to come about. Default 30,000. */
  readonly connectTimeout?: number;
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
  /** Must be read to the end or destroyed. A connection that breaks ends it with ToolError NETWORK. */
  readonly body: Readable;
}

/** One HTTP exchange. Any status is a result; only a broken connection is an error (ToolError NETWORK, retryable). */
export type Fetch = (request: HttpRequest) => Promise<HttpResponse>;

const maxRedirects = 10;

/** Loads what the first exchange would load, while something else is waited for. See agents.ts for how. */
export function loadHttp(): void {
  process.getBuiltinModule('node:http');
}

/**
 * Fetch over node:http and node:https with keep-alive connections and HTTP_PROXY, HTTPS_PROXY and NO_PROXY from `env`. Trusted are
 * Node's authorities; when they do not vouch for a server, also the machine's own and SSL_CERT_FILE's (loaded only then: it is slow).
 */
export function createFetch(env: Env, signal: AbortSignal): Fetch {
  const agents = createAgents(env);
  const wideOrigins = new Set<string>();
  const reach = async (request: HttpRequest): Promise<HttpResponse> => {
    const url = fetchable(request.url);
    try {
      return await exchange(agents, request, url, wideOrigins.has(url.origin), signal);
    } catch (error) {
      // In both cases nothing of the request was seen by the server, so a body that was not begun can still be sent.
      if (isUnknownAuthority(error) && !request.insecure && !wideOrigins.has(url.origin)) {
        wideOrigins.add(url.origin);
        return await exchange(agents, request, url, true, signal);
      }
      if (error instanceof Error && staleConnections.has(error))
        return await exchange(agents, request, url, wideOrigins.has(url.origin), signal);
      throw error;
    }
  };
  return async (request) => {
    let current = request;
    for (let hop = 0; ; hop++) {
      const response = await reach(current);
      const next = redirectTarget(current, response);
      if (!next) return response;
      response.body.resume();
      if (hop === maxRedirects) {
        throw new ToolError(
          'NETWORK',
          `${new URL(request.url).host} redirects more than ${maxRedirects} times`,
        );
      }
      current = next;
    }
  };
}

function fetchable(address: string | URL): URL {
  const url = URL.canParse(String(address)) ? new URL(address) : undefined;
  if (url?.protocol === 'https:' || url?.protocol === 'http:') return url;
  // The address itself may hold credentials, so it is not repeated.
  throw new ToolError(
    'NETWORK',
    url
      ? `${url.protocol.slice(0, -1)} is not a protocol that can be fetched`
      : 'not an address that can be fetched',
  );
}

function redirectTarget(request: HttpRequest, response: HttpResponse): HttpRequest | undefined {
  if (request.redirect === 'manual' || ![301, 302, 303, 307, 308].includes(response.status)) return undefined;
  const location = response.headers['location'];
  const method = request.method ?? 'GET';
  if (
    location === undefined ||
    (method !== 'GET' && method !== 'HEAD') ||
    !URL.canParse(location, response.url.href)
  )
    return undefined;
  const to = new URL(location, response.url);
  if (to.protocol !== 'https:' && to.protocol !== 'http:') return undefined;
  if (response.url.protocol === 'https:' && to.protocol === 'http:') {
    throw new ToolError(
      'INSECURE_REFUSED',
      `${response.url.host} redirects from https to plain http (${to.host})`,
    );
  }
  if (to.origin === response.url.origin) return { ...request, url: to };
  // Whoever stands behind another origin must not see what was meant for this one, nor enjoy the trust that it was given.
  const { socketPath: _socket, insecure: _insecure, identity: _identity, ...rest } = request;
  const headers = { ...rest.headers };
  delete headers['authorization'];
  delete headers['cookie'];
  return { ...rest, url: to, headers };
}

/** Errors of a kept-alive connection that the server had closed already, before anything was answered: worth one more try at once. */
const staleConnections = new WeakSet<object>();

async function exchange(
  agents: Agents,
  request: HttpRequest,
  url: URL,
  wide: boolean,
  outer: AbortSignal,
): Promise<HttpResponse> {
  const signal = request.signal ? AbortSignal.any([outer, request.signal]) : outer;
  signal.throwIfAborted();
  const { open, agent } = await agents.pick(url, request, wide);
  return await new Promise((resolve, reject) => {
    const idle = request.idleTimeout ?? 60_000;
    let incoming: IncomingMessage | undefined;
    let body: Readable | undefined;
    let waitsForUs = false;
    const abort = (): void => void (body ?? incoming ?? outgoing).destroy(abortReason(signal));
    const options = {
      method: request.method ?? 'GET',
      headers: { ...bodyLength(request.body), ...request.headers },
      agent: request.socketPath === undefined ? agent : undefined,
      socketPath: request.socketPath,
    };
    const outgoing = open(url, options, (response) => {
      incoming = response;
      nameErrors(response, url);
      process.nextTick(() => {
        body = request.method === undefined || request.method === 'GET' ? bodyOf(response) : response;
        if (body !== response) nameErrors(body, url);
        resolve({ status: response.statusCode ?? 0, headers: flatten(response), url, body });
      });
    });
    signal.addEventListener('abort', abort, { once: true });
    outgoing.on('close', () => signal.removeEventListener('abort', abort));
    outgoing.on('error', (error) => {
      const failure = signal.aborted ? abortReason(signal) : networkError(url, error);
      if (
        !incoming &&
        outgoing.reusedSocket &&
        isRepeatable(request) &&
        ['ECONNRESET', 'EPIPE'].includes(systemCode(error) ?? '')
      ) {
        staleConnections.add(failure);
      }
      reject(failure);
    });
    outgoing.setTimeout(idle);
    outgoing.on('timeout', () => {
      // Silence counts only while it is the other side's turn.
      if (waitsForUs || ((body ?? incoming)?.readableLength ?? 0) > 0) outgoing.socket?.setTimeout(idle);
      else (body ?? incoming ?? outgoing).destroy(networkError(url, new Error('the connection fell silent')));
    });
    whenConnected(outgoing, url, request.connectTimeout ?? 30_000, () => {
      const { body } = request;
      if (body === undefined || typeof body === 'string' || body instanceof Uint8Array) return;
      const useless = (): boolean => (incoming?.statusCode ?? 0) >= 300;
      feed(outgoing, body, useless, (waits) => (waitsForUs = waits)).then(
        () => {
          if (!useless() || !incoming) return outgoing.end();
          // A half-sent request would hold its connection, and with it the process, for ever.
          if (incoming.closed) return outgoing.destroy();
          return incoming.once('close', () => outgoing.destroy());
        },
        (error: unknown) => {
          const failure = error instanceof Error ? error : new Error(String(error));
          reject(failure);
          (incoming ?? outgoing).destroy(failure);
          outgoing.destroy();
        },
      );
    });
    if (request.body === undefined || typeof request.body === 'string' || request.body instanceof Uint8Array)
      outgoing.end(request.body);
    else outgoing.flushHeaders();
  });
}

/** A stream cannot be sent twice; a POST or PATCH may have had its effect. */
function isRepeatable(request: HttpRequest): boolean {
  const whole =
    request.body === undefined || typeof request.body === 'string' || request.body instanceof Uint8Array;
  return whole && request.method !== 'POST' && request.method !== 'PATCH';
}

function whenConnected(outgoing: ClientRequest, url: URL, limit: number, then: () => void): void {
  const timer = setTimeout(
    () => outgoing.destroy(networkError(url, new Error('no connection came about in time'))),
    limit,
  );
  outgoing.on('close', () => clearTimeout(timer));
  outgoing.on('socket', (socket) => {
    const connected = (): void => {
      clearTimeout(timer);
      then();
    };
    const pending = 'secureConnecting' in socket ? socket.secureConnecting === true : socket.connecting;
    if (pending) socket.once('secureConnecting' in socket ? 'secureConnect' : 'connect', connected);
    else connected();
  });
}

/** Writes the body with backpressure; stops when the server has answered with something that makes the rest useless. */
async function feed(
  outgoing: ClientRequest,
  body: AsyncIterable<Uint8Array>,
  useless: () => boolean,
  waiting: (waits: boolean) => void,
): Promise<void> {
  waiting(true);
  for await (const chunk of body) {
    waiting(false);
    if (outgoing.destroyed) return;
    if (useless()) break;
    if (!outgoing.write(chunk)) await drained(outgoing);
    waiting(true);
  }
  waiting(false);
}

async function drained(outgoing: ClientRequest): Promise<void> {
  await new Promise<void>((resolve) => {
    const done = (): void => {
      outgoing.off('drain', done);
      outgoing.off('close', done);
      outgoing.off('response', done);
      resolve();
    };
    outgoing.on('drain', done);
    outgoing.on('close', done);
    outgoing.on('response', done);
  });
}

/** Makes a body that breaks end with our error and not a system one, whoever reads it. */
function nameErrors(body: Readable, url: URL): void {
  const destroy = body.destroy.bind(body);
  body.destroy = (error?: Error) => destroy(error === undefined ? undefined : bodyError(url, error));
}

function bodyError(url: URL, error: Error): Error {
  const system = systemCode(error) !== undefined && systemCode(error) !== 'ABORT_ERR';
  return system ? networkError(url, error) : error;
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
