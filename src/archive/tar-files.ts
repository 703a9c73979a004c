import { promises as fs } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { ToolError } from '../core/errors.ts';
import { fileError } from '../core/files.ts';
import { parentOf, safePath } from '../layer/safe-path.ts';
import type { Entry } from '../layer/entry.ts';
import type { FileSet } from './files.ts';
import { cut, readRange } from './range.ts';
import { scanTar } from './tar-scan.ts';

/** Archives of images hold a handful of files for each layer. */
const mostMembers = 100_000;
/** Links to links: more are a loop. */
const mostLinks = 40;

type Place = { readonly at: number; readonly size: number } | { readonly link: string };

/**
 * The files of a tar archive, where they lie: only headers are read now, contents when they are asked for. Nothing is unpacked.
 * Of two entries with one name the later counts, and links are followed inside the archive, as unpacking it would do.
 * @throws ToolError IMAGE_INVALID, ARCHIVE_UNSAFE, FILE_UNREADABLE
 */
export async function tarFiles(file: string): Promise<FileSet> {
  const places = new Map<string, Place>();
  const handle = await fs.open(file, 'r').catch((error: unknown) => {
    throw fileError(error, 'read', file);
  });
  try {
    await refuseCompressed(handle, file);
    for await (const { entry, at } of scanTar(handle, file)) {
      const place = placeOf(entry, at);
      if (place) places.set(entry.path, place);
      else places.delete(entry.path);
      if (places.size > mostMembers)
        throw new ToolError('IMAGE_INVALID', `${file} has more than ${mostMembers} files`);
    }
  } finally {
    await handle.close();
  }
  return {
    where: file,
    find: async (name) => {
      const place = follow(places, name);
      if (!place) return undefined;
      const { at, size } = place;
      return { size, open: () => readRange(file, at, size), place: { file, offset: at } };
    },
  };
}

function placeOf(entry: Entry, at: number): Place | undefined {
  if (entry.type === 'file') return { at, size: entry.size };
  if (entry.type === 'hardlink') return { link: entry.linkName ?? '' };
  if (entry.type !== 'symlink') return undefined;
  const target = path.posix.join('/', parentOf(entry.path), entry.linkName ?? '');
  // A link to somewhere else is no file of the archive.
  return entry.linkName?.startsWith('/') ? undefined : { link: target.slice(1) };
}

function follow(places: ReadonlyMap<string, Place>, name: string): { at: number; size: number } | undefined {
  let place = places.get(safePath(name, 'file of the archive'));
  for (let hops = 0; place && 'link' in place; hops++) {
    if (hops === mostLinks) return undefined;
    place = places.get(place.link);
  }
  return place;
}

async function refuseCompressed(handle: FileHandle, file: string): Promise<void> {
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(4), 0, 4, 0);
  if (bytesRead === 0) throw cut(file);
  const magic = buffer.toString('hex');
  const tool = magic.startsWith('1f8b') ? 'gunzip' : magic === '28b52ffd' ? 'unzstd' : undefined;
  if (tool === undefined) return;
  throw new ToolError('UNSUPPORTED', `${file} is a compressed archive, in which Coracle cannot jump`, {
    hint: `Unpack it first: ${tool} ${file}`,
  });
}
