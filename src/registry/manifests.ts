import { ToolError } from '../core/errors.ts';
import type { HttpResponse } from '../core/http.ts';
import { isIndexType, isManifestType, manifestType } from '../oci/check.ts';
import { digestOf, isDigest } from '../oci/digest.ts';
import type { Digest } from '../oci/digest.ts';
import { formatReference } from '../oci/reference.ts';
import type { Reference } from '../oci/reference.ts';
import { mediaTypes } from '../oci/types.ts';
import type { Descriptor } from '../oci/types.ts';
import { smallBlobLimit, verifyBytes } from '../oci/verify.ts';
import { discard, readUpTo } from './body.ts';
import type { Connection } from './connection.ts';
import { repositoryScope } from './scope.ts';

/** A repository as one endpoint serves it. */
export interface Place {
  readonly connection: Connection;
  /** With a mirror's prefix. */
  readonly repository: string;
}

export interface Fetched {
  readonly descriptor: Descriptor;
  readonly bytes: Uint8Array;
}

const accepted = [
  mediaTypes.ociIndex,
  mediaTypes.ociManifest,
  mediaTypes.dockerIndex,
  mediaTypes.dockerManifest,
].join(', ');

/** True for what lives under /manifests/ and not under /blobs/. */
export function isManifestLike(mediaType: string): boolean {
  return isManifestType(mediaType) || isIndexType(mediaType);
}

/**
 * Asks what a tag or digest points to, without its bytes; undefined when there is no such thing. A registry that leaves out what the
 * answer is for (digest, size, type) is asked for the whole manifest.
 */
export async function headManifest(place: Place, ref: Reference): Promise<Descriptor | undefined> {
  const response = await place.connection.send({
    ...manifestCall(place, ref),
    method: 'HEAD',
    accept: [200, 404, 405],
  });
  await discard(response.body);
  if (response.status === 404) return undefined;
  const digest = response.headers['docker-content-digest'];
  const size = response.headers['content-length'];
  const mediaType = typeOf(response);
  const complete =
    digest !== undefined &&
    isDigest(digest) &&
    size !== undefined &&
    /^\d+$/.test(size) &&
    isManifestLike(mediaType);
  if (response.status === 405 || !complete) return (await getManifest(place, ref))?.descriptor;
  if (ref.digest !== undefined && digest !== ref.digest) throw wrongDigest(place, ref.digest, digest);
  return { mediaType, digest, size: Number(size) };
}

/** Fetches a manifest and proves it: against the reference's digest, and the digest that the registry says. Undefined when it is not there. */
export async function getManifest(place: Place, ref: Reference): Promise<Fetched | undefined> {
  const response = await place.connection.send({
    ...manifestCall(place, ref),
    method: 'GET',
    accept: [200, 404],
  });
  if (response.status === 404) {
    await discard(response.body);
    return undefined;
  }
  const { bytes, whole } = await readUpTo(response.body, smallBlobLimit);
  if (!whole)
    throw new ToolError(
      'IMAGE_INVALID',
      `${formatReference(ref)} has a manifest of more than ${smallBlobLimit} bytes`,
    );
  const digest = digestOf(bytes);
  const said = response.headers['docker-content-digest'];
  if (ref.digest !== undefined && ref.digest !== digest) throw wrongDigest(place, ref.digest, digest);
  if (said !== undefined && isDigest(said) && said !== digest) throw wrongDigest(place, said, digest);
  const mediaType = bodyType(response, bytes, ref);
  return { descriptor: { mediaType, digest, size: bytes.byteLength }, bytes };
}

/** As the Content-Type says, when it says something; the body must not say otherwise (two readers could see two images in it). */
function bodyType(response: HttpResponse, bytes: Uint8Array, ref: Reference): string {
  const outer = typeOf(response);
  if (/docker\.distribution\.manifest\.v1\+/.test(outer)) {
    throw new ToolError(
      'UNSUPPORTED',
      `${formatReference(ref)} is an image in Docker's first form (schema 1), which registries gave up`,
      {
        hint: 'Push it again with a newer tool, or ask for a newer tag.',
      },
    );
  }
  const inner = manifestType(bytes);
  if (!isManifestLike(outer) || outer === inner) return inner;
  // A body without a mediaType of its own has been taken for OCI's by its shape; then the header decides within the same shape.
  if (!namesItsType(bytes) && isIndexType(outer) === isIndexType(inner)) return outer;
  throw new ToolError('IMAGE_INVALID', `${formatReference(ref)} is sent as ${outer} but says it is ${inner}`);
}

