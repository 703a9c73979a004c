/** ADD of a URL: one file, fetched again only when the server says that it changed. */
import { createHash } from 'node:crypto';
import type { Ctx } from '../core/ctx.ts';
import { ToolError } from '../core/errors.ts';
import type { HttpResponse } from '../core/http.ts';
import { askToWait, retry } from '../core/retry.ts';
import type { Digest } from '../oci/digest.ts';
import { hexOf } from '../oci/digest.ts';
import type { Tree } from '../snapshot/types.ts';
import type { Store } from '../store/store.ts';
import { fileNameFor } from './http-name.ts';
import { openSpooled } from './spool.ts';

export interface UrlOptions {
  /** What it must be; with it a file that is in the store already is not asked for again. */
  readonly checksum?: Digest;
}

/** What a server said of a file, kept in the store's cache under the hash of the address. */
interface Fetched {
  readonly blobs: readonly [Digest];
  readonly size: number;
  readonly name: string;
  /** Seconds since the Unix epoch; 0 when the server does not say. */
  readonly mtime: number;
  readonly etag?: string;
  readonly lastModified?: string;
}

const bucket = 'urls';

/**
 * Fetches a file as a tree that holds just it: mode 0600, root's, with the time of Last-Modified (the epoch when a checksum is given), under
 * the name that the server or the address gives it. ETag and Last-Modified are shown to the server again.
 * @throws ToolError CHECKSUM_MISMATCH, NOT_FOUND, NETWORK
 */
export async function openUrl(ctx: Ctx, store: Store, url: string, options: UrlOptions = {}): Promise<Tree> {
  const address = parseAddress(url);
  const key = createHash('sha256').update(address.href).digest('hex');
  const stored = await store.cache.get<Fetched>(bucket, key);
  const known = stored && (await store.blobs.has(stored.blobs[0])) === stored.size ? stored : undefined;
  const wanted = options.checksum;
  const file =
    known && known.blobs[0] === wanted
      ? known
      : await retry(ctx.signal, async () => fetchFile(ctx, store, address, known));
  if (wanted !== undefined && file.blobs[0] !== wanted) {
    throw new ToolError(
      'CHECKSUM_MISMATCH',
      `${shownUrl(address)} has the checksum ${file.blobs[0]}, but ${wanted} is asked for`,
      {
        hint: 'If the file was meant to change, put its new checksum into the Dockerfile; else do not use it.',
      },
    );
  }
  if (file !== known) await store.cache.set(bucket, key, file);
  const { blobs, size, name } = file;
  // What is named by its checksum depends on nothing else that a server says.
  const mtime = wanted === undefined ? file.mtime : 0;
  const entry = { path: name, type: 'file', mode: 0o600, uid: 0, gid: 0, mtime, size, offset: 0 } as const;
  return openSpooled(store.blobs, { entries: [{ ...entry, digest: hexOf(blobs[0]) }], blobs, size });
}

function parseAddress(url: string): URL {
  const address = URL.canParse(url) ? new URL(url) : undefined;
  if (address?.protocol === 'http:' || address?.protocol === 'https:') return address;
  throw new ToolError('CONTEXT_INVALID', 'the address to fetch is no http or https URL', {
    hint: 'Write it with its scheme: https://example.com/file.tar.gz',
  });
}

/** Without user and password, and without a query, which may hold a signature. */
function shownUrl({ origin, pathname }: URL): string {
  return `${origin}${pathname}`;
}

async function fetchFile(ctx: Ctx, store: Store, url: URL, known: Fetched | undefined): Promise<Fetched> {
  const response = await ctx.fetch({
    url,
    headers: {
      // The bytes of the file itself, not of a packed copy that the server may have.
      'accept-encoding': 'identity',
      ...(known?.etag !== undefined && { 'if-none-match': known.etag }),
      ...(known?.etag === undefined &&
        known?.lastModified !== undefined && { 'if-modified-since': known.lastModified }),
    },
  });
  if (response.status === 304 && known) {
    response.body.resume();
    return known;
  }
  if (response.status !== 200) {
    response.body.resume();
    throw refusal(url, response);
  }
  const writer = await store.blobs.writer();
  try {
    for await (const chunk of response.body as AsyncIterable<Uint8Array>) await writer.write(chunk);
    const { digest, size } = await writer.commit();
    const { etag, 'last-modified': lastModified } = response.headers;
    const modified = Date.parse(lastModified ?? '');
    return {
      blobs: [digest],
      size,
      name: fileNameFor(url, response.headers['content-disposition']),
      mtime: Number.isNaN(modified) ? 0 : modified / 1000,
      ...(etag !== undefined && { etag }),
      ...(lastModified !== undefined && { lastModified }),
    };
  } finally {
    await writer.abort();
  }
}

function refusal(url: URL, { status, headers }: HttpResponse): ToolError {
  const what = `${shownUrl(url)} answers with status ${status}`;
  if (status === 404 || status === 410) {
    return new ToolError('NOT_FOUND', `there is no file at ${shownUrl(url)} (status ${status})`, {
      hint: 'Open the address in a browser; files of old versions are often moved.',
    });
  }
  if (status === 401 || status === 403) {
    return new ToolError('NETWORK', `${what}: it wants credentials, or refuses them`, {
      hint: 'Fetch the file in a RUN step with a secret, or put it into the build context.',
    });
  }
  const retryable = status === 429 || status >= 500;
  const error = new ToolError('NETWORK', what, {
    retryable,
    hint: 'Try again later, or use another address.',
  });
  const seconds = Number(headers['retry-after']);
  return Number.isFinite(seconds) && seconds > 0 ? askToWait(error, seconds * 1000) : error;
}
