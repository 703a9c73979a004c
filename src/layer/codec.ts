import { once } from 'node:events';
import type { Transform } from 'node:stream';
import { ToolError, messageOf } from '../core/errors.ts';
import type { ByteSource } from './byte-source.ts';

/**
 * Runs one of node:zlib's unpackers over `source` until its stream ends, and gives back what it did not use. A failure of the source
 * comes out as it is.
 * @throws ToolError IMAGE_INVALID when the stream is damaged or cut off; `kind` names it
 */
export async function* runCodec(
  codec: Transform & { readonly bytesWritten: number },
  source: ByteSource,
  kind: string,
): AsyncGenerator<Uint8Array> {
  let given = 0;
  let last: Uint8Array = new Uint8Array(0);
  let failure: { error: unknown } | undefined;
  // The codec answers a write only when it wants more; at the end of its own stream it ends instead.
  const over = new Promise<void>((resolve) => {
    codec.once('end', resolve).once('close', resolve);
  });
  const feed = async (): Promise<void> => {
    while (!codec.readableEnded && !codec.destroyed) {
      const chunk = await source.next();
      if (!chunk) break;
      last = chunk;
      given += chunk.length;
      const written = new Promise<void>((resolve) => {
        codec.write(chunk, () => resolve());
      });
      await Promise.race([written, over]);
      if (codec.bytesWritten < given) return;
    }
    codec.end();
  };
  const fed = feed().catch((error: unknown) => {
    failure = { error };
    codec.destroy();
  });
  try {
    for await (const chunk of codec) if (chunk instanceof Uint8Array) yield chunk;
    await fed;
    if (failure) throw failure.error;
    source.unread(last.subarray(last.length - (given - codec.bytesWritten)));
  } catch (error) {
    if (failure) throw failure.error;
    if (error instanceof ToolError) throw error;
    throw new ToolError('IMAGE_INVALID', `the ${kind} stream is damaged or cut off: ${messageOf(error)}`, {
      hint: 'Fetch or make the file again.',
      cause: error,
    });
  } finally {
    if (!codec.closed) {
      codec.destroy();
      await once(codec, 'close');
    }
    await fed;
  }
}
