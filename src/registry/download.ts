import type { Ctx } from '../core/ctx.ts';
import { ToolError, isToolError } from '../core/errors.ts';
import type { HttpResponse } from '../core/http.ts';
import { retry } from '../core/retry.ts';
import type { RetryOptions } from '../core/retry.ts';
import type { Descriptor } from '../oci/types.ts';
import { verifyStream } from '../oci/verify.ts';
import { skipBytes } from './body.ts';
import { forMirror } from './manifests.ts';
import type { Place } from './manifests.ts';
import { repositoryScope } from './scope.ts';

/** Bytes after which a broken download counts as having made progress, and may break as often again. */
const progress = 1024 * 1024;

export interface DownloadOptions {
  readonly retry: RetryOptions;
  /** For errors: `docker.io/library/gin`. */
  readonly name: string;
  /** Called with the places that gave bytes which turned out to be wrong. */
  distrust(places: readonly Place[], descriptor: Descriptor): void;
}

/**
 * A blob from the first of `places` that has it, proven against its descriptor. A connection that breaks is taken up again where it
 * broke (Range), even at another place: what counts is the digest of the whole.
 * @throws ToolError BLOB_CORRUPT before the last chunk, NOT_FOUND, NETWORK, …
 */
export async function* downloadBlob(
  ctx: Ctx,
  places: readonly Place[],
  descriptor: Descriptor,
  options: DownloadOptions,
): AsyncGenerator<Uint8Array> {
  const used: Place[] = [];
  try {
    yield* verifyStream(resumed(ctx, places, descriptor, options, used), descriptor, options.name);
  } catch (error) {
    if (isToolError(error, 'BLOB_CORRUPT')) options.distrust(used, descriptor);
    throw error;
  }
}

async function* resumed(
  ctx: Ctx,
  places: readonly Place[],
  descriptor: Descriptor,
  options: DownloadOptions,
  used: Place[],
): AsyncGenerator<Uint8Array> {
  const { attempts = 5 } = options.retry;
  let at = 0;
  let sound = 0;
  let breaks = 0;
  let broken: ToolError | undefined;
  while (at < descriptor.size || !used.length) {
    const cause = broken;
    const body = await retry(
      ctx.signal,
      async (attempt) => {
        // The break itself counts as the first attempt, so that there is a pause after it.
        if (attempt === 1 && cause !== undefined) throw cause;
        return await openAt(places, descriptor, at, options, used);
      },
      options.retry,
    );
    try {
      for await (const chunk of body) {
        at += chunk.byteLength;
        yield chunk;
      }
      if (at >= descriptor.size) return;
      throw new ToolError(
        'NETWORK',
        `${options.name}: the download of ${descriptor.digest} ended after ${at} of ${descriptor.size} bytes`,
        {
          retryable: true,
        },
      );
    } catch (error) {
      if (at - sound >= progress) breaks = 0;
      sound = at;
      if (!isToolError(error, 'NETWORK') || ++breaks >= attempts) throw error;
      broken = error;
    }
  }
}

async function openAt(
  places: readonly Place[],
  descriptor: Descriptor,
  at: number,
  options: DownloadOptions,
  used: Place[],
): Promise<AsyncIterable<Uint8Array>> {
  let last = new ToolError('INTERNAL', 'no place to download from');
  for (const place of places) {
    try {
      const response = await place.connection.send({
        method: 'GET',
        to: `v2/${place.repository}/blobs/${descriptor.digest}${forMirror(place)}`,
        scopes: [repositoryScope(place.repository, 'pull')],
        ...(at > 0 && { headers: { range: `bytes=${at}-` } }),
        accept: at > 0 ? [200, 206] : [200],
        doing: `download ${descriptor.digest} of ${options.name}`,
      });
      if (!used.includes(place)) used.push(place);
      return checkedBody(response, descriptor, at, options.name);
    } catch (error) {
      // The registry itself comes last: what it says is what the user must hear.
      if (!isToolError(error)) throw error;
      last = error;
    }
  }
  throw last;
}

/** The rest of the blob from byte `at`: a server that ignores Range sends it from the start. */
function checkedBody(
  response: HttpResponse,
  descriptor: Descriptor,
  at: number,
  name: string,
): AsyncIterable<Uint8Array> {
  const body = response.body as AsyncIterable<Uint8Array>;
  if (response.status === 206) {
    const range = /^bytes (\d+)-(\d+)\/(\d+|\*)$/.exec(response.headers['content-range'] ?? '');
    if (range && Number(range[1]) === at && (range[3] === '*' || Number(range[3]) === descriptor.size))
      return body;
    response.body.destroy();
    throw new ToolError(
      'REGISTRY_ERROR',
      `${name}: ${response.url.host} sends another part of ${descriptor.digest} than was asked for`,
    );
  }
  const length = response.headers['content-length'];
  if (length !== undefined && Number(length) !== descriptor.size) {
    response.body.destroy();
    throw new ToolError(
      'BLOB_CORRUPT',
      `${name}: ${response.url.host} has ${length} bytes for ${descriptor.digest}, not ${descriptor.size}`,
    );
  }
  return at === 0 ? body : skipBytes(body, at);
}
