import path from 'node:path';
import { promises as fs } from 'node:fs';
import { collectBlobs, type ArchiveItem } from '../archive/collect.ts';
import type { Ctx } from '../core/ctx.ts';
import { formatReference, type Reference } from '../oci/reference.ts';
import type { Platform } from '../oci/types.ts';
import { openTarget, platformImage } from '../oci/view.ts';
import type { Copied } from '../registry/transfer.ts';
import { formatPlace, type Place } from './place.ts';
import type { Source } from './source.ts';

type ArchivePlace = Extract<Place, { kind: 'oci' | 'docker-archive' }>;

/**
 * Writes an image to an OCI layout (a tar when the path ends in `.tar`, else a directory) or a docker archive.
 * @throws ToolError FILE_UNWRITABLE, DISK_FULL; UNSUPPORTED for an index in a docker archive
 */
export async function writeArchive(
  ctx: Ctx,
  source: Source,
  place: ArchivePlace,
  platform?: Platform,
): Promise<Copied> {
  const { descriptor } = platform
    ? await platformImage(await openTarget(source.source, source.descriptor), platform)
    : source;
  const names = nameIn(place, source);
  const item: ArchiveItem = { descriptor, source: source.source, names: names === undefined ? [] : [names] };
  const step = { kind: 'step', id: 'archive', name: `write ${formatPlace(place, ctx.cwd)}` } as const;
  ctx.emit({ ...step, state: 'started', at: ctx.now().getTime() });
  try {
    await write(ctx, place, item);
  } catch (error) {
    ctx.emit({ ...step, state: ctx.signal.aborted ? 'cancelled' : 'failed', at: ctx.now().getTime() });
    throw error;
  }
  ctx.emit({ ...step, state: 'done', at: ctx.now().getTime() });
  const blobs = (await collectBlobs([item])).map((blob) => blob.descriptor);
  return {
    descriptor,
    copied: blobs.length,
    mounted: 0,
    present: 0,
    bytes: blobs.reduce((sum, blob) => sum + blob.size, 0),
  };
}

async function write(ctx: Ctx, place: ArchivePlace, item: ArchiveItem): Promise<void> {
  if (place.kind === 'docker-archive') {
    const { writeDockerTar } = await import('../archive/docker.ts');
    return writeDockerTar([item], place.path);
  }
  if (await isTar(place)) {
    const { writeOciTar } = await import('../archive/write.ts');
    return writeOciTar([item], place.path);
  }
  const { writeLayout } = await import('../archive/layout-write.ts');
  return writeLayout(ctx, place.path, [item]);
}

async function isTar(place: Extract<ArchivePlace, { kind: 'oci' }>): Promise<boolean> {
  const stat = await fs.stat(place.path).catch(() => undefined);
  return stat ? !stat.isDirectory() : place.tar || path.extname(place.path) === '.tar';
}

/** What the image is called in the archive: as asked for, else as at its source. */
function nameIn(place: ArchivePlace, source: Source): string | undefined {
  if (place.kind === 'docker-archive' && place.reference) return formatReference(place.reference);
  const own = referenceOf(source);
  const tag = place.kind === 'oci' ? place.tag : undefined;
  if (own === undefined) return tag;
  const { registry, repository } = own;
  const named = tag ?? own.tag;
  return named === undefined ? undefined : formatReference({ registry, repository, tag: named });
}

function referenceOf({ place }: Source): Reference | undefined {
  return 'reference' in place ? place.reference : undefined;
}
