import type { Ctx } from '../core/ctx.ts';
import { isToolError } from '../core/errors.ts';
import { retry } from '../core/retry.ts';
import type { RetryOptions } from '../core/retry.ts';
import type { Digest } from '../oci/digest.ts';
import type { Bytes } from '../oci/image.ts';
import type { Descriptor } from '../oci/types.ts';
import { verifyStream } from '../oci/verify.ts';
import { discard, skipBytes } from './body.ts';
import { sendChunks } from './chunks.ts';
import type { Progress } from './chunks.ts';
import { statusOf } from './errors.ts';
import type { Place } from './manifests.ts';
import { pushScopes } from './manifests.ts';
import { commit, cancel, received, startUpload } from './session.ts';
import type { Session, UploadOptions } from './session.ts';
import { mergeScopes, repositoryScope } from './scope.ts';

export interface PushOptions {
  /** A repository of the same registry that has the blob: the registry may take it from there. */
  readonly mountFrom?: string;
  /** Called with the bytes sent so far; may go back when a part is sent again. */
  readonly onProgress?: (sent: number) => void;
  /** `open` gives verified bytes, as every BlobSource does; otherwise they are verified here, on the way. */
  readonly verified?: boolean;
}

export type Pushed = 'uploaded' | 'mounted' | 'present';

/** Milliseconds that a registry may take to commit a blob after its last byte: it may hash and copy all of it. */
const commitPatience = 300_000;

export async function hasBlob(
  place: Place,
  digest: Digest,
  forPush: boolean,
  doing: string,
): Promise<boolean> {
  const response = await place.connection.send({
    ...{ method: 'HEAD', to: `v2/${place.repository}/blobs/${digest}`, accept: [200, 404], doing },
    scopes: forPush ? pushScopes(place) : [repositoryScope(place.repository, 'pull')],
  });
  await discard(response.body);
  return response.status === 200;
}

/**
 * Puts a blob into a repository unless it is there (distribution specification, "Pushing blobs"): mounted from another repository where the
 * registry can; else in one PUT; what that one could not bring over follows in chunks from where it broke. The bytes are
 * proven before the last of them is sent, so that a damaged blob is never committed.
 */
export async function pushBlob(
  ctx: Ctx,
  place: Place,
  descriptor: Descriptor,
  open: () => Bytes,
  options: PushOptions & { readonly name: string; readonly retry: RetryOptions },
): Promise<Pushed> {
  const doing = `push ${descriptor.digest} to ${options.name}`;
  const upload: UploadOptions = {
    doing,
    scopes: uploadScopes(place, options.mountFrom),
    retry: options.retry,
    signal: ctx.signal,
  };
  const present = async (): Promise<boolean> => await hasBlob(place, descriptor.digest, true, doing);
  if (await present()) return 'present';
  const bytes = (): Bytes => (options.verified ? open() : verifyStream(open(), descriptor, options.name));
  const mount =
    options.mountFrom === undefined ? undefined : { digest: descriptor.digest, from: options.mountFrom };
  const opened = await startUpload(place, upload, mount);
  if (opened === 'mounted') return opened;
  let session = opened;
  try {
    return await retry<Pushed>(
      ctx.signal,
      async (attempt) => {
        if (attempt > 1 && (await present())) return 'uploaded';
        let offset = attempt === 1 ? 0 : await received(place, session, upload);
        if (offset === undefined || offset > descriptor.size) {
          session = await startAgain(place, upload);
          offset = 0;
        }
        try {
          if (offset === 0) await putWhole(place, session, descriptor, bytes, upload, options.onProgress);
          else await putRest(place, session, descriptor, bytes(), offset, upload, options.onProgress);
        } catch (error) {
          if (statusOf(error) !== 413) throw error;
          session = await startAgain(place, upload);
          await putRest(place, session, descriptor, bytes(), 0, upload, options.onProgress);
        }
        return 'uploaded';
      },
      options.retry,
    );
  } catch (error) {
    if (isToolError(error)) await cancel(place, session, upload);
    throw error;
  }
}

/** Uploads a stream whose size and digest are known only at its end, in chunks. */
export async function pushStream(
  ctx: Ctx,
  place: Place,
  bytes: Bytes,
  options: {
    readonly name: string;
    readonly retry: RetryOptions;
    readonly onProgress?: (sent: number) => void;
  },
): Promise<{ digest: Digest; size: number }> {
  const upload: UploadOptions = {
    doing: `push a blob to ${options.name}`,
    scopes: pushScopes(place),
    retry: options.retry,
    signal: ctx.signal,
  };
  const session = await startAgain(place, upload);
  try {
    const sent = await sendChunks(place, session, bytes, 0, upload, options.onProgress);
    await commit(place, sent.session, sent.digest, upload, commitPatience);
    return { digest: sent.digest, size: sent.size };
  } catch (error) {
    await cancel(place, session, upload);
    throw error;
  }
}

async function startAgain(place: Place, upload: UploadOptions): Promise<Session> {
  const session = await startUpload(place, upload);
  if (session === 'mounted') throw new Error('a mount that was not asked for');
  return session;
}

/** Monolithic: POST, then this one PUT. */
async function putWhole(
  place: Place,
  session: Session,
  descriptor: Descriptor,
  open: () => Bytes,
  upload: UploadOptions,
  onProgress: Progress | undefined,
): Promise<void> {
  const headers = { 'content-type': 'application/octet-stream', 'content-length': String(descriptor.size) };
  const body = (): Bytes => counted(open(), onProgress);
  await commit(place, session, descriptor.digest, upload, commitPatience, { headers, body });
}

/** From `offset` on, in chunks. */
async function putRest(
  place: Place,
  session: Session,
  descriptor: Descriptor,
  bytes: Bytes,
  offset: number,
  upload: UploadOptions,
  onProgress: Progress | undefined,
): Promise<void> {
  const sent = await sendChunks(place, session, skipBytes(bytes, offset), offset, upload, onProgress);
  await commit(place, sent.session, descriptor.digest, upload, commitPatience);
}

async function* counted(bytes: Bytes, onProgress: Progress | undefined): AsyncGenerator<Uint8Array> {
  let sent = 0;
  for await (const chunk of bytes) {
    yield chunk;
    sent += chunk.byteLength;
    onProgress?.(sent);
  }
}

function uploadScopes(place: Place, mountFrom: string | undefined): readonly string[] {
  const own = pushScopes(place);
  return mountFrom === undefined ? own : mergeScopes(own, [repositoryScope(mountFrom, 'pull')]);
}
