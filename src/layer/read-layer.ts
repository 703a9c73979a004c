import { ToolError } from '../core/errors.ts';
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

function streamOf(layer: LayerSource): AsyncGenerator<Entry> {
  return readTar(decompress(layer.open(), { mediaType: layer.mediaType }));
}

/** A layer that is read a second time must be the same. */
export function changed(path: string): ToolError {
  return new ToolError(
    'BLOB_CORRUPT',
    `a layer changed while it was read: ${JSON.stringify(path)} is not where it was`,
    { hint: 'Run the same command again.' },
  );
}
