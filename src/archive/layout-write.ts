import { promises as fs } from 'node:fs';
import path from 'node:path';
import type { Ctx } from '../core/ctx.ts';
import { ToolError } from '../core/errors.ts';
import { fileError, readFileIfThere, sha256File, syncDirectory, writeFileAtomic } from '../core/files.ts';
import { withLock } from '../core/lock.ts';
import { checkManifest, isIndexBody } from '../oci/check.ts';
import { digestOf } from '../oci/digest.ts';
import { mediaTypes } from '../oci/types.ts';
import type { Index } from '../oci/types.ts';
import { collectBlobs } from './collect.ts';
import type { ArchiveItem, Blob } from './collect.ts';
import { blobPath, indexFile, layoutFile, layoutMarker } from './format.ts';
import { mergeEntries, namedEntries } from './names.ts';
import { writeWhole } from './partial.ts';
import { writeBytes } from './write.ts';

/**
 * Adds images to an OCI layout directory, which is made when it is missing. What the layout has already stays, but for names that
 * are given anew, as with `docker buildx build -o type=oci,tar=false`. index.json comes last, so that a reader never sees a name
 * without its blobs.
 * @throws ToolError IMAGE_INVALID when there is something else in that place; FILE_UNWRITABLE, DISK_FULL
 */
export async function writeLayout(ctx: Ctx, directory: string, items: readonly ArchiveItem[]): Promise<void> {
  const blobs = await collectBlobs(items);
  await fs.mkdir(path.join(directory, 'blobs', 'sha256'), { recursive: true }).catch((error: unknown) => {
    throw fileError(error, 'write', directory);
  });
  for (const blob of blobs) await writeBlob(directory, blob);
  await syncDirectory(path.join(directory, 'blobs', 'sha256'));
  await withLock(ctx, path.join(directory, `${indexFile}.lock`), async () => {
    const index = await readIndex(directory);
    const added = items.flatMap((item) => namedEntries(item.descriptor, item.names));
    const next: Index = { ...index, manifests: mergeEntries(index.manifests, added) };
    await writeFileAtomic(path.join(directory, layoutFile), layoutMarker);
    await writeFileAtomic(path.join(directory, indexFile), JSON.stringify(next));
  });
}

async function readIndex(directory: string): Promise<Index> {
  const file = path.join(directory, indexFile);
  const bytes = await readFileIfThere(file);
  if (!bytes) return { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: [] };
  const body = checkManifest(bytes, {
    mediaType: mediaTypes.ociIndex,
    digest: digestOf(bytes),
    size: bytes.byteLength,
  });
  if (isIndexBody(body)) return body;
  throw new ToolError('IMAGE_INVALID', `${file} is no index`);
}

async function writeBlob(directory: string, { descriptor, source }: Blob): Promise<void> {
  const file = path.join(directory, blobPath(descriptor.digest));
  // A blob that is there is used only if it is sound: the layout is handed on from here.
  const stat = await fs.stat(file).catch(() => undefined);
  if (stat?.size === descriptor.size && `sha256:${await sha256File(file)}` === descriptor.digest) return;
  try {
    await writeWhole(file, async (temp) =>
      writeBytes(source.open(descriptor), temp, { flag: 'wx', sync: true }),
    );
  } catch (error) {
    throw fileError(error, 'write', file);
  }
}
