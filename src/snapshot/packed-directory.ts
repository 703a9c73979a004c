import { promises as fs } from 'node:fs';
import { buildLayer } from '../layer/build-layer.ts';
import type { BlobSink } from '../layer/build-layer.ts';
import type { IndexEntry } from '../layer/layer-index.ts';
import { unpackLayer } from '../layer/read-layer.ts';
import { baseOf } from '../layer/safe-path.ts';
import { readTar } from '../layer/tar-read.ts';
import type { BlobSource } from '../oci/image.ts';
import type { Descriptor } from '../oci/types.ts';
import { fileContent, withContents } from './content.ts';
import { truncated } from './foreign.ts';
import { directoryForm } from './form.ts';
import type { IdMode } from './form.ts';
import { unpack } from './unpack.ts';
import { walk } from './walk.ts';
import { indexOf } from './walk-index.ts';

/**
 * Packs a directory that steps wrote to, and that is no layer (a cache mount), into a blob: owners, modes, times, links and attributes as the
 * steps see them. What has a name that a layer keeps for itself stays behind.
 * @throws ToolError CONTEXT_CHANGED when somebody writes to it meanwhile
 */
export async function packDirectory(
  directory: string,
  mode: IdMode,
  blobs: BlobSink,
  signal: AbortSignal,
): Promise<Descriptor> {
  const form = directoryForm(mode);
  const all = await walk(directory, form, { signal, since: Number.MAX_SAFE_INTEGER });
  const found = all.filter(({ entry, whiteout }) => !whiteout && !baseOf(entry.path).startsWith('.wh.'));
  const index = [await rootOf(directory), ...(await indexOf(found, signal, () => false))];
  const entries = withContents(index, (entry) => fileContent(directory, entry));
  const layer = await buildLayer(entries, { compression: { kind: 'zstd' }, mediaTypeFamily: 'oci' }, blobs);
  return layer.descriptor;
}

/** Unpacks what `packDirectory` gave into a directory that is not there yet. */
export async function unpackDirectory(
  directory: string,
  mode: IdMode,
  { blobs, blob }: { readonly blobs: BlobSource; readonly blob: Descriptor },
  signal: AbortSignal,
): Promise<void> {
  const tar = unpackLayer({ mediaType: blob.mediaType, open: () => blobs.open(blob) });
  await unpack(readTar(tar), directory, directoryForm(mode), { signal, mismatch: truncated });
}

async function rootOf(directory: string): Promise<IndexEntry> {
  const { mode, uid, gid, mtimeMs } = await fs.stat(directory);
  const about = { mode: mode & 0o7777, uid, gid, mtime: mtimeMs / 1000, size: 0 };
  return { path: '', type: 'directory', ...about };
}
