/**
 * Go module proxies (go.dev/ref/mod#goproxy-protocol), over http and in folders. This file fetches paths; what they mean, and
 * whether the bytes are to be believed, is for the callers to know.
 */
import { createReadStream, promises as fs } from 'node:fs';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { ToolError, isToolError, systemCode } from '../core/errors.ts';
import { fileError } from '../core/files.ts';
import { retry } from '../core/retry.ts';
import type { Ctx } from '../core/ctx.ts';
import type { GoEnv } from './goenv.ts';
import { netrcLogin } from './netrc.ts';
import { basic } from './proxy-list.ts';
import type { Proxy, ProxyList } from './proxy-list.ts';

export { parseGoProxy } from './proxy-list.ts';
export type { Proxy, ProxyList } from './proxy-list.ts';

/** Upper-case letters as `!` and the lower-case one, as paths and versions are written in proxy addresses. */
export function escapePath(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => `!${letter.toLowerCase()}`);
}

/** What a proxy gives for a path. */
export interface Fetched {
  readonly body: Readable;
  /** Bytes still to come, when it is known. */
  readonly length?: number;
  /** The first byte's place: less than was asked for when the server knows no ranges. */
  readonly start: number;
}

/**
 * Asks one proxy for one path, once.
 * @returns undefined when it has nothing there (404, 410)
 * @throws ToolError NETWORK (retryable where it may help), INSECURE_REFUSED
 */
export async function askProxy(
  ctx: Ctx,
  env: GoEnv,
  proxy: Proxy,
  path: string,
  start = 0,
): Promise<Fetched | undefined> {
  const url = new URL(proxy.base);
  url.pathname += path.replaceAll('%', '%25');
  const authorization = proxy.authorization ?? (await stored(ctx, env, url));
  return askUrl(ctx, url, authorization, start);
}

/** As askProxy, for a whole address. */
export async function askUrl(
  ctx: Ctx,
  url: URL,
  authorization?: string,
  start = 0,
): Promise<Fetched | undefined> {
  if (url.protocol === 'file:') return openFile(fileURLToPath(url), start);
  const { status, headers, body } = await ctx.fetch({
    url,
    headers: {
      ...(authorization !== undefined && { authorization }),
      ...(start > 0 && { range: `bytes=${start}-` }),
    },
  });
  if (status === 200 || status === 206) {
    const length = headers['content-length'];
    return {
      body,
      start: status === 206 ? start : 0,
      ...(length !== undefined && { length: Number(length) }),
    };
  }
  body.resume();
  // All of it is there already, or it is another file than before: from the start, then.
  if (status === 416 && start > 0) return askUrl(ctx, url, authorization);
  if (status === 404 || status === 410) return undefined;
  const refused = status === 401 || status === 403;
  throw new ToolError('NETWORK', `${url.host} answers ${status} for ${url.pathname}`, {
    retryable: status >= 500 || status === 429 || status === 408,
    hint: refused
      ? 'Put the credentials for it into ~/.netrc or into GOPROXY.'
      : 'Try again later, or name another proxy with GOPROXY.',
  });
}

async function stored(ctx: Ctx, env: GoEnv, url: URL): Promise<string | undefined> {
  if (url.protocol !== 'https:' || env.get('GOAUTH') === 'off') return undefined;
  const login = await netrcLogin(ctx, url.hostname);
  return login && basic(login.user, login.password);
}

async function openFile(file: string, start: number): Promise<Fetched | undefined> {
  try {
    const { size } = await fs.stat(file);
    return { body: createReadStream(file, { start }), length: size - start, start };
  } catch (error) {
    if (systemCode(error) === 'ENOENT' || systemCode(error) === 'ENOTDIR') return undefined;
    throw fileError(error, 'read', file);
  }
}

/**
 * Walks the list as the go command does: on to the next proxy when one has nothing (or failed, when a `|` follows it).
 * @returns undefined when nobody has it
 * @throws what the last proxy asked failed with
 */
export async function viaProxies<R>(
  list: ProxyList,
  ask: (proxy: Proxy) => Promise<R | undefined>,
): Promise<R | undefined> {
  let failure: ToolError | undefined;
  for (const proxy of list.proxies) {
    try {
      const result = await ask(proxy);
      if (result !== undefined) return result;
    } catch (error) {
      if (!proxy.anyError || !isToolError(error, 'NETWORK', 'INSECURE_REFUSED', 'FILE_UNREADABLE'))
        throw error;
      failure ??= error;
    }
  }
  if (failure) throw failure;
  return undefined;
}

/** Largest answer that is read into memory, in bytes: the list of all Go releases is the largest, at some 2 MB. */
const largestAnswer = 16 * 1024 * 1024;

/** A small answer as a whole, tried again when the network fails. Undefined when the proxy has nothing there. */
export async function readFromProxy(
  ctx: Ctx,
  env: GoEnv,
  proxy: Proxy,
  path: string,
): Promise<Buffer | undefined> {
  return retry(
    ctx.signal,
    async () => {
      const fetched = await askProxy(ctx, env, proxy, path);
      return fetched && (await readSmall(fetched.body, proxy.base.host || 'the proxy'));
    },
    { attempts: 4 },
  );
}

/** Reads a stream into memory. @throws ToolError NETWORK when it breaks, or is larger than any sound answer */
export async function readSmall(body: AsyncIterable<unknown>, from: string): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of body) {
      if (!Buffer.isBuffer(chunk)) throw new TypeError('a stream of bytes was expected');
      chunks.push(chunk);
      size += chunk.length;
      if (size > largestAnswer)
        throw new ToolError('NETWORK', `${from} sends more than such an answer can hold`);
    }
  } catch (error) {
    if (error instanceof ToolError) throw error;
    throw new ToolError('NETWORK', `the connection to ${from} broke`, {
      cause: error,
      retryable: true,
      hint: 'Run the same command again, or name another proxy with GOPROXY.',
    });
  }
  return Buffer.concat(chunks);
}
