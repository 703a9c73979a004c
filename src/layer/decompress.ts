import { ToolError } from '../core/errors.ts';
import type { Bytes } from '../oci/image.ts';
import { byteSource } from './byte-source.ts';
import type { ByteSource } from './byte-source.ts';

export interface DecompressOptions {
  /** What the descriptor says the bytes are: with a compressed type, bytes that are not compressed are an error. */
  readonly mediaType?: string;
  /** The most bytes that may come out. Default: whatever can be honest, see `harmless`. */
  readonly limit?: number;
  /** Unpacks bzip2 and xz too, which archives may be packed with and layers may not. */
  readonly anyArchive?: boolean;
}

/** Bytes that may always come out, however few went in. */
const harmless = 1024 ** 3;
/** Beyond them, bytes that may come out for each that went in. Layers shrink to a third, the emptiest to a hundredth; a gzip bomb to a thousandth. */
const largestRatio = 200;

/**
 * Unpacks a stream; what it is packed with is seen from its first bytes, as media types are often wrong. Bytes that are packed in no way
 * come out as they are. Memory stays flat.
 * @throws ToolError IMAGE_INVALID when the stream is damaged, cut off, or followed by something else; ARCHIVE_TOO_LARGE past the limit;
 *   UNSUPPORTED for bzip2 and xz, unless they are asked for
 */
export async function* decompress(bytes: Bytes, options: DecompressOptions = {}): AsyncGenerator<Uint8Array> {
  let packed = 0;
  const counted = async function* (): AsyncGenerator<Uint8Array> {
    for await (const chunk of bytes) {
      packed += chunk.length;
      yield chunk;
    }
  };
  const source = byteSource(counted());
  let size = 0;
  try {
    for await (const chunk of await unpacked(source, options)) {
      size += chunk.length;
      const limit = options.limit ?? Math.max(harmless, packed * largestRatio);
      if (size > limit) throw tooLarge(limit);
      yield chunk;
    }
  } finally {
    await source.close();
  }
}

async function unpacked(
  source: ByteSource,
  { mediaType = '', anyArchive = false }: DecompressOptions,
): Promise<Bytes> {
  const start = await source.peek(6);
  // The unpackers, and node:zlib with them, are loaded when they are needed.
  if (start[0] === 0x1f && start[1] === 0x8b) return (await import('./gunzip.ts')).gunzip(source);
  const { isZstd, unzstd } = await import('./unzstd.ts');
  if (isZstd(start)) return unzstd(source);
  const packed = /[+.](gzip|zstd)$/.exec(mediaType)?.[1];
  if (packed !== undefined) {
    throw new ToolError(
      'IMAGE_INVALID',
      `the media type ${mediaType} promises ${packed}, but the bytes are not`,
      {
        hint: 'Fetch the layer again, or build the image again.',
      },
    );
  }
  const foreign = foreignPacking(start);
  if (anyArchive && foreign === 'bzip2') return (await import('./bunzip2.ts')).bunzip2(source);
  if (anyArchive && foreign === 'xz') return (await import('./unxz.ts')).unxz(source);
  if (foreign !== undefined) {
    throw new ToolError('UNSUPPORTED', `the archive is packed with ${foreign}, which layers are not`, {
      hint: 'Unpack it first, or pack it with gzip or zstd.',
    });
  }
  return plain(source);
}

async function* plain(source: ByteSource): AsyncGenerator<Uint8Array> {
  for (let chunk = await source.next(); chunk; chunk = await source.next()) yield chunk;
}

function foreignPacking(start: Uint8Array): string | undefined {
  const text = Buffer.from(start).toString('latin1');
  if (text.startsWith('BZh')) return 'bzip2';
  return text.startsWith('\xfd7zXZ\0') ? 'xz' : undefined;
}

function tooLarge(limit: number): ToolError {
  return new ToolError('ARCHIVE_TOO_LARGE', `the stream unpacks to more than ${limit} bytes`, {
    hint: 'It may be made to fill disks and memory. If you trust it, unpack it yourself and look.',
  });
}
