import { ToolError } from '../core/errors.ts';
import type { Bytes } from '../oci/image.ts';
import { defaultCores } from './gzip-pool.ts';
import { gzipMembers } from './gzip.ts';

export { prewarm } from './gzip-pool.ts';

/** How a layer is compressed. The level: gzip 1 to 12 (default 6), zstd 1 to 19 (default 3); none has none. */
export interface Compression {
  readonly kind: 'gzip' | 'zstd' | 'none';
  readonly level?: number;
}

/** More lanes than this only take memory. */
const mostCores = 64;

const levels = { gzip: { most: 12, usual: 6 }, zstd: { most: 19, usual: 3 } } as const;

/**
 * The level that a compression comes to; 0 for none.
 * @throws ToolError CONFIG_INVALID when it is out of range
 */
export function levelOf({ kind, level }: Compression): number {
  if (kind === 'none') {
    if (level === undefined) return 0;
    throw new ToolError(
      'CONFIG_INVALID',
      `compression none has no level, but the level ${level} is asked for`,
      {
        hint: 'Leave the level out, or choose gzip or zstd.',
      },
    );
  }
  const { most, usual } = levels[kind];
  const wanted = level ?? usual;
  if (!Number.isInteger(wanted) || wanted < 1 || wanted > most) {
    throw new ToolError('CONFIG_INVALID', `${kind} has no level ${wanted}`, {
      hint: `Choose a level from 1 (fast) to ${most} (small); without one it is ${usual}.`,
    });
  }
  return wanted;
}

/**
 * Compresses a stream. The bytes depend on the input, the kind and the level: not on the number of cores, nor on how the input is cut
 * into chunks. Memory stays flat: at most `cores` + 2 MiB of input are under way.
 * @param options.cores threads to use, by default as many as the machine has cores
 * @throws ToolError CONFIG_INVALID at once when the level is out of range
 */
export function compress(bytes: Bytes, compression: Compression, options: { cores?: number } = {}): Bytes {
  const level = levelOf(compression);
  if (compression.kind === 'none') return bytes;
  if (compression.kind === 'zstd') return zstdFrame(bytes, level);
  return gzipMembers(bytes, level, Math.max(1, Math.min(options.cores ?? defaultCores(), mostCores)));
}

async function* zstdFrame(bytes: Bytes, level: number): AsyncGenerator<Uint8Array> {
  const { compressToZstd } = await import('./zstd.ts');
  yield* compressToZstd(bytes, level);
}
