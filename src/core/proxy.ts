import { ToolError } from './errors.ts';
import type { Env } from './ctx.ts';

/**
 * The proxy that requests to `url` go through, or undefined for a direct connection. The rules are those of Go's net/http, so that
 * Coracle and the go command it runs reach the network the same way: HTTP_PROXY, HTTPS_PROXY and NO_PROXY in either case;
 * loopback is always direct; an entry of NO_PROXY is a host, a domain with all below it, an address, a CIDR range, each
 * with an optional port, or `*`. (Node's own NO_PROXY knows neither CIDR nor subdomains of a plain name.)
 * @throws ToolError UNSUPPORTED for a proxy of another kind than http and https: to connect directly would not be what was asked
 */
export function proxyFor(env: Env, url: URL): string | undefined {
  const name = url.protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY';
  const value = (env[name] || env[name.toLowerCase()])?.trim();
  if (!value) return undefined;
  const host = bare(url.hostname);
  if (isLoopbackHost(host)) return undefined;
  const port = url.port || (url.protocol === 'https:' ? '443' : '80');
  if (bypassed(env['NO_PROXY'] || env['no_proxy'] || '', host, port)) return undefined;
  const proxy = /^[a-z][a-z0-9+.-]*:\/\//i.test(value) ? value : `http://${value}`;
  if (!/^https?:\/\//i.test(proxy) || !URL.canParse(proxy)) {
    throw new ToolError(
      'UNSUPPORTED',
      `${name} names a proxy that Coracle cannot use; it knows http:// and https:// ones`,
      {
        hint: `Change ${name}, or add ${host} to NO_PROXY.`,
      },
    );
  }
  return proxy;
}

/** True for `localhost`, 127.0.0.0/8 and ::1, without brackets. */
export function isLoopbackHost(host: string): boolean {
  const name = host.toLowerCase();
  return (
    name === 'localhost' ||
    name.endsWith('.localhost') ||
    /^127(?:\.\d{1,3}){3}$/.test(name) ||
    name === '::1'
  );
}

function bypassed(list: string, host: string, port: string): boolean {
  return list
    .split(',')
    .map((entry) => entry.trim().toLowerCase())
    .filter((entry) => entry !== '')
    .some((entry) => entry === '*' || matches(entry, host.toLowerCase(), port));
}

function matches(entry: string, host: string, port: string): boolean {
  if (entry.includes('/')) return inRange(entry, host);
  const parts = /^(\[[^\]]*\]|[^:]*):(\d+)$/.exec(entry);
  if (parts && parts[2] !== port) return false;
  const name = bare(parts?.[1] ?? entry);
  if (name.startsWith('*.')) return host.endsWith(name.slice(1));
  if (name.startsWith('.')) return host.endsWith(name);
  return host === name || (addressBits(host) === undefined && host.endsWith(`.${name}`));
}

function inRange(cidr: string, host: string): boolean {
  const [base = '', length = ''] = cidr.split('/');
  const range = addressBits(bare(base));
  const address = addressBits(host);
  const bits = Number(length);
  if (!range || !address || range.length !== address.length || !/^\d+$/.test(length) || bits > range.length)
    return false;
  return range.slice(0, bits) === address.slice(0, bits);
}

/** An IP address as a string of 32 or 128 binary digits; undefined for a name. */
function addressBits(address: string): string | undefined {
  if (/^\d{1,3}(?:\.\d{1,3}){3}$/.test(address)) {
    return address
      .split('.')
      .map((part) => Number(part).toString(2).padStart(8, '0'))
      .join('');
  }
  if (!address.includes(':') || !URL.canParse(`http://[${address}]`)) return undefined;
  // The URL parser gives the one normal form, in which :: may stand for missing groups.
  const [head = '', tail] = bare(new URL(`http://[${address}]`).hostname).split('::');
  const groups = (text: string): string[] => text.split(':').filter((group) => group !== '');
  const left = groups(head);
  const right = groups(tail ?? '');
  const middle = Array.from({ length: 8 - left.length - right.length }, () => '0');
  return [...left, ...middle, ...right]
    .map((group) => parseInt(group, 16).toString(2).padStart(16, '0'))
    .join('');
}

function bare(host: string): string {
  return host.replace(/^\[|\]$/g, '');
}
