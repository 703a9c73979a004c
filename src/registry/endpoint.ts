import { ToolError } from '../core/errors.ts';
import { isLoopback } from '../oci/reference.ts';

/** One host that serves a registry: the registry itself, or a mirror of it. */
export interface Endpoint {
  /** Host and optional port that requests go to. */
  readonly host: string;
  /** The name credentials are kept under, and that hints show. */
  readonly registry: string;
  /** Put before repository names: `proxy/` for a mirror at `harbor.example/proxy`. */
  readonly prefix: string;
  /** The registry that a mirror stands in for. */
  readonly mirrorOf?: string;
  /** Schemes to try, in order; the first that works is kept. */
  readonly schemes: readonly ('https' | 'http')[];
}

/** Docker Hub's API is not at the name of its references. */
const apiHosts: Readonly<Record<string, string>> = { 'docker.io': 'registry-1.docker.io' };

/** How to reach the registry of a reference. `insecure` are the hosts that may speak plain HTTP or show any certificate. */
export function registryEndpoint(registry: string, insecure: readonly string[]): Endpoint {
  const host = apiHosts[registry] ?? registry;
  return { host, registry, prefix: '', schemes: schemesOf(host, insecure) };
}

/**
 * A mirror as configured: `host[:port][/prefix]`, with `http://` before it when it may speak plain HTTP.
 * @throws ToolError CONFIG_INVALID
 */
export function mirrorEndpoint(mirror: string, registry: string, insecure: readonly string[]): Endpoint {
  const scheme = /^(https?):\/\//.exec(mirror)?.[1];
  const text = `${scheme ?? 'https'}://${mirror.slice(scheme === undefined ? 0 : scheme.length + 3)}`;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || url.username !== '' || url.search !== '' || url.hash !== '') {
    throw new ToolError('CONFIG_INVALID', `a mirror of ${registry} is not of the form host[:port][/prefix]`);
  }
  const path = url.pathname.replace(/^\/+|\/+$/g, '').replace(/^v2(?:\/|$)/, '');
  const schemes =
    scheme === 'http'
      ? (['http'] as const)
      : scheme === 'https'
        ? (['https'] as const)
        : schemesOf(url.host, insecure);
  return {
    host: url.host,
    registry: url.host,
    prefix: path === '' ? '' : `${path}/`,
    mirrorOf: registry,
    schemes,
  };
}

/**
 * On loopback plain HTTP comes first: it is the rule there, and a server that wants TLS says so at once. An insecure host is asked over
 * TLS first, so that it is no worse off than it must be.
 */
function schemesOf(host: string, insecure: readonly string[]): Endpoint['schemes'] {
  if (isLoopback(host)) return ['http', 'https'];
  return insecure.includes(host) ? ['https', 'http'] : ['https'];
}
