import type { Ctx } from '../../core/ctx.ts';
import { ToolError, isToolError } from '../../core/errors.ts';
import type { HttpResponse } from '../../core/http.ts';
import { askToWait, retry } from '../../core/retry.ts';
import { verifyStream } from '../../oci/verify.ts';

/** A file's identity, as a signed index says it. */
export interface Expected {
  /** 64 hexadecimal digits. */
  readonly sha256: string;
  readonly size: number;
}

/**
 * A small file in whole; undefined when the mirror has none of that name.
 * @param limit most bytes that it may have
 * @throws ToolError NETWORK, INDEX_INVALID when it is larger
 */
export async function downloadSmall(ctx: Ctx, url: URL, limit: number): Promise<Buffer | undefined> {
  const response = await request(ctx, url);
  if (!response) return undefined;
  const announced = Number(response.headers['content-length'] ?? Number.NaN);
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response.body) {
    if (!Buffer.isBuffer(chunk)) continue;
    size += chunk.byteLength;
    if (size > limit) {
      throw new ToolError('INDEX_INVALID', `${nameOf(url)} has more than ${limit} bytes`, {
        hint: 'Name another mirror: debian.mirror in coracle.yaml.',
      });
    }
    chunks.push(chunk);
  }
  if (size < announced) throw brokenOff(url);
  return Buffer.concat(chunks, size);
}

/**
 * The bytes of the first of `urls` that the mirror has, proven while they pass: the last chunk comes only when size and hash are right.
 * One attempt; every failure that a second one may not have is marked as retryable.
 * @throws ToolError NETWORK, NOT_FOUND, CHECKSUM_MISMATCH from the iterator
 */
export async function* downloadVerified(
  ctx: Ctx,
  urls: readonly URL[],
  expected: Expected,
): AsyncGenerator<Uint8Array> {
  for (const url of urls) {
    const response = await request(ctx, url);
    if (!response) continue;
    const identity = { digest: `sha256:${expected.sha256}` as const, size: expected.size };
    try {
      yield* verifyStream(chunksOf(response), identity, nameOf(url));
      return;
    } catch (error) {
      if (!isToolError(error, 'BLOB_CORRUPT')) throw error;
      throw new ToolError('CHECKSUM_MISMATCH', error.message, {
        retryable: true,
        hint: 'Nothing of it was used. The mirror is damaged or is being updated: try again later, or name another one (debian.mirror in coracle.yaml).',
      });
    } finally {
      response.body.destroy();
    }
  }
  throw new ToolError('NOT_FOUND', `the mirror has no ${urls.map(nameOf).join(', nor ')}`, {
    hint: 'Name another mirror: debian.mirror in coracle.yaml.',
  });
}

/** How often wrong bytes are fetched again: a mirror that is damaged stays so, and a large index is not fetched five times in vain. */
const mostWrong = 3;

/** `work` with the usual retries, but fewer of them when what comes is wrong. */
export async function retryDownload<R>(ctx: Ctx, work: () => Promise<R>): Promise<R> {
  let wrong = 0;
  return retry(ctx.signal, async () => {
    try {
      return await work();
    } catch (error) {
      if (!isToolError(error, 'CHECKSUM_MISMATCH') || ++wrong < mostWrong) throw error;
      const { code, message, hint } = error;
      throw new ToolError(code, message, { ...(hint !== undefined && { hint }), cause: error });
    }
  });
}

async function* chunksOf({ body }: HttpResponse): AsyncGenerator<Uint8Array> {
  for await (const chunk of body) if (chunk instanceof Uint8Array) yield chunk;
}

async function request(ctx: Ctx, url: URL): Promise<HttpResponse | undefined> {
  const response = await ctx.fetch({ url, headers: { 'accept-encoding': 'identity' } });
  const { status } = response;
  if (status === 200) return response;
  response.body.destroy();
  if (status === 404 || status === 410) return undefined;
  const passing = status === 408 || status === 429 || status >= 500;
  const error = new ToolError('NETWORK', `the Debian mirror answers ${status} for ${nameOf(url)}`, {
    retryable: passing,
    hint: 'Try again later, or name another mirror: debian.mirror in coracle.yaml.',
  });
  const wait = Number(response.headers['retry-after'] ?? Number.NaN);
  throw wait >= 0 ? askToWait(error, wait * 1000) : error;
}

/** Without user, password and query, which may be secrets. */
function nameOf(url: URL): string {
  return `${url.host}${url.pathname}`;
}

function brokenOff(url: URL): ToolError {
  return new ToolError('NETWORK', `${url.host} broke off ${url.pathname}`, { retryable: true });
}
