import { ToolError } from '../core/errors.ts';
import type { Fetch, HttpResponse } from '../core/http.ts';
import type { Trust } from '../core/agents.ts';
import { retry } from '../core/retry.ts';
import type { RetryOptions } from '../core/retry.ts';
import { readUpTo } from './body.ts';
import { isObject } from '../core/json.ts';
import { answerError } from './errors.ts';
import type { Failed } from './errors.ts';
import type { Credential } from './credentials.ts';
import type { Scopes } from './scope.ts';

/** Bytes of a token answer that are read at most. */
const tokenLimit = 1024 * 1024;
/** Seconds that a token holds when its server does not say (distribution's token specification). */
const defaultLifetime = 60;

export interface Token {
  readonly value: string;
  /** On the clock of performance.now(). */
  readonly until: number;
}

export interface TokenRequest {
  readonly realm: URL;
  readonly service: string | undefined;
  readonly scopes: Scopes;
  readonly credential: Credential | undefined;
  readonly trust: Trust;
  readonly failed: Failed;
  readonly idleTimeout: number | undefined;
  readonly retry: RetryOptions;
}

/**
 * Gets a token (distribution's token and OAuth2 specifications): with GET and basic authentication or none, or, for an identity token,
 * with POST.
 * @throws ToolError REGISTRY_AUTH, NETWORK, REGISTRY_ERROR
 */
export async function fetchToken(fetch: Fetch, signal: AbortSignal, request: TokenRequest): Promise<Token> {
  return await retry(
    signal,
    async () => {
      const asked = performance.now();
      const response = await ask(fetch, request);
      if (response.status !== 200) throw await refusal(response, request);
      const { bytes, whole } = await readUpTo(response.body, tokenLimit);
      const token = whole ? parseToken(bytes.toString('utf8'), asked) : undefined;
      if (token) return token;
      throw new ToolError(
        'REGISTRY_AUTH',
        `cannot ${request.failed.doing}: ${request.realm.host} answers, but gives no token`,
      );
    },
    request.retry,
  );
}

async function ask(
  fetch: Fetch,
  { realm, service, scopes, credential, trust, idleTimeout }: TokenRequest,
): Promise<HttpResponse> {
  const common = { ...trust, ...(idleTimeout !== undefined && { idleTimeout }) };
  if (credential?.kind === 'identity') {
    const form = new URLSearchParams({
      grant_type: 'refresh_token',
      client_id: 'coracle',
      refresh_token: credential.token,
    });
    if (service !== undefined) form.set('service', service);
    if (scopes.length > 0) form.set('scope', scopes.join(' '));
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    return await fetch({
      ...common,
      url: realm,
      method: 'POST',
      headers,
      body: form.toString(),
      redirect: 'manual',
    });
  }
  const url = new URL(realm);
  if (service !== undefined) url.searchParams.set('service', service);
  for (const scope of scopes) url.searchParams.append('scope', scope);
  if (credential?.kind !== 'password') return await fetch({ ...common, url });
  url.searchParams.set('account', credential.username);
  return await fetch({
    ...common,
    url,
    headers: { authorization: basicHeader(credential.username, credential.password) },
  });
}

async function refusal(response: HttpResponse, { failed }: TokenRequest): Promise<ToolError> {
  const error = await answerError(response, failed);
  // Token servers say 400, 401 and 403 for the same thing: these credentials do not do.
  if (response.status >= 500 || response.status === 429 || response.status === 408 || response.status === 401)
    return error;
  return new ToolError(
    'REGISTRY_AUTH',
    `cannot ${failed.doing}: ${response.url.host} gives no token (status ${response.status})`,
    {
      hint: `coracle login ${failed.registry}`,
      ...(error.detail !== undefined && { detail: error.detail }),
    },
  );
}

function parseToken(text: string, asked: number): Token | undefined {
  let answer: unknown;
  try {
    answer = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isObject(answer)) return undefined;
  const { token, access_token: access, expires_in: expires } = answer;
  const value = [token, access].find((candidate) => typeof candidate === 'string' && candidate !== '');
  // What goes into a header must not end it.
  if (typeof value !== 'string' || !/^[\u0021-\u007e]+$/.test(value)) return undefined;
  const seconds = typeof expires === 'number' && expires > 0 ? expires : defaultLifetime;
  // Renewed a little early: the request that carries it also takes time.
  return { value, until: asked + (seconds - Math.min(10, seconds / 5)) * 1000 };
}

export function basicHeader(username: string, password: string): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}
