/**
 * registry/ speaks the OCI distribution specification 1.1 and knows its credentials. It believes nothing: every manifest and blob is proven
 * against its digest, every length has a limit, credentials go to one origin. It must not know what the images are for.
 */
import type { Ctx } from '../core/ctx.ts';
import { ToolError, isToolError } from '../core/errors.ts';
import type { RetryOptions } from '../core/retry.ts';
import { checkManifest } from '../oci/check.ts';
import type { Digest } from '../oci/digest.ts';
import type { BlobSource, Bytes } from '../oci/image.ts';
import { formatReference } from '../oci/reference.ts';
import type { Reference } from '../oci/reference.ts';
import type { Descriptor, Index } from '../oci/types.ts';
import { checkSmall, verifyBytes } from '../oci/verify.ts';
import { certificateDirectories, createTrust } from './certificates.ts';
import { connect } from './connection.ts';
import type { Connection } from './connection.ts';
import { userCredentials } from './credentials.ts';
import type { CredentialSource } from './credentials.ts';
import { downloadBlob } from './download.ts';
import { mirrorEndpoint, registryEndpoint } from './endpoint.ts';
import type { Endpoint } from './endpoint.ts';
import { addReferrer, listReferrers, listTags } from './lists.ts';
import { deleteManifest, getManifest, headManifest, isManifestLike, putManifest } from './manifests.ts';
import type { Fetched, Place } from './manifests.ts';
import { hasBlob, pushBlob, pushStream } from './upload.ts';
import type { PushOptions, Pushed } from './upload.ts';

export interface RegistryOptions {
  /** Hosts, with their port, that may speak plain HTTP or show any certificate. Loopback may always speak plain HTTP. */
  readonly insecure?: readonly string[];
  /** PEM certificates of authorities to trust besides the usual ones. */
  readonly ca?: string;
  /** For a registry, where to ask first when pulling: `host[:port][/prefix]`, in order. */
  readonly mirrors?: Readonly<Record<string, readonly string[]>>;
  /** Default: Docker's and Podman's files and helpers. */
  readonly credentials?: CredentialSource;
  readonly retry?: RetryOptions;
  /** Milliseconds of silence after which a connection counts as broken. */
  readonly idleTimeout?: number;
  /** Folders of certificates by host. Default: Docker's and Podman's. */
  readonly certificateDirectories?: readonly string[];
}

/** A client of all registries; what is asked of which is in the reference. Digests go before tags when reading; no tag means `latest`. */
export interface Registry {
  /** What a reference points to at the registry itself, never a mirror; undefined when there is nothing. One HEAD. */
  head(ref: Reference): Promise<Descriptor | undefined>;
  /** As `head`, but mirrors first. @throws ToolError NOT_FOUND */
  resolve(ref: Reference): Promise<Descriptor>;
  /** The manifest's bytes, proven; mirrors first. @throws ToolError NOT_FOUND, BLOB_CORRUPT */
  manifest(ref: Reference): Promise<Fetched>;
  /** Blobs and manifests of the reference's repository; mirrors first. */
  source(ref: Reference): BlobSource;
  hasBlob(ref: Reference, digest: Digest): Promise<boolean>;
  /** `open` is called once for each time the bytes are sent. */
  pushBlob(ref: Reference, descriptor: Descriptor, open: () => Bytes, options?: PushOptions): Promise<Pushed>;
  /** Uploads bytes whose digest is not known yet, in chunks. */
  pushStream(
    ref: Reference,
    bytes: Bytes,
    onProgress?: (sent: number) => void,
  ): Promise<{ digest: Digest; size: number }>;
  /** Under the reference's tag, else its digest. */
  pushManifest(ref: Reference, descriptor: Descriptor, bytes: Uint8Array): Promise<void>;
  tags(ref: Reference): AsyncGenerator<string>;
  referrers(ref: Reference, digest: Digest): Promise<Index>;
  deleteManifest(ref: Reference): Promise<void>;
}

