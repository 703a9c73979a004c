import { ToolError } from '../core/errors.ts';
import type { IndexEntry } from '../layer/layer-index.ts';
import { breath } from './breath.ts';
import type { DirectoryForm } from './form.ts';
import { layerWriter } from './layer-writer.ts';
import type { Unpacked } from './layer-writer.ts';
import { unwritable } from './unwritable.ts';
import type { Mismatch, Unpackable } from './unpackable.ts';

/** Entries after which others get a turn. */
const turn = 200;

/**
 * Writes a layer in overlayfs form into `root`, a new directory of this process's own, and hashes its files on the way. Nothing is ever
 * written through a link: all that is there was made here, and is known.
 * @throws ToolError ARCHIVE_UNSAFE, IMAGE_INVALID, DISK_FULL, FILE_UNWRITABLE; what `mismatch` makes
 */
export async function unpack(
  entries: AsyncIterable<Unpackable> | Iterable<Unpackable>,
  root: string,
  form: DirectoryForm,
  options: { readonly signal: AbortSignal; readonly mismatch: Mismatch },
): Promise<Unpacked> {
  const writer = layerWriter(root, form, options.mismatch);
  let count = 0;
  for await (const entry of entries) {
    if (++count % turn === 0) await breath();
    options.signal.throwIfAborted();
    try {
      await writer.put(entry);
    } catch (error) {
      throw unwritable(error, entry, root);
    }
  }
  return writer.finish();
}

/** Writes directories and nothing else, with those above them. @param entries parents first */
export async function unpackDirectories(
  entries: readonly IndexEntry[],
  root: string,
  form: DirectoryForm,
): Promise<void> {
  const writer = layerWriter(root, form, () => new ToolError('INTERNAL', 'a directory has no content'));
  for (const entry of entries) if (entry.type === 'directory') await writer.put(entry);
  writer.finish();
}
