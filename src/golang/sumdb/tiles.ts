/** The tree of a checksum database as it is served: tiles of 256 hashes, eight levels of the tree each. */
import { ToolError } from '../../core/errors.ts';
import { onceMap } from '../../core/concurrency.ts';
import { nodeHash } from './tree.ts';
import type { Hash, HashReader } from './tree.ts';

const height = 8;
const full = 2 ** height;
const hashSize = 32;

/** Fetches a path below the database's address; undefined when there is nothing. */
export type ReadPath = (path: string) => Promise<Buffer | undefined>;

/** `tile/8/L/NNN[.p/W]`, the number in groups of three digits: 1234067 is `x001/x234/067`. */
export function tilePath(level: number, index: number, width: number): string {
  const groups = [String(index % 1000).padStart(3, '0')];
  for (let rest = Math.floor(index / 1000); rest > 0; rest = Math.floor(rest / 1000)) {
    groups.unshift(`x${String(rest % 1000).padStart(3, '0')}`);
  }
  return `tile/${height}/${level}/${groups.join('/')}${width === full ? '' : `.p/${width}`}`;
}

/** Reads hashes of the tree of `size` records out of its tiles; each tile is fetched once. Nothing is believed here. */
export function tileReader(read: ReadPath, size: number): HashReader {
  const once = onceMap<Buffer>();
  return async (level, index) => {
    const tileLevel = Math.floor(level / height);
    // In this tile's own leaves: those below the subtree asked for.
    const span = 2 ** (level - tileLevel * height);
    const first = index * span;
    const tile = Math.floor(first / full);
    const width = Math.min(full, Math.floor(size / 2 ** (tileLevel * height)) - tile * full);
    const data = await once(`${tileLevel}/${tile}`, async () => readTile(read, tileLevel, tile, width));
    const leaves: Hash[] = [];
    for (let at = first - tile * full; leaves.length < span; at++)
      leaves.push(data.subarray(at * hashSize, (at + 1) * hashSize));
    return subtree(leaves);
  };
}

/** A tile's first `width` hashes; a server may have dropped the unfinished tile since it was filled. */
async function readTile(read: ReadPath, level: number, index: number, width: number): Promise<Buffer> {
  const path = tilePath(level, index, width);
  const data = (await read(path)) ?? (width < full ? await read(tilePath(level, index, full)) : undefined);
  if (!data || data.length < width * hashSize) {
    throw new ToolError('TOOLCHAIN_FETCH', `the checksum database ${data ? 'cuts short' : 'lacks'} ${path}`, {
      hint: 'Try again later: mirrors of it can lag behind.',
    });
  }
  return data.subarray(0, width * hashSize);
}

function subtree(leaves: readonly Hash[]): Hash {
  const [first, second] = leaves;
  if (first && !second) return first;
  const half = leaves.length / 2;
  return nodeHash(subtree(leaves.slice(0, half)), subtree(leaves.slice(half)));
}
