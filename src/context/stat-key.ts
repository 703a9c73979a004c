import type { Stats } from 'node:fs';

/**
 * What tells whether a file changed without reading it: size, times in microseconds, inode, mode. Short, as tens of thousands are kept;
 * mostly the two times are one.
 */
export function contextKey(stat: Stats): string {
  const changed = Math.round(stat.ctimeMs * 1000).toString(36);
  const modified = Math.round(stat.mtimeMs * 1000).toString(36);
  return `${stat.size.toString(36)}.${changed}.${modified === changed ? '' : modified}.${stat.ino.toString(36)}.${stat.mode.toString(36)}`;
}

/** Milliseconds by which the kernel's stamps lag behind the clock, with some to spare. */
const coarseness = 20;
/** The same for file systems that know only seconds, or every other one. */
const coarseSeconds = 2500;

/**
 * True when any change from now on would get another stamp than the one the file has: then its key stands for its content. A file that
 * was written a moment ago can be written again within the same tick, and looks the same.
 * @param now milliseconds since the Unix epoch, taken before the content is read
 */
export function isSettled(stat: Stats, now: number): boolean {
  const slack = Number.isInteger(stat.ctimeMs / 1000) ? coarseSeconds : coarseness;
  return stat.ctimeMs < now - slack;
}
