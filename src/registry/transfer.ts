/**
 * Copies an image or a whole index from any source to a registry or the store: only what is missing, blobs side by side, streaming. What
 * points to something is written after it, so that nobody ever sees an image without its parts.
 */
import { onceMap, semaphore } from '../core/concurrency.ts';
import { ToolError, isToolError } from '../core/errors.ts';
import { checkManifest, isIndexBody } from '../oci/check.ts';
import type { Digest } from '../oci/digest.ts';
import type { BlobSource, Bytes } from '../oci/image.ts';
import { formatPlatform, matchPlatform } from '../oci/platform.ts';
import { formatReference } from '../oci/reference.ts';
import type { Reference } from '../oci/reference.ts';
import { mediaTypes } from '../oci/types.ts';
import type { Descriptor, Index, Manifest, Platform } from '../oci/types.ts';
import type { BlobStore } from '../store/blobs.ts';
import type { Registry } from './client.ts';
import { isManifestLike } from './manifests.ts';

export type Moved = 'copied' | 'mounted' | 'present';

/** Where an image is copied to. */
export interface Sink {
  /** True when the manifest is there with everything it needs, so that nothing below it has to be looked at. */
  isWhole(manifest: Descriptor): Promise<boolean>;
  /** Puts a blob there unless it is there. `open` gives verified bytes. */
  blob(descriptor: Descriptor, open: () => Bytes, onProgress: (done: number) => void): Promise<Moved>;
  /** Puts a manifest there, whose parts are there already. `root` is the one that gets the name. */
  manifest(descriptor: Descriptor, bytes: Uint8Array, root: boolean): Promise<void>;
}

export interface CopySource {
  readonly source: BlobSource;
  readonly descriptor: Descriptor;
}

/** What happens to one blob. */
export interface BlobEvent {
  readonly descriptor: Descriptor;
  readonly state: 'started' | 'progress' | Moved;
  /** Bytes. */
  readonly done: number;
}

export interface CopyOptions {
  /** Of an index only the image for this platform; without it the whole index. */
  readonly platform?: Platform;
  readonly onBlob?: (event: BlobEvent) => void;
  /** Blobs moved at once. Default 4. */
  readonly parallel?: number;
}

export interface Copied {
  /** What now stands at the destination. */
  readonly descriptor: Descriptor;
  readonly copied: number;
  readonly mounted: number;
  readonly present: number;
  /** Bytes of the blobs that were copied. */
  readonly bytes: number;
}

/** Indexes in indexes; more is no image but an attack. */
const deepest = 8;

/** @throws ToolError whatever the source and the sink throw; NOT_FOUND when the index has no such platform */
export async function copyTarget(from: CopySource, to: Sink, options: CopyOptions = {}): Promise<Copied> {
  const counts = { copied: 0, mounted: 0, present: 0, bytes: 0 };
  const lanes = semaphore(options.parallel ?? 4);
  const once = onceMap<void>();

  async function blob(descriptor: Descriptor): Promise<void> {
    const tell = (state: BlobEvent['state'], done: number): void =>
      options.onBlob?.({ descriptor, state, done });
    await once(descriptor.digest, async () =>
      lanes.run(async () => {
        tell('started', 0);
        const moved = await twice(
          async () =>
            await to.blob(
              descriptor,
              () => from.source.open(descriptor),
              (done) => tell('progress', done),
            ),
        );
        counts[moved]++;
        if (moved === 'copied') counts.bytes += descriptor.size;
        tell(moved, descriptor.size);
      }),
    );
  }

  async function manifest(descriptor: Descriptor, root: boolean, depth: number): Promise<void> {
    if (depth > deepest) throw new ToolError('IMAGE_INVALID', `indexes are nested deeper than ${deepest}`);
    const bytes = await from.source.read(descriptor);
    const body = checkManifest(bytes, descriptor);
    if (!(await to.isWhole(descriptor))) {
      await allSettled(
        isIndexBody(body)
          ? body.manifests.map(async (child) => await part(child, depth))
          : partsOf(body).map(blob),
      );
    }
    await to.manifest(descriptor, bytes, root);
  }

  async function part(child: Descriptor, depth: number): Promise<void> {
    if (!isManifestLike(child.mediaType)) return await blob(child);
    await once(child.digest, async () => await manifest(child, false, depth + 1));
  }

  const chosen = await choose(from, options.platform);
  await manifest(chosen, true, 0);
  return { descriptor: chosen, ...counts };
}

