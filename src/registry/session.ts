import type { HttpResponse } from '../core/http.ts';
import type { RetryOptions } from '../core/retry.ts';
import { ToolError } from '../core/errors.ts';
import type { Digest } from '../oci/digest.ts';
import type { Bytes } from '../oci/image.ts';
import { discard } from './body.ts';
import { checkedLocation } from './connection.ts';
import { protocolError, statusOf } from './errors.ts';
import type { Place } from './manifests.ts';
import type { Scopes } from './scope.ts';

/** An upload that the registry has opened. The address changes with every answer. */
export interface Session {
  location: URL;
  /** Bytes that a chunk must have at least (OCI-Chunk-Min-Length). */
  readonly smallestChunk: number;
}

export interface UploadOptions {
  readonly doing: string;
  readonly scopes: Scopes;
  readonly retry: RetryOptions;
  readonly signal: AbortSignal;
}

/** Opens an upload, or has the blob mounted from another repository of the registry. A mount that is refused becomes an upload. */
export async function startUpload(
  place: Place,
  upload: UploadOptions,
  mount?: { readonly digest: Digest; readonly from: string },
): Promise<Session | 'mounted'> {
  const path = `v2/${place.repository}/blobs/uploads/`;
  const query = mount
    ? `?mount=${encodeURIComponent(mount.digest)}&from=${encodeURIComponent(mount.from)}`
    : '';
  const { doing, scopes } = upload;
  try {
    const response = await place.connection.send({
      ...{ method: 'POST', to: path + query, scopes, doing, headers: { 'content-length': '0' } },
      accept: mount ? [201, 202] : [202],
    });
    await discard(response.body);
    return response.status === 201
      ? 'mounted'
      : { location: nextLocation(response), smallestChunk: chunkMinimum(response) };
  } catch (error) {
    // Not to be allowed to read the other repository is no reason not to write to this one.
    const status = statusOf(error);
    if (mount && status !== undefined && status < 500 && status !== 429)
      return await startUpload(place, upload);
    throw error;
  }
}

/** How many bytes the registry holds of an upload; undefined when it has lost it. Moves the session to its newest address. */
export async function received(
  place: Place,
  session: Session,
  { doing, scopes }: UploadOptions,
): Promise<number | undefined> {
  const response = await place.connection.send({
    method: 'GET',
    to: session.location,
    scopes,
    doing,
    accept: [200, 202, 204, 400, 404],
  });
  await discard(response.body);
  if (response.status === 404 || response.status === 400) return undefined;
  if (response.headers['location'] !== undefined) session.location = nextLocation(response);
  return heldBytes(response) ?? 0;
}

/** The bytes an answer says are there: `Range: 0-99` is 100. Registries write `0-0` for both none and one; none is meant. */
export function heldBytes(response: HttpResponse): number | undefined {
  const range = /^(?:bytes=)?0-(\d{1,15})$/.exec(response.headers['range'] ?? '');
  if (!range) return undefined;
  return range[1] === '0' ? 0 : Number(range[1]) + 1;
}

/** Ends an upload: from here on the blob is there. `last` are the bytes that go with the request. */
export async function commit(
  place: Place,
  session: Session,
  digest: Digest,
  upload: UploadOptions,
  idleTimeout: number,
  last?: { readonly headers: Readonly<Record<string, string>>; readonly body: () => Bytes },
): Promise<void> {
  // Not through URLSearchParams: it would write the address's own parameters anew, which may be signed.
  const { href, search } = session.location;
  const to = new URL(`${href}${search === '' ? '?' : '&'}digest=${encodeURIComponent(digest)}`);
  const response = await place.connection.send({
    ...{
      method: 'PUT',
      to,
      scopes: upload.scopes,
      doing: upload.doing,
      accept: [200, 201, 204],
      idleTimeout,
    },
    headers: last?.headers ?? { 'content-length': '0' },
    ...(last && { body: last.body }),
    again: false,
  });
  await discard(response.body);
  const said = response.headers['docker-content-digest'];
  if (said !== undefined && said !== digest && said.startsWith('sha256:')) {
    throw new ToolError('BLOB_CORRUPT', `cannot ${upload.doing}: the registry stored ${said}`);
  }
}

/** Tells the registry to forget an upload, as far as it listens. */
export async function cancel(
  place: Place,
  session: Session,
  { doing, scopes, signal }: UploadOptions,
): Promise<void> {
  if (signal.aborted) return;
  try {
    const call = {
      method: 'DELETE',
      to: session.location,
      scopes,
      doing,
      accept: [200, 202, 204, 404],
      again: false,
      idleTimeout: 5000,
    } as const;
    await discard((await place.connection.send(call)).body);
  } catch {
    // Registries drop uploads that go quiet by themselves.
  }
}

export function nextLocation(response: HttpResponse): URL {
  const location = response.headers['location'];
  if (location === undefined)
    throw protocolError(response.url.host, 'it opens an upload and does not say where');
  return checkedLocation(location, response.url, []);
}

function chunkMinimum(response: HttpResponse): number {
  const text = response.headers['oci-chunk-min-length'];
  return text !== undefined && /^\d{1,12}$/.test(text) ? Number(text) : 0;
}
