/** The GOPROXY list (go.dev/ref/mod#environment-variables): addresses with two kinds of commas between. */
import { ToolError } from '../core/errors.ts';

/** One entry of GOPROXY. */
export interface Proxy {
  /** Without credentials, ending in a slash. */
  readonly base: URL;
  /** `Basic …`, from the address itself. */
  readonly authorization?: string;
  /** After a `|`: the next one is asked whatever went wrong, not only when this one has nothing of that name. */
  readonly anyError: boolean;
}

export interface ProxyList {
  readonly proxies: readonly Proxy[];
  /** How the list ends: `direct` and `off` end it wherever they stand. */
  readonly end: 'end' | 'direct' | 'off';
}

/**
 * Reads a GOPROXY value.
 * @throws ToolError CONFIG_INVALID for an address that is none
 */
export function parseGoProxy(value: string): ProxyList {
  const proxies: Proxy[] = [];
  for (const [, entry = '', comma] of value.matchAll(/([^,|]*)([,|]|$)/g)) {
    const text = entry.trim();
    if (text === 'direct' || text === 'off') return { proxies, end: text };
    if (text !== '') proxies.push({ ...parseAddress(text), anyError: comma === '|' });
  }
  return { proxies, end: 'end' };
}

function parseAddress(text: string): Omit<Proxy, 'anyError'> {
  const full = text.startsWith('/') ? `file://${text}` : text;
  const url = URL.parse(full.includes(':/') ? full : `https://${full}`);
  if (!url || !['http:', 'https:', 'file:'].includes(url.protocol)) {
    throw new ToolError('CONFIG_INVALID', 'an entry of GOPROXY is no http, https or file address', {
      hint: 'Look at it with: go env GOPROXY',
    });
  }
  const { username, password } = url;
  url.username = '';
  url.password = '';
  if (!url.pathname.endsWith('/')) url.pathname += '/';
  if (!username) return { base: url };
  return { base: url, authorization: basic(decodeURIComponent(username), decodeURIComponent(password)) };
}

/** An Authorization header. */
export function basic(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
}