function namesItsType(bytes: Uint8Array): boolean {
  const body: unknown = JSON.parse(Buffer.from(bytes).toString('utf8'));
  return typeof body === 'object' && body !== null && 'mediaType' in body;
}

/** Stores a manifest under the reference's tag, or its digest when it has no tag. @returns the registry's answer */
export async function putManifest(
  place: Place,
  ref: Reference,
  descriptor: Descriptor,
  bytes: Uint8Array,
): Promise<HttpResponse> {
  verifyBytes(bytes, descriptor, 'manifest to push');
  if (ref.digest !== undefined && ref.digest !== descriptor.digest) {
    throw new ToolError(
      'REFERENCE_INVALID',
      `${formatReference(ref)} names another digest than the image has (${descriptor.digest})`,
    );
  }
  const response = await place.connection.send({
    ...{ method: 'PUT', to: `v2/${place.repository}/manifests/${ref.tag ?? descriptor.digest}`, body: bytes },
    headers: { 'content-type': descriptor.mediaType },
    scopes: pushScopes(place),
    accept: [200, 201, 202, 204],
    doing: `push ${formatReference(ref)}`,
  });
  await discard(response.body);
  const said = response.headers['docker-content-digest'];
  if (said !== undefined && isDigest(said) && said !== descriptor.digest)
    throw wrongDigest(place, descriptor.digest, said);
  return response;
}

/** Removes a manifest by digest (and with it every tag of it), or a tag where the registry can do that. */
export async function deleteManifest(place: Place, ref: Reference): Promise<void> {
  const name = ref.digest ?? ref.tag ?? 'latest';
  const response = await place.connection.send({
    ...{ method: 'DELETE', to: `v2/${place.repository}/manifests/${name}` },
    scopes: [repositoryScope(place.repository, 'delete', 'pull')],
    accept: [200, 202, 204, 400, 405],
    doing: `delete ${formatReference(ref)}`,
  });
  await discard(response.body);
  if (response.status !== 400 && response.status !== 405) return;
  throw new ToolError(
    'UNSUPPORTED',
    `${place.connection.endpoint.registry} does not delete ${ref.digest ? 'manifests' : 'tags'} (status ${response.status})`,
    {
      ...(!ref.digest && {
        hint: 'Name the digest to delete the image itself, with every tag that points to it.',
      }),
    },
  );
}

export function pushScopes(place: Place): readonly string[] {
  return [repositoryScope(place.repository, 'pull', 'push')];
}

function manifestCall(place: Place, ref: Reference) {
  return {
    to: `v2/${place.repository}/manifests/${ref.digest ?? ref.tag ?? 'latest'}${forMirror(place)}`,
    headers: { accept: accepted },
    scopes: [repositoryScope(place.repository, 'pull')],
    doing: `read ${formatReference(ref)}`,
  };
}

/** Tells a mirror that stands in for several registries which one is meant, as containerd does. */
export function forMirror({ connection }: Place): string {
  const { mirrorOf, prefix } = connection.endpoint;
  return mirrorOf === undefined || prefix !== '' ? '' : `?ns=${encodeURIComponent(mirrorOf)}`;
}

function typeOf(response: HttpResponse): string {
  return (response.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
}

function wrongDigest({ connection }: Place, wanted: Digest, got: string): ToolError {
  return new ToolError(
    'BLOB_CORRUPT',
    `${connection.endpoint.registry} sends a manifest with the digest ${got} for ${wanted}`,
    {
      hint: 'Nothing of it was used. Try again; if it stays, the registry or something before it is damaged.',
    },
  );
}
