import { ToolError } from '../core/errors.ts';
import { checkManifest, isIndexBody } from '../oci/check.ts';
import { digestOf } from '../oci/digest.ts';
import type { BlobSource } from '../oci/image.ts';
import { asString, parseObject } from '../oci/shape.ts';
import { mediaTypes } from '../oci/types.ts';
import type { Descriptor, Index } from '../oci/types.ts';
import { layoutSource } from './blob-source.ts';
import { openFiles, readSmall } from './files.ts';
import type { FileSet } from './files.ts';
import { indexFile, layoutFile } from './format.ts';

/** An OCI layout that was opened. */
export interface Layout {
  /** Verified; it also has the bytes of index.json. */
  readonly source: BlobSource;
  readonly index: Index;
  /** Of index.json itself. */
  readonly descriptor: Descriptor;
}

/**
 * Opens an OCI layout (image-spec, image-layout.md), a directory or a tar of one.
 * @throws ToolError NOT_FOUND, FILE_UNREADABLE, IMAGE_INVALID, ARCHIVE_UNSAFE
 */
export async function openLayout(location: string): Promise<Layout> {
  const files = await openFiles(location);
  const layout = await layoutOf(files);
  if (layout) return layout;
  throw new ToolError(
    'IMAGE_INVALID',
    `${location} is no OCI layout: it has no ${layoutFile} or no ${indexFile}`,
    {
      hint: `Of an archive that docker save made, write docker-archive:${location}`,
    },
  );
}

/** The layout in these files, or undefined when they are something else. */
export async function layoutOf(files: FileSet): Promise<Layout | undefined> {
  const marker = await readSmall(files, layoutFile);
  const bytes = marker && (await readSmall(files, indexFile));
  if (!marker || !bytes) return undefined;
  checkVersion(marker, files.where);
  const descriptor = { mediaType: mediaTypes.ociIndex, digest: digestOf(bytes), size: bytes.byteLength };
  const index = checkManifest(bytes, descriptor);
  if (!isIndexBody(index)) throw new ToolError('IMAGE_INVALID', `${files.where}: ${indexFile} is no index`);
  return { source: layoutSource(files, [bytes]), index, descriptor };
}

function checkVersion(marker: Uint8Array, where: string): void {
  const version = asString(
    parseObject(marker, `${where}: ${layoutFile}`)['imageLayoutVersion'],
    `${where}: imageLayoutVersion`,
  );
  if (/^1\.\d+\.\d+$/.test(version)) return;
  throw new ToolError(
    'IMAGE_INVALID',
    `${where} is an OCI layout of version ${JSON.stringify(version.slice(0, 20))}; Coracle reads version 1`,
  );
}
