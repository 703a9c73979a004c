import type { FileBytes } from './file-bytes.ts';

/** Code as a walk sees it. */
export interface CodeWindows {
  /** What is shown stands here. */
  readonly bytes: Buffer;
  /** Shows the function in [from, to), offsets in the file. @returns the offset in the file of the first of `bytes` */
  show(from: number, to: number): number;
}

/** Bytes shown at a time: they stay in the processor's cache. */
const least = 256 * 1024;
/** Instructions are looked at a little beyond their function. */
const behind = 32;

/**
 * Shows code in [from, to) of the file piece by piece: it is the largest part of a program, and gone through once. `entry`: addresses of
 * functions. Where they do not rise, all is shown at once.
 */
export function codeWindows(
  file: FileBytes,
  { from, to, entry }: { readonly from: number; readonly to: number; readonly entry: Float64Array },
): CodeWindows {
  if (file.holds(from, to)) return { bytes: file.bytes, show: () => 0 };
  const bytes = Buffer.allocUnsafeSlow(Math.min(to - from, longest(entry) + behind));
  let start = 0;
  let end = 0;
  return {
    bytes,
    show: (first, last) => {
      if (first >= start && Math.min(to, last + behind) <= end) return start;
      // As much as there is room for, and all of it within the code.
      start = Math.max(from, Math.min(first, to - bytes.length));
      end = start + bytes.length;
      file.fill(bytes, start);
      return start;
    },
  };
}

/** Bytes of the longest function, or of a window; infinity when functions are not in order. */
function longest(entry: Float64Array): number {
  let found = least;
  for (let index = 1; index < entry.length; index++) {
    const size = (entry[index] ?? 0) - (entry[index - 1] ?? 0);
    if (size < 0) return Number.POSITIVE_INFINITY;
    if (size > found) found = size;
  }
  return found;
}
