import type { HttpResponse } from '../core/http.ts';
import { checkManifest, isIndexBody } from '../oci/check.ts';
import { digestOf, hexOf } from '../oci/digest.ts';
import type { Digest } from '../oci/digest.ts';
import { formatReference, isTag } from '../oci/reference.ts';
import type { Reference } from '../oci/reference.ts';
import { mediaTypes } from '../oci/types.ts';
import type { Descriptor, Index } from '../oci/types.ts';
import { smallBlobLimit } from '../oci/verify.ts';
import { discard, readUpTo } from './body.ts';
import { protocolError } from './errors.ts';
import { getManifest, putManifest } from './manifests.ts';
import type { Place } from './manifests.ts';
import { repositoryScope } from './scope.ts';

/** Pages of one list that are read at most; a registry that never ends its list is not believed. */
const mostPages = 10_000;

/** The tags of a repository, page by page (distribution specification, "Listing tags"). What is no tag is left out: it may be anything. */
export async function* listTags(place: Place, ref: Reference): AsyncGenerator<string> {
  const first = `v2/${place.repository}/tags/list?n=1000`;
  for await (const bytes of pagesOf(place, first, `list the tags of ${name(ref)}`)) {
    const body = parse(place, bytes);
    const tags = 'tags' in body ? body.tags : undefined;
    if (tags !== null && tags !== undefined && !Array.isArray(tags))
      throw protocolError(place.connection.endpoint.registry, 'its list of tags is none');
    for (const tag of (tags ?? []) as unknown[]) if (typeof tag === 'string' && isTag(tag)) yield tag;
  }
}

/**
 * What refers to a manifest (distribution specification, "Listing referrers"); from the tag `sha256-…` where the registry does not know the
 * question.
 */
export async function listReferrers(place: Place, ref: Reference, digest: Digest): Promise<Index> {
  const manifests: Descriptor[] = [];
  const first = `v2/${place.repository}/referrers/${digest}`;
  let known = false;
  for await (const bytes of pagesOf(
    place,
    first,
    `list what refers to ${name(ref)}@${digest}`,
    [404, 400, 405],
  )) {
    known = true;
    const body = checkManifest(bytes, {
      mediaType: mediaTypes.ociIndex,
      digest: digestOf(bytes),
      size: bytes.byteLength,
    });
    if (isIndexBody(body)) manifests.push(...body.manifests);
  }
  const index: Index = { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests };
  return known ? index : ((await taggedReferrers(place, ref, digest)) ?? index);
}

/** After pushing a manifest with a subject to a registry that does not keep referrers: adds it to the tag that stands in for them. */
export async function addReferrer(
  place: Place,
  ref: Reference,
  subject: Digest,
  referrer: Descriptor,
): Promise<void> {
  const old = await taggedReferrers(place, ref, subject);
  if (old?.manifests.some(({ digest }) => digest === referrer.digest)) return;
  const index: Index = {
    schemaVersion: 2,
    mediaType: mediaTypes.ociIndex,
    manifests: [...(old?.manifests ?? []), referrer],
  };
  const bytes = Buffer.from(JSON.stringify(index));
  const descriptor = { mediaType: mediaTypes.ociIndex, digest: digestOf(bytes), size: bytes.byteLength };
  await putManifest(place, fallbackTag(ref, subject), descriptor, bytes);
}

async function taggedReferrers(place: Place, ref: Reference, digest: Digest): Promise<Index | undefined> {
  const found = await getManifest(place, fallbackTag(ref, digest));
  if (!found) return undefined;
  const body = checkManifest(found.bytes, found.descriptor);
  return isIndexBody(body) ? body : undefined;
}

function fallbackTag(ref: Reference, digest: Digest): Reference {
  return { registry: ref.registry, repository: ref.repository, tag: `sha256-${hexOf(digest)}` };
}

async function* pagesOf(
  place: Place,
  first: string,
  doing: string,
  none: readonly number[] = [],
): AsyncGenerator<Uint8Array> {
  const scopes = [repositoryScope(place.repository, 'pull')];
  const seen = new Set<string>();
  let to: string | URL | undefined = first;
  for (let page = 0; to !== undefined && page < mostPages; page++) {
    const response: HttpResponse = await place.connection.send({
      method: 'GET',
      to,
      scopes,
      doing,
      accept: [200, ...none],
    });
    if (response.status !== 200) {
      await discard(response.body);
      return;
    }
    const { bytes, whole } = await readUpTo(response.body, smallBlobLimit);
    if (!whole)
      throw protocolError(
        place.connection.endpoint.registry,
        `a page of its list has more than ${smallBlobLimit} bytes`,
      );
    yield bytes;
    seen.add(response.url.href);
    to = nextPage(response);
    if (to instanceof URL && seen.has(to.href))
      throw protocolError(place.connection.endpoint.registry, 'its list goes in a circle');
  }
}

/** `Link: </v2/…?last=x>; rel="next"` (RFC 8288); only within the registry. */
function nextPage(response: HttpResponse): URL | undefined {
  const target = /<([^>]*)>\s*;[^,]*\brel="?next"?/i.exec(response.headers['link'] ?? '')?.[1];
  if (target === undefined || !URL.canParse(target, response.url.href)) return undefined;
  const to = new URL(target, response.url);
  // Behind a proxy a registry may think that it speaks plain HTTP, or has another name: the path is what it knows.
  return new URL(`${to.pathname}${to.search}`, response.url.origin);
}

function parse(place: Place, bytes: Uint8Array): object {
  try {
    const body: unknown = JSON.parse(Buffer.from(bytes).toString('utf8'));
    if (typeof body === 'object' && body !== null) return body;
  } catch {
    // told below
  }
  throw protocolError(place.connection.endpoint.registry, 'its list is no JSON object');
}

function name({ registry, repository }: Reference): string {
  return formatReference({ registry, repository });
}
