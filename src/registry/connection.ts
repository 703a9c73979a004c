import { Readable } from 'node:stream';
import { ToolError, isToolError } from '../core/errors.ts';
import type { Ctx } from '../core/ctx.ts';
import type { Trust } from '../core/agents.ts';
import type { HttpRequest, HttpResponse } from '../core/http.ts';
import { retry } from '../core/retry.ts';
import type { RetryOptions } from '../core/retry.ts';
import type { Bytes } from '../oci/image.ts';
import { createAuthenticator } from './auth.ts';
import { discard, readUpTo } from './body.ts';
import type { Credential } from './credentials.ts';
import type { Endpoint } from './endpoint.ts';
import { answerError, printable, protocolError } from './errors.ts';
import type { Failed } from './errors.ts';
import type { Scopes } from './scope.ts';

export interface Call {
  readonly method: NonNullable<HttpRequest['method']>;
  /** Below the registry's root, `v2/…`, or a whole address that the registry gave (an upload's Location). */
  readonly to: string | URL;
  readonly scopes: Scopes;
  readonly headers?: Readonly<Record<string, string>>;
  /** A stream is opened anew for each time it is sent. */
  readonly body?: Uint8Array | (() => Bytes);
  /** Statuses that are results; any other is an error. */
  readonly accept: readonly number[];
  /** For errors: `push registry.example/app`. */
  readonly doing: string;
  /** False leaves a failure to the caller, who knows better what to do again. */
  readonly again?: boolean;
  readonly idleTimeout?: number;
}

/** Requests to one endpoint: authenticated, redirected, repeated where that may help. */
export interface Connection {
  readonly endpoint: Endpoint;
  /** @throws ToolError by status and by what broke; see errors.ts */
  send(call: Call): Promise<HttpResponse>;
}

export interface ConnectionOptions {
  credential(): Promise<Credential | undefined>;
  trust(url: URL): Promise<Trust>;
  readonly insecure: readonly string[];
  readonly retry: RetryOptions;
  readonly idleTimeout: number | undefined;
}

const maxRedirects = 10;
const redirects = new Set([301, 302, 303, 307, 308]);

