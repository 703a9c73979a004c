import { segmentTypes } from './elf.ts';
import type { Elf } from './elf.ts';
import type { ByteSource } from './source.ts';

/** A piece of a file. */
export interface FileRange {
  readonly offset: number;
  readonly size: number;
}

/** Bytes looked through at once. */
const window = 1024 * 1024;

/** The parts of the file that are loaded into memory; `where` picks the writable or the read-only ones. */
export function loadedRanges(
  source: ByteSource,
  elf: Elf,
  where: (writable: boolean) => boolean,
): FileRange[] {
  return elf.segments
    .filter(
      (segment) =>
        segment.type === segmentTypes.load && where(segment.writable) && segment.offset < source.size,
    )
    .map((segment) => ({
      offset: segment.offset,
      size: Math.min(segment.fileSize, source.size - segment.offset),
    }));
}

/**
 * Offsets in the file at which one of `patterns` (all of one length) stands, for files without section headers. Reads in windows, so
 * memory does not grow with the file. In order of windows; within one, pattern by pattern.
 */
export async function* findPatterns(
  source: ByteSource,
  ranges: readonly FileRange[],
  patterns: readonly Buffer[],
): AsyncGenerator<number> {
  const length = patterns[0]?.length ?? 0;
  for (const range of ranges) {
    const end = range.offset + range.size;
    for (let start = range.offset; start + length <= end; start += window) {
      // Almost one pattern's length more than the window, so that a hit across its end is seen, and seen once.
      const bytes = await source.read(start, Math.min(window + length - 1, end - start));
      for (const pattern of patterns) {
        for (let hit = bytes.indexOf(pattern); hit >= 0; hit = bytes.indexOf(pattern, hit + 1))
          yield start + hit;
      }
    }
  }
}
