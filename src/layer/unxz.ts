import type * as Decoder from 'xz-decompress';
import { ToolError, messageOf } from '../core/errors.ts';
import type { ByteSource } from './byte-source.ts';

/**
 * Unpacks xz, all streams of the file and the zeros between them, by xz-embedded in WebAssembly. It checks CRC32 and CRC64; the SHA-256
 * check and the filters for executables it does not know.
 * @throws ToolError IMAGE_INVALID when the stream is cut off, damaged, or followed by something else; UNSUPPORTED
 */
export async function* unxz(source: ByteSource): AsyncGenerator<Uint8Array> {
  const XzReadableStream = await loadDecoder();
  let failure: unknown;
  const input = new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        const chunk = await source.next();
        if (chunk) controller.enqueue(chunk);
        else controller.close();
      } catch (error) {
        failure = error;
        controller.error(error);
      }
    },
  });
  const reader = new XzReadableStream(input).getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      if (value.byteLength > 0) yield value;
    }
  } catch (error) {
    throw failure instanceof Error ? failure : meaning(error);
  } finally {
    // Only one stream at a time has the decoder: one that is left open would hold up all others for ever.
    await reader.cancel().catch(() => undefined);
  }
}

/** The package is CommonJS: a bundler sees its names, Node only the whole. */
async function loadDecoder(): Promise<(typeof Decoder)['XzReadableStream']> {
  const loaded = await import('xz-decompress');
  const names: Partial<typeof Decoder> = loaded;
  return names.XzReadableStream ?? loaded.default.XzReadableStream;
}

/** The decoder's numbers are those of `enum xz_ret` in xz.h of xz-embedded. */
function meaning(error: unknown): ToolError {
  const code = Number(/error code (\d+)/.exec(messageOf(error))?.[1]);
  if (code === 3 || code === 4 || code === 6) {
    return new ToolError(
      'UNSUPPORTED',
      'the xz stream uses a filter, a check or a size that Coracle does not unpack',
      {
        cause: error,
        hint: 'Pack it with plain xz (no --x86 and the like, no --check=sha256), or with gzip or zstd.',
      },
    );
  }
  const what = code === 8 ? 'it is cut off, or followed by something else' : 'it does not unpack';
  return new ToolError('IMAGE_INVALID', `the xz stream is damaged: ${what}`, {
    cause: error,
    hint: 'Fetch or make the file again.',
  });
}
