import { lstatSync, readdirSync, rmdirSync, unlinkSync } from 'node:fs';

/** Removes what this process made at a place a moment ago: a file, or a directory with all in it. Bytes in, no link followed. */
export function removeNow(place: Buffer): void {
  if (!lstatSync(place).isDirectory()) return unlinkSync(place);
  for (const name of readdirSync(place, { encoding: 'buffer' }))
    removeNow(Buffer.concat([place, Buffer.from('/'), name]));
  rmdirSync(place);
}