/** All of them are waited for, so that nothing goes on behind a failure; then the first failure counts. */
async function allSettled(work: readonly Promise<void>[]): Promise<void> {
  const results = await Promise.allSettled(work);
  const failed = results.find((result) => result.status === 'rejected');
  if (failed) throw failed.reason;
}

/** Bytes may be damaged on their way: once more is worth it, and a registry's mirror that sent them is not asked again. */
async function twice<R>(work: () => Promise<R>): Promise<R> {
  try {
    return await work();
  } catch (error) {
    if (!isToolError(error, 'BLOB_CORRUPT')) throw error;
    return await work().catch((again: unknown) => {
      // A store sets what is damaged aside; that it is missing now is not the news.
      throw isToolError(again, 'NOT_FOUND') ? error : again;
    });
  }
}

/** Config and layers; layers that must not be distributed stay where they are. */
function partsOf(manifest: Manifest): Descriptor[] {
  const restricted = ({ mediaType, urls }: Descriptor): boolean =>
    mediaType === mediaTypes.dockerForeignLayer ||
    (mediaType.includes('.nondistributable.') && (urls?.length ?? 0) > 0);
  return [manifest.config, ...manifest.layers.filter((layer) => !restricted(layer))];
}

async function choose(
  { source, descriptor }: CopySource,
  platform: Platform | undefined,
): Promise<Descriptor> {
  if (!platform) return descriptor;
  const body = checkManifest(await source.read(descriptor), descriptor);
  if (!isIndexBody(body)) return descriptor;
  const found = matchPlatform(platform, body.manifests);
  if (found) return found;
  throw new ToolError('NOT_FOUND', `the index has no image for ${formatPlatform(platform)}`, {
    hint: `It has ${platformsOf(body)}.`,
  });
}

function platformsOf(index: Index): string {
  const names = index.manifests.flatMap(({ platform }) =>
    platform && platform.os !== 'unknown' ? [formatPlatform(platform)] : [],
  );
  return names.length > 0 ? names.join(', ') : 'none with a platform';
}

/**
 * A repository. `ref`'s tag (or digest) is given to the root; `mountFrom` names a repository of the same registry that may have the blobs, or
 * that may have the one of that digest.
 */
export function registrySink(
  registry: Registry,
  ref: Reference,
  options: { readonly mountFrom?: string | ((digest: Digest) => string | undefined) } = {},
): Sink {
  const { registry: host, repository } = ref;
  const byDigest = (digest: Digest): Reference => ({ registry: host, repository, digest });
  const mount = (digest: Digest): { mountFrom?: string } => {
    const from = typeof options.mountFrom === 'function' ? options.mountFrom(digest) : options.mountFrom;
    return from === undefined || from === repository ? {} : { mountFrom: from };
  };
  return {
    // A registry takes a manifest only when it has what is in it.
    isWhole: async (descriptor) => (await registry.head(byDigest(descriptor.digest))) !== undefined,
    blob: async (descriptor, open, onProgress) => {
      const push = { ...mount(descriptor.digest), onProgress, verified: true };
      const pushed = await registry.pushBlob(ref, descriptor, open, push);
      return pushed === 'uploaded' ? 'copied' : pushed;
    },
    manifest: async (descriptor, bytes, root) =>
      await registry.pushManifest(
        root ? named(ref, descriptor) : byDigest(descriptor.digest),
        descriptor,
        bytes,
      ),
  };
}

function named(ref: Reference, { digest }: Descriptor): Reference {
  if (ref.digest !== undefined && ref.digest !== digest) {
    throw new ToolError(
      'REFERENCE_INVALID',
      `${formatReference(ref)} names another digest than the image has (${digest})`,
    );
  }
  return ref.tag === undefined && ref.digest === undefined ? { ...ref, tag: 'latest' } : ref;
}

/** The store's blobs; names are the caller's business. */
export function storeSink(blobs: BlobStore): Sink {
  return {
    // The store may have lost a blob of a manifest that it has: each is looked at.
    isWhole: async () => await Promise.resolve(false),
    async blob(descriptor, open, onProgress) {
      const { digest, size } = descriptor;
      if ((await blobs.has(digest)) === size) return 'present';
      await blobs.put(counted(open(), onProgress), { digest, size });
      return 'copied';
    },
    async manifest({ digest, size }, bytes) {
      await blobs.put(bytes, { digest, size });
    },
  };
}

async function* counted(bytes: Bytes, onProgress: (done: number) => void): AsyncGenerator<Uint8Array> {
  let done = 0;
  for await (const chunk of bytes) {
    done += chunk.byteLength;
    yield chunk;
    onProgress(done);
  }
}
