import type { Agent as HttpAgent, ClientRequest, IncomingMessage } from 'node:http';
import type { Agent as HttpsAgent } from 'node:https';
import { promises as fs } from 'node:fs';
import { fileError } from './files.ts';
import { proxyFor } from './proxy.ts';
import type { Env } from './ctx.ts';

/** Whom a connection trusts, and as whom it shows itself. */
export interface Trust {
  /** PEM certificates to trust besides the usual ones. */
  readonly ca?: string;
  /** Do not verify the server's certificate. Only when the user asked for it by name. */
  readonly insecure?: boolean;
  /** A client certificate and its key, both PEM. */
  readonly identity?: { readonly cert: string; readonly key: string };
}

type Open = (url: URL, options: object, onResponse: (response: IncomingMessage) => void) => ClientRequest;

export interface Agents {
  /** The connection pool for `url`, and the function that makes a request. `wide` trusts the machine's own authorities too. */
  pick(url: URL, trust: Trust, wide: boolean): Promise<{ open: Open; agent: HttpAgent | HttpsAgent }>;
}

/**
 * Keep-alive connection pools, one for each way of connecting. Idle connections do not keep the process alive.
 * node:http and node:https are loaded when first needed, and not by `import`: that looks at all that they export, which loads WebSockets
 * and what belongs to them, and takes forty milliseconds in place of four.
 */
export function createAgents(env: Env): Agents {
  const pool = new Map<string, HttpAgent | HttpsAgent>();
  return {
    async pick(url, trust, wide) {
      const proxy = proxyFor(env, url);
      const options = {
        keepAlive: true,
        maxSockets: 16,
        scheduling: 'lifo' as const,
        // The decision is made above; Node only speaks to the proxy.
        proxyEnv: proxy === undefined ? {} : { http_proxy: proxy, https_proxy: proxy },
      };
      if (url.protocol === 'http:') {
        const http = process.getBuiltinModule('node:http');
        const key = `http ${proxy ?? ''}`;
        const agent = pool.get(key) ?? new http.Agent(options);
        pool.set(key, agent);
        return { open: http.request, agent };
      }
      const https = process.getBuiltinModule('node:https');
      const key = JSON.stringify([proxy, trust.insecure, trust.ca, trust.identity, wide]);
      let agent = pool.get(key);
      if (!agent) {
        agent = new https.Agent({ ...options, ...(await tlsOptions(env, trust, wide)) });
        pool.set(key, agent);
      }
      return { open: https.request, agent };
    },
  };
}

async function tlsOptions(env: Env, trust: Trust, wide: boolean): Promise<object> {
  if (trust.insecure) return { rejectUnauthorized: false, ...trust.identity };
  if (trust.ca === undefined && !wide) return { ...trust.identity };
  const tls = await import('node:tls');
  const ca = [...tls.getCACertificates('default')];
  if (trust.ca !== undefined) ca.push(trust.ca);
  if (wide) ca.push(...tls.getCACertificates('system'), ...(await certificateFile(env)));
  return { ca, ...trust.identity };
}

async function certificateFile(env: Env): Promise<string[]> {
  const file = env['SSL_CERT_FILE'];
  if (!file) return [];
  try {
    return [await fs.readFile(file, 'utf8')];
  } catch (error) {
    throw fileError(error, 'read', file);
  }
}
