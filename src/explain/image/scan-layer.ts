import { ToolError, isToolError } from '../../core/errors.ts';
import { unpackLayer } from '../../layer/read-layer.ts';
import type { FilePlace, Layer } from '../../oci/image.ts';
import { lookInto } from '../files/look.ts';
import type { Keep } from '../files/look.ts';
import { scanBuilder } from '../files/scan.ts';
import type { FileScan } from '../files/scan.ts';
import { plainFile } from './plain-file.ts';
import { tarScanner } from './tar-scanner.ts';

/** A layer as it was read. */
export interface ScannedLayer {
  readonly scan: FileScan;
  /** Bytes of the tar. */
  readonly unpacked: number;
  /** Why it could not be read to its end. What was read before stands in `scan`. */
  readonly problem?: string;
  /** Where the tar lies as it is: then contents are read there when they are needed. */
  readonly place?: FilePlace;
}

/** Entries of an image that are described: real ones have a few hundred thousand, and each is kept in memory. */
export const mostEntries = 1_000_000;

/** What makes a layer unreadable, where the other layers may still be read. */
const damage = [
  'IMAGE_INVALID',
  'BLOB_CORRUPT',
  'ARCHIVE_UNSAFE',
  'ARCHIVE_TOO_LARGE',
  'UNSUPPORTED',
  'NOT_FOUND',
] as const;

export interface ScanOptions {
  readonly progress: (bytes: number) => void;
  readonly keep?: Keep;
  /** Entries that may still be described; all layers of an image share one. */
  readonly budget: { entries: number };
}

/**
 * Reads a layer once, from its beginning to its end, and keeps of it what a FileScan has. Its digest is verified on the way.
 * @throws what the layer's source throws, but for damage, which is the scan's `problem`
 */
export async function scanLayer(
  signal: AbortSignal,
  layer: Layer,
  { progress, keep, budget }: ScanOptions,
): Promise<ScannedLayer> {
  const scan = scanBuilder();
  const found = await locate(layer);
  const sink = lookInto(scan, true, found ? undefined : keep);
  const scanner = tarScanner({
    entry: (entry, at) => {
      if (budget.entries-- <= 0) throw tooMany();
      sink.entry(entry, at);
    },
    content: sink.content,
  });
  let unpacked = 0;
  try {
    for await (const chunk of found?.bytes ?? unpackLayer(layer)) {
      signal.throwIfAborted();
      unpacked += chunk.byteLength;
      scanner.push(chunk);
      progress(unpacked);
    }
    scanner.end();
    return { scan: scan.done(), unpacked, ...(found && { place: found.place }) };
  } catch (error) {
    if (!isToolError(error, ...damage)) throw error;
    sink.close();
    return { scan: scan.done(), unpacked, problem: error.message, ...(found && { place: found.place }) };
  } finally {
    sink.close();
  }
}

/** What is wrong with the place shows again, and is told, when the layer is read the other way. */
async function locate(layer: Layer): ReturnType<typeof plainFile> {
  return plainFile(layer).catch(() => undefined);
}

function tooMany(): ToolError {
  return new ToolError('ARCHIVE_TOO_LARGE', `the image has more than ${mostEntries} entries`);
}