export function createRegistry(ctx: Ctx, options: RegistryOptions = {}): Registry {
  const { insecure = [], idleTimeout, retry = {} } = options;
  const credentials = options.credentials ?? userCredentials(ctx);
  const trust = createTrust(options.certificateDirectories ?? certificateDirectories(ctx), {
    insecure,
    ...(options.ca !== undefined && { ca: options.ca }),
  });
  const connections = new Map<string, Connection>();
  const distrusted = new Set<string>();

  const at = (endpoint: Endpoint, ref: Reference): Place => {
    // Podman keeps credentials by repository too, and a token may be for one: but one connection for each host and name space is enough.
    const key = `${endpoint.host} ${endpoint.prefix} ${endpoint.mirrorOf ?? ''} ${endpoint.mirrorOf === undefined ? ref.repository : ''}`;
    const repository = endpoint.prefix + ref.repository;
    let connection = connections.get(key);
    if (!connection) {
      const credential = async () => await credentials.get(endpoint.registry, repository);
      connection = connect(ctx, endpoint, { credential, trust, insecure, retry, idleTimeout });
      connections.set(key, connection);
    }
    return { connection, repository };
  };
  const home = (ref: Reference): Place => at(registryEndpoint(ref.registry, insecure), ref);
  const mirrors = (ref: Reference): Place[] =>
    (options.mirrors?.[ref.registry] ?? []).map((mirror) =>
      at(mirrorEndpoint(mirror, ref.registry, insecure), ref),
    );

  /** Asks the mirrors, then the registry itself, whose answer counts. */
  async function firstOf<R>(ref: Reference, ask: (place: Place) => Promise<R | undefined>): Promise<R> {
    for (const place of mirrors(ref)) {
      try {
        const found = await ask(place);
        if (found !== undefined) return found;
      } catch (error) {
        if (!isToolError(error)) throw error;
        if (!isToolError(error, 'NOT_FOUND')) warnOfMirror(place, ref, error);
      }
    }
    const found = await ask(home(ref));
    if (found !== undefined) return found;
    throw new ToolError('NOT_FOUND', `there is no ${formatReference(ref)}`, {
      hint: `Check the name and the tag. A private repository may hide itself until you log in: coracle login ${ref.registry}`,
    });
  }
  function warnOfMirror(place: Place, ref: Reference, error: ToolError): void {
    const mirror = place.connection.endpoint.host;
    if (!distrusted.has(mirror))
      ctx.emit({
        kind: 'warning',
        message: `mirror ${mirror} is passed over for ${ref.registry}: ${error.message}`,
      });
    distrusted.add(mirror);
  }
  const manifest = async (ref: Reference): Promise<Fetched> =>
    await firstOf(ref, async (place) => await getManifest(place, ref));
  const name = ({ registry, repository }: Reference): string => formatReference({ registry, repository });

  function open(ref: Reference, descriptor: Descriptor): Bytes {
    const known = (place: Place): string => `${place.connection.endpoint.host} ${descriptor.digest}`;
    const places = [...mirrors(ref).filter((place) => !distrusted.has(known(place))), home(ref)];
    return downloadBlob(ctx, places, descriptor, {
      retry,
      name: name(ref),
      distrust: (used) => {
        for (const place of used)
          if (place.connection.endpoint.mirrorOf !== undefined) distrusted.add(known(place));
      },
    });
  }
  async function read(ref: Reference, descriptor: Descriptor): Promise<Uint8Array> {
    checkSmall(descriptor);
    if (isManifestLike(descriptor.mediaType)) {
      const { registry, repository } = ref;
      const { bytes } = await manifest({ registry, repository, digest: descriptor.digest });
      verifyBytes(bytes, descriptor, name(ref));
      return bytes;
    }
    for (let attempt = 1; ; attempt++) {
      try {
        const chunks: Uint8Array[] = [];
        for await (const chunk of open(ref, descriptor)) chunks.push(chunk);
        return Buffer.concat(chunks);
      } catch (error) {
        // Once more, without the mirror that lied; the registry's own word is the last.
        if (attempt === 2 || !isToolError(error, 'BLOB_CORRUPT')) throw error;
      }
    }
  }

  return {
    head: async (ref) => await headManifest(home(ref), ref),
    resolve: async (ref) => await firstOf(ref, async (place) => await headManifest(place, ref)),
    manifest,
    source: (ref) => ({
      read: async (descriptor) => await read(ref, descriptor),
      open: (descriptor) =>
        isManifestLike(descriptor.mediaType)
          ? once(async () => await read(ref, descriptor))
          : open(ref, descriptor),
    }),
    hasBlob: async (ref, digest) =>
      await hasBlob(home(ref), digest, false, `look for ${digest} in ${name(ref)}`),
    pushBlob: async (ref, descriptor, open, push = {}) =>
      await pushBlob(ctx, home(ref), descriptor, open, { ...push, name: name(ref), retry }),
    pushStream: async (ref, bytes, onProgress) =>
      await pushStream(ctx, home(ref), bytes, { name: name(ref), retry, ...(onProgress && { onProgress }) }),
    async pushManifest(ref, descriptor, bytes) {
      const { subject, ...body } = checkManifest(bytes, descriptor);
      const response = await putManifest(home(ref), ref, descriptor, bytes);
      if (!subject || response.headers['oci-subject'] !== undefined) return;
      const artifactType = body.artifactType ?? ('config' in body ? body.config.mediaType : undefined);
      const { annotations } = body;
      const { mediaType, digest, size } = descriptor;
      const referrer = {
        mediaType,
        digest,
        size,
        ...(artifactType !== undefined && { artifactType }),
        ...(annotations && { annotations }),
      };
      await addReferrer(home(ref), ref, subject.digest, referrer);
    },
    tags: (ref) => listTags(home(ref), ref),
    referrers: async (ref, digest) => await listReferrers(home(ref), ref, digest),
    deleteManifest: async (ref) => await deleteManifest(home(ref), ref),
  };
}

async function* once(read: () => Promise<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield await read();
}
