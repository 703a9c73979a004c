import { createHash } from 'node:crypto';
import { ToolError } from '../core/errors.ts';
import { retry } from '../core/retry.ts';
import type { Digest } from '../oci/digest.ts';
import type { Bytes } from '../oci/image.ts';
import { discard, pieces } from './body.ts';
import { statusOf } from './errors.ts';
import type { Place } from './manifests.ts';
import { heldBytes, nextLocation, received } from './session.ts';
import type { Session, UploadOptions } from './session.ts';

export type Progress = (sent: number) => void;

/** Bytes of a chunk: held in memory, so that it can be sent again. */
const usualChunk = 8 * 1024 * 1024;
/** What a registry may ask for at least, before we say no: it would have to be held in memory. */
const largestChunk = 64 * 1024 * 1024;
/** Below this a registry that still answers 413 has another trouble. */
const leastChunk = 64 * 1024;

/**
 * Sends bytes from `offset` on in chunks (PATCH with Content-Range), each again from where the registry has it when something breaks.
 * Gives the session at its last address, and the digest and size of what was sent.
 */
export async function sendChunks(
  place: Place,
  session: Session,
  bytes: Bytes,
  offset: number,
  upload: UploadOptions,
  onProgress?: Progress,
): Promise<{ session: Session; digest: Digest; size: number }> {
  if (session.smallestChunk > largestChunk) {
    throw new ToolError(
      'UNSUPPORTED',
      `cannot ${upload.doing}: the registry takes no chunks below ${session.smallestChunk} bytes`,
    );
  }
  const hash = createHash('sha256');
  let size = Math.max(usualChunk, session.smallestChunk);
  let at = offset;
  const send = async (piece: Buffer): Promise<void> => {
    try {
      await sendChunk(place, session, piece, at, upload);
    } catch (error) {
      const half = Math.ceil(piece.byteLength / 2);
      if (statusOf(error) !== 413 || half < Math.max(leastChunk, session.smallestChunk)) throw error;
      size = half;
      await send(piece.subarray(0, half));
      return await send(piece.subarray(half));
    }
    at += piece.byteLength;
    onProgress?.(at);
  };
  for await (const piece of pieces(bytes, () => size)) {
    hash.update(piece);
    await send(piece);
  }
  return { session, digest: `sha256:${hash.digest('hex')}`, size: at };
}

async function sendChunk(
  place: Place,
  session: Session,
  piece: Buffer,
  at: number,
  upload: UploadOptions,
): Promise<void> {
  const end = at + piece.byteLength;
  await retry(
    upload.signal,
    async (attempt) => {
      const held = attempt === 1 ? at : await received(place, session, upload);
      if (held === end) return;
      if (held === undefined || held < at || held > end)
        throw lost(upload, `it has ${held ?? 'none'} of the ${at} bytes it took`);
      const rest = piece.subarray(held - at);
      const response = await place.connection.send({
        ...{
          method: 'PATCH',
          to: session.location,
          scopes: upload.scopes,
          doing: upload.doing,
          body: rest,
          again: false,
        },
        headers: { 'content-type': 'application/octet-stream', 'content-range': `${held}-${end - 1}` },
        accept: [200, 201, 202, 204, 416],
      });
      await discard(response.body);
      if (response.status === 416) throw lost(upload, 'it expects other bytes', true);
      session.location = nextLocation(response);
      const now = heldBytes(response) ?? end;
      // One byte and none are both written 0-0.
      if (now !== end && !(now === 0 && end === 1))
        throw lost(upload, `it has ${now} bytes after ${end} were sent`, true);
    },
    upload.retry,
  );
}

function lost({ doing }: UploadOptions, why: string, retryable = false): ToolError {
  return new ToolError(
    'REGISTRY_ERROR',
    `cannot ${doing}: the registry lost its place in the upload (${why})`,
    { retryable },
  );
}
