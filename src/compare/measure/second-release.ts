import type { Ctx } from '../../core/ctx.ts';
import { isToolError } from '../../core/errors.ts';
import { hostPlatform } from '../../oci/platform.ts';
import type { BlobSource } from '../../oci/image.ts';
import type { Descriptor } from '../../oci/types.ts';
import { openTarget, platformImage } from '../../oci/view.ts';
import { openStore } from '../../store/store.ts';
import type { BuiltMethod, Method } from '../method.ts';
import type { Measured } from '../types.ts';
import type { ProgramCopy } from './copy.ts';

/**
 * Builds the next release, one line of the program changed, and counts what a pull of it moves to where the first one lies: manifest, config and
 * compressed layers that the first one does not have.
 * @param changed a copy in which a line was changed
 */
export async function secondRelease(
  ctx: Ctx,
  method: Pick<Method, 'kind' | 'build'>,
  first: BuiltMethod,
  changed: Pick<ProgramCopy, 'directory'>,
): Promise<Measured> {
  if (method.kind === 'image') return { missing: 'an image that was given cannot be built again' };
  try {
    const { descriptor } = await method.build(ctx, { directory: changed.directory });
    const { blobs } = await openStore(ctx);
    if (descriptor.digest === first.descriptor.digest)
      return { missing: 'the changed line changes nothing in the image' };
    return { value: await movedBytes(blobs, first.descriptor, descriptor) };
  } catch (error) {
    ctx.signal.throwIfAborted();
    if (!isToolError(error)) throw error;
    return { missing: `the changed program could not be built: ${error.message}` };
  }
}

/** Bytes of the blobs of `next` that `first` does not have; an index counts as its image for this machine. */
async function movedBytes(blobs: BlobSource, first: Descriptor, next: Descriptor): Promise<number> {
  const there = new Set((await partsOf(blobs, first)).map(({ digest }) => digest));
  const wanted = new Map((await partsOf(blobs, next)).map((part) => [part.digest, part.size]));
  let sum = 0;
  for (const [digest, size] of wanted) if (!there.has(digest)) sum += size;
  return sum;
}

async function partsOf(
  blobs: BlobSource,
  descriptor: Descriptor,
): Promise<Pick<Descriptor, 'digest' | 'size'>[]> {
  const image = await platformImage(await openTarget(blobs, descriptor), hostPlatform());
  const { config, layers } = await image.manifest();
  return [image.descriptor, config, ...layers];
}
