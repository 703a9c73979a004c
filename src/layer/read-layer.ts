import { ToolError, isToolError } from '../core/errors.ts';
import type { Bytes, Layer } from '../oci/image.ts';
import { decompress } from './decompress.ts';
import type { Entry } from './entry.ts';
import { readTar } from './tar-read.ts';

/** As much of a Layer as is needed to read it. */
export type LayerSource = Pick<Layer, 'mediaType' | 'open'>;

/**
 * The entries of a layer. Unlike those of `readTar` their contents can be read at any time and more than once: in its turn a
 * content comes from the stream itself; later the layer is opened again and read up to it, which is meant for a few contents.
 * @throws ToolError as decompress and readTar
 */
export async function* readLayer(layer: LayerSource): AsyncGenerator<Entry> {
  let index = 0;
  for await (const entry of streamOf(layer)) {
    const { content } = entry;
    const at = index++;
    if (!content) {
      yield entry;
      continue;
    }
    let turn = true;
    const open = (): Bytes => {
      if (!turn) return contentAt(layer, at, entry);
      turn = false;
      return content();
    };
    yield { ...entry, content: open };
    turn = false;
  }
}

/** Stops after the content: the pass that found the entry has checked the whole layer. */
async function* contentAt(layer: LayerSource, at: number, wanted: Entry): AsyncGenerator<Uint8Array> {
  let index = 0;
  for await (const entry of streamOf(layer)) {
    if (index++ < at) continue;
    if (entry.path !== wanted.path || entry.size !== wanted.size || !entry.content)
      throw changed(wanted.path);
    yield* entry.content();
    return;
  }
  throw changed(wanted.path);
}

async function* streamOf(layer: LayerSource): AsyncGenerator<Entry> {
  try {
    yield* readTar(unpackLayer(layer));
  } catch (error) {
    throw await causeOf(error, layer);
  }
}

/**
 * The bytes of a layer, unpacked.
 * @throws ToolError as decompress; BLOB_CORRUPT when the layer is not what its digest says
 */
export async function* unpackLayer(layer: LayerSource): AsyncGenerator<Uint8Array> {
  try {
    yield* decompress(layer.open(), { mediaType: layer.mediaType });
  } catch (error) {
    throw await causeOf(error, layer);
  }
}

/** Damage shows in the packing before the digest, which stands at the end, could tell. A damaged blob is mended, a broken image is not. */
async function causeOf(error: unknown, layer: LayerSource): Promise<unknown> {
  if (!isToolError(error, 'IMAGE_INVALID')) return error;
  const blob = layer.open()[Symbol.asyncIterator]();
  try {
    while (!(await blob.next()).done);
    return error;
  } catch (found) {
    return isToolError(found, 'BLOB_CORRUPT') ? found : error;
  }
}

/** A layer that is read a second time must be the same. */
export function changed(path: string): ToolError {
  return new ToolError(
    'BLOB_CORRUPT',
    `a layer changed while it was read: ${JSON.stringify(path)} is not where it was`,
    { hint: 'Run the same command again.' },
  );
}