export function connect(ctx: Ctx, endpoint: Endpoint, options: ConnectionOptions): Connection {
  let scheme = endpoint.schemes.length === 1 ? endpoint.schemes[0] : undefined;
  const warned = new Set<string>();
  const auth = createAuthenticator(ctx, { ...options, plainAllowed: () => scheme === 'http' });
  const origin = (of: 'https' | 'http'): URL => new URL(`${of}://${endpoint.host}/`);

  async function exchange(call: Call, url: URL, authorization: string | undefined): Promise<HttpResponse> {
    const idleTimeout = call.idleTimeout ?? options.idleTimeout;
    return await ctx.fetch({
      ...{ url, method: call.method, redirect: 'manual', ...(await options.trust(url)) },
      headers: {
        'user-agent': 'coracle',
        'accept-encoding': 'identity',
        ...call.headers,
        ...(authorization !== undefined && { authorization }),
      },
      ...(call.body !== undefined && { body: typeof call.body === 'function' ? call.body() : call.body }),
      ...(idleTimeout !== undefined && { idleTimeout }),
    });
  }

  /** Sends to the registry's own origin; finds out at the first request which scheme it speaks. */
  async function sendHome(
    call: Call,
    path: string,
    authorization: string | undefined,
  ): Promise<HttpResponse> {
    if (scheme) return await exchange(call, new URL(path, origin(scheme)), authorization);
    let plain: HttpResponse | undefined;
    let first: ToolError | undefined;
    for (const candidate of endpoint.schemes) {
      try {
        const response = await exchange(call, new URL(path, origin(candidate)), undefined);
        if (candidate === 'http' && endpoint.schemes[0] === 'http' && response.status === 400) {
          const { bytes } = await readUpTo(response.body, 64 * 1024);
          plain = { ...response, body: Readable.from([bytes]) };
          // A server that wants TLS says so in words; an answer to HEAD has none.
          if (call.method === 'HEAD' || /\bhttps\b/i.test(bytes.toString('latin1'))) continue;
          scheme = candidate;
          return plain;
        }
        scheme = candidate;
        return response;
      } catch (error) {
        if (!isToolError(error, 'NETWORK')) throw error;
        first ??= error;
        // Nothing listens: no scheme will change that, unless the two have ports of their own.
        if (candidate === 'http' && /nothing listens/.test(error.message)) break;
      }
    }
    if (!plain) throw first ?? protocolError(endpoint.host, 'it answers neither http nor https');
    scheme = 'http';
    return plain;
  }

  async function follow(call: Call, authorization: string | undefined): Promise<HttpResponse> {
    let response =
      typeof call.to === 'string'
        ? await sendHome(call, call.to, authorization)
        : await sendTo(call, call.to, authorization);
    let allowed = authorization;
    for (let hop = 0; redirects.has(response.status); hop++) {
      const to = redirectTarget(call, response, options.insecure);
      if (!to) return response;
      if (hop === maxRedirects)
        throw protocolError(endpoint.host, `it redirects more than ${maxRedirects} times`);
      if (to.origin !== response.url.origin) allowed = undefined;
      await discard(response.body);
      response = await exchange(call, to, allowed);
    }
    return response;
  }

  async function sendTo(call: Call, url: URL, authorization: string | undefined): Promise<HttpResponse> {
    // Whoever stands behind another origin must not see what is meant for the registry.
    return await exchange(call, url, isHome(url) ? authorization : undefined);
  }

  function isHome(url: URL): boolean {
    return scheme !== undefined && url.origin === origin(scheme).origin;
  }

  async function authenticated(call: Call, failed: Failed): Promise<HttpResponse> {
    let authorization = await auth.header(call.scopes, failed);
    for (let attempt = 1; ; attempt++) {
      const response = await follow(call, authorization);
      if (response.status !== 401 || attempt === 3 || !isHome(response.url)) return response;
      const next = await auth.challenged(
        response.headers['www-authenticate'],
        call.scopes,
        authorization,
        failed,
      );
      if (next === undefined) return response;
      await discard(response.body);
      authorization = next;
    }
  }

  function warn(response: HttpResponse): void {
    // Distribution specification, "Warnings": the registry speaks to the user.
    for (const [, text = ''] of (response.headers['warning'] ?? '').matchAll(/299 - "((?:[^"\\]|\\.)*)"/g)) {
      const message = `${endpoint.registry} says: ${printable(auth.redact(text.replace(/\\(.)/g, '$1')))}`;
      if (!warned.has(message)) ctx.emit({ kind: 'warning', message });
      warned.add(message);
    }
  }

  return {
    endpoint,
    async send(call) {
      const failed = (): Failed => ({
        ...{ doing: call.doing, registry: endpoint.registry, withCredentials: auth.hasCredentials() },
        redact: (text) => auth.redact(text),
      });
      const work = async (): Promise<HttpResponse> => {
        const response = await authenticated(call, failed());
        warn(response);
        if (call.accept.includes(response.status)) return response;
        throw await answerError(response, failed());
      };
      return call.again === false ? await work() : await retry(ctx.signal, work, options.retry);
    },
  };
}

function redirectTarget(call: Call, response: HttpResponse, insecure: readonly string[]): URL | undefined {
  const location = response.headers['location'];
  const reads = call.method === 'GET' || call.method === 'HEAD';
  // 307 and 308 ask for the same request again; the others would turn it into a GET.
  if (location === undefined || (!reads && response.status !== 307 && response.status !== 308))
    return undefined;
  return checkedLocation(location, response.url, insecure);
}

/**
 * An address that a registry gave, made whole. One that only lost its TLS (a registry behind a proxy that does not know its own name) is
 * given it back.
 * @throws ToolError INSECURE_REFUSED when it leads from https to plain http elsewhere, REGISTRY_ERROR when it is no address
 */
export function checkedLocation(location: string, from: URL, insecure: readonly string[]): URL {
  const to = URL.canParse(location, from.href) ? new URL(location, from) : undefined;
  if (!to || (to.protocol !== 'https:' && to.protocol !== 'http:') || to.username !== '')
    throw protocolError(from.host, 'it gives an address that is none');
  if (from.protocol !== 'https:' || to.protocol === 'https:' || insecure.includes(to.host)) return to;
  if (to.hostname === from.hostname && (to.port === '' || to.port === from.port)) {
    to.protocol = 'https:';
    to.port = from.port;
    return to;
  }
  throw new ToolError('INSECURE_REFUSED', `${from.host} sends us from https to plain http (${to.host})`);
}
