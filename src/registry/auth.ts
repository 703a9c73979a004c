import { ToolError } from '../core/errors.ts';
import type { Ctx } from '../core/ctx.ts';
import type { Trust } from '../core/agents.ts';
import type { RetryOptions } from '../core/retry.ts';
import { parseChallenges } from './challenge.ts';
import type { Challenge } from './challenge.ts';
import type { Credential } from './credentials.ts';
import type { Failed } from './errors.ts';
import { covers, mergeScopes } from './scope.ts';
import type { Scopes } from './scope.ts';
import { basicHeader, fetchToken } from './token.ts';
import type { Token } from './token.ts';

/** Knows how one registry wants to be asked, and keeps its tokens for the time of a command. Nothing is asked before a 401. */
export interface Authenticator {
  /** The Authorization header for a request that needs `scopes`, as far as known; undefined sends none. */
  header(scopes: Scopes, failed: Failed): Promise<string | undefined>;
  /** After a 401: another header to try, or undefined when there is nothing more to offer. */
  challenged(
    header: string | undefined,
    scopes: Scopes,
    sent: string | undefined,
    failed: Failed,
  ): Promise<string | undefined>;
  /** Whether there are credentials at all; false until they were needed. */
  hasCredentials(): boolean;
  /** Takes everything secret out of a text. */
  redact(text: string): string;
}

export interface AuthOptions {
  credential(): Promise<Credential | undefined>;
  /** Whether a token server may be asked over plain HTTP: only when the registry itself is. */
  plainAllowed(): boolean;
  trust(url: URL): Promise<Trust>;
  readonly retry: RetryOptions;
  readonly idleTimeout: number | undefined;
}

type Mode =
  | { readonly kind: 'basic'; readonly header: string }
  | { readonly kind: 'bearer'; readonly realm: URL; readonly service: string | undefined };

export function createAuthenticator(ctx: Ctx, options: AuthOptions): Authenticator {
  const secrets = new Set<string>();
  const tokens = new Map<string, { scopes: Scopes; token: Token }>();
  const pending = new Map<string, Promise<Token>>();
  /** What a registry asked for beyond what we did, by what we asked for. */
  const asked = new Map<string, Scopes>();
  let mode: Mode | undefined;
  let credential: Promise<Credential | undefined> | undefined;
  let known = false;

  const hide = (...values: readonly string[]): void => {
    for (const value of values)
      if (value.length > 2)
        secrets.add(value).add(encodeURIComponent(value)).add(Buffer.from(value).toString('base64'));
  };
  const credentials = async (): Promise<Credential | undefined> => {
    credential ??= options.credential();
    const found = await credential;
    known = found !== undefined;
    if (found?.kind === 'password') hide(found.password, `${found.username}:${found.password}`);
    else if (found) hide(found.token);
    return found;
  };

  async function bearer(
    realm: URL,
    service: string | undefined,
    wanted: Scopes,
    failed: Failed,
  ): Promise<string> {
    const found = await credentials();
    if (found?.kind === 'registry') return `Bearer ${found.token}`;
    const scopes = mergeScopes(wanted, asked.get(wanted.join(' ')) ?? []);
    const now = performance.now();
    const held = [...tokens.values()].find(
      ({ scopes: has, token }) => token.until > now && covers(has, scopes),
    );
    if (held) return `Bearer ${held.token.value}`;
    const key = scopes.join(' ');
    const trust = await options.trust(realm);
    const fetching =
      pending.get(key) ??
      fetchToken(ctx.fetch, ctx.signal, {
        ...{
          realm,
          service,
          scopes,
          credential: found,
          trust,
          retry: options.retry,
          idleTimeout: options.idleTimeout,
        },
        failed: { ...failed, withCredentials: found !== undefined, redact },
      });
    pending.set(key, fetching);
    try {
      const token = await fetching;
      hide(token.value);
      tokens.set(key, { scopes, token });
      return `Bearer ${token.value}`;
    } finally {
      pending.delete(key);
    }
  }

  function redact(text: string): string {
    // Longest first: a password inside a longer secret must not leave the rest of it behind.
    return [...secrets]
      .sort((a, b) => b.length - a.length)
      .reduce((clean, secret) => clean.replaceAll(secret, '***'), text);
  }

  return {
    redact,
    hasCredentials: () => known,
    async header(scopes, failed) {
      if (mode?.kind === 'basic') return mode.header;
      return mode && (await bearer(mode.realm, mode.service, scopes, failed));
    },
    async challenged(header, scopes, sent, failed) {
      const challenges = parseChallenges(header ?? '');
      const wantsToken = challenges.find(({ scheme }) => scheme === 'bearer');
      if (wantsToken) {
        const realm = tokenRealm(wantsToken, failed, options.plainAllowed());
        mode = { kind: 'bearer', realm, service: wantsToken.params.get('service') };
        // A token that was refused is no token.
        for (const [key, { token }] of tokens) if (sent === `Bearer ${token.value}`) tokens.delete(key);
        asked.set(scopes.join(' '), mergeScopes((wantsToken.params.get('scope') ?? '').split(' ')));
        const next = await bearer(realm, mode.service, scopes, failed);
        return next === sent ? undefined : next;
      }
      if (!challenges.some(({ scheme }) => scheme === 'basic')) return undefined;
      const found = await credentials();
      if (found?.kind !== 'password') return undefined;
      const basic = basicHeader(found.username, found.password);
      if (basic === sent) return undefined;
      mode = { kind: 'basic', header: basic };
      return basic;
    },
  };
}

/** The registry names who gives tokens; our credentials go there, so never in the clear unless the registry itself is. */
function tokenRealm({ params }: Challenge, { registry, doing }: Failed, plainAllowed: boolean): URL {
  const text = params.get('realm') ?? '';
  const realm = URL.canParse(text) ? new URL(text) : undefined;
  if (
    !realm ||
    (realm.protocol !== 'https:' && realm.protocol !== 'http:') ||
    realm.username !== '' ||
    realm.password !== ''
  ) {
    throw new ToolError('REGISTRY_ERROR', `cannot ${doing}: ${registry} names no usable token server`);
  }
  if (realm.protocol === 'http:' && !plainAllowed) {
    throw new ToolError(
      'INSECURE_REFUSED',
      `cannot ${doing}: ${registry} sends us to ${realm.host} for a token over plain HTTP`,
      {
        hint: 'Credentials are not sent in the clear. The registry must name an https token server.',
      },
    );
  }
  return realm;
}
