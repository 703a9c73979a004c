import { ToolError } from '../../core/errors.ts';
import { changed, readLayer } from '../../layer/read-layer.ts';
import type { Bytes, Layer } from '../../oci/image.ts';
import type { FilePart } from '../files/program-bytes.ts';
import { pathAt } from '../files/scan.ts';
import type { ScannedLayer } from './scan-layer.ts';

/** A file of an image cannot be taken into memory when it is larger than this; no program is. */
const largestInMemory = 1024 ** 3;

/** Where a content lies as it is; undefined for one that is packed, or larger than a program. */
export function contentPart({ scan, place }: ScannedLayer, entry: number): FilePart | undefined {
  const size = scan.sizes[entry] ?? 0;
  if (!place || size > largestInMemory) return undefined;
  return { file: place.file, offset: place.offset + (scan.offsets[entry] ?? 0), size };
}

/** A content as a stream; the layer is read up to it. */
export async function* openContent(
  layer: Layer,
  { scan }: ScannedLayer,
  entry: number,
): Bytes & AsyncGenerator<Uint8Array> {
  let index = 0;
  for await (const found of readLayer(layer)) {
    if (index++ < entry) continue;
    if (found.path !== pathAt(scan, entry) || found.size !== scan.sizes[entry]) throw changed(found.path);
    if (found.content) yield* found.content();
    return;
  }
  throw changed(pathAt(scan, entry));
}

/** A content in memory. @throws ToolError ARCHIVE_TOO_LARGE */
export async function readContent(layer: Layer, scanned: ScannedLayer, entry: number): Promise<Buffer> {
  const size = scanned.scan.sizes[entry] ?? 0;
  if (size > largestInMemory)
    throw new ToolError(
      'ARCHIVE_TOO_LARGE',
      `${JSON.stringify(pathAt(scanned.scan, entry))} has ${size} bytes, more than a program has`,
    );
  const chunks: Uint8Array[] = [];
  for await (const chunk of openContent(layer, scanned, entry)) chunks.push(chunk);
  return Buffer.concat(chunks);
}
