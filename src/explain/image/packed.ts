import { createReadStream, createWriteStream } from 'node:fs';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Ctx } from '../../core/ctx.ts';
import { ToolError } from '../../core/errors.ts';
import { fileError } from '../../core/files.ts';
import { withTempDir } from '../../core/temp.ts';
import { decompress } from '../../layer/decompress.ts';
import type { Bytes } from '../../oci/image.ts';

/**
 * An archive of an image that is packed as a whole, unpacked for the time of `work`: one cannot jump in it as it is.
 * @param work gets the archive's name for images/source.ts
 * @throws ToolError FILE_UNREADABLE, DISK_FULL, IMAGE_INVALID; UNSUPPORTED when it is no archive of an image
 */
export async function withUnpacked<R>(
  ctx: Ctx,
  file: string,
  work: (name: string) => Promise<R>,
): Promise<R> {
  return withTempDir(ctx, async (directory) => {
    const tar = path.join(directory, 'image.tar');
    try {
      await pipeline(decompress(createReadStream(file), { anyArchive: true }), createWriteStream(tar), {
        signal: ctx.signal,
      });
    } catch (error) {
      throw fileError(error, 'read', file);
    }
    const { tarFiles } = await import('../../archive/tar-files.ts');
    const files = await tarFiles(tar);
    if (await files.find('manifest.json')) return work(`docker-archive:${tar}`);
    if (await files.find('oci-layout')) return work(`oci:${tar}`);
    throw new ToolError(
      'UNSUPPORTED',
      `${file} is a packed archive, but not of an image: it has neither manifest.json nor oci-layout`,
      {
        hint: 'Unpack it, and name what is in it.',
      },
    );
  });
}

/** As `withUnpacked`, for a stream: unpacked until the stream is read or let go of. */
export async function* fromUnpacked(
  ctx: Ctx,
  file: string,
  open: (name: string) => Bytes,
): AsyncGenerator<Uint8Array, void, undefined> {
  const ready = Promise.withResolvers<string>();
  const over = Promise.withResolvers<void>();
  const unpacked = withUnpacked(ctx, file, async (name) => {
    ready.resolve(name);
    await over.promise;
  });
  unpacked.catch((error: unknown) => ready.reject(error));
  try {
    yield* open(await ready.promise);
  } finally {
    over.resolve();
    await unpacked;
  }
}
