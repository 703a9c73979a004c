import type { Ctx } from '../core/ctx.ts';
import { ToolError } from '../core/errors.ts';
import type { BlobSource } from '../oci/image.ts';
import type { Descriptor, Platform } from '../oci/types.ts';
import type { Copied } from '../registry/transfer.ts';
import type { Place } from './place.ts';
import type { Source } from './source.ts';

type ArchivePlace = Extract<Place, { kind: 'oci' | 'docker-archive' }>;

/** Opens an archive at the image that the place names. @throws ToolError NOT_FOUND, IMAGE_INVALID */
export async function openArchive(
  place: ArchivePlace,
): Promise<{ source: BlobSource; descriptor: Descriptor }> {
  throw new ToolError('UNSUPPORTED', `cannot read ${place.path} yet`);
}

/** Writes an archive. */
export async function writeArchive(
  _ctx: Ctx,
  _source: Source,
  place: ArchivePlace,
  _platform?: Platform,
): Promise<Copied> {
  throw new ToolError('UNSUPPORTED', `cannot write ${place.path} yet`);
}
