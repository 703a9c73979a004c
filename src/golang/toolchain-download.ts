/** Large downloads: streamed to a file, continued where they broke off, tried again when the network fails. */
import { open } from 'node:fs/promises';
import { ToolError } from '../core/errors.ts';
import { fileError } from '../core/files.ts';
import { retry } from '../core/retry.ts';
import type { Ctx } from '../core/ctx.ts';
import type { Fetched } from './proxy.ts';

/** Bytes that no toolchain comes near. */
const largest = 1024 * 1024 * 1024;

/**
 * Writes what `ask` gives into the new file `file`. What comes after a break is not trusted to be of the same file: the
 * caller checks a hash over all of it.
 * @param ask asked for the bytes from `start` on
 * @param progress called with the bytes there and the total, when it is known
 * @returns false when the server has nothing there
 * @throws ToolError NETWORK, DISK_FULL
 */
export async function download(
  ctx: Ctx,
  file: string,
  ask: (start: number) => Promise<Fetched | undefined>,
  progress: (done: number, total: number | undefined) => void,
): Promise<boolean> {
  let written = 0;
  const output = await open(file, 'wx').catch((error: unknown) => {
    throw fileError(error, 'write', file);
  });
  try {
    return await retry(ctx.signal, async () => {
      const fetched = await ask(written);
      if (!fetched) return false;
      written = fetched.start;
      const total = fetched.length === undefined ? undefined : fetched.start + fetched.length;
      for await (const chunk of received(ctx, fetched.body)) {
        if (written + chunk.length > largest) {
          throw new ToolError('TOOLCHAIN_FETCH', 'the server sends more than any toolchain holds');
        }
        await output.write(chunk, 0, chunk.length, written).catch((error: unknown) => {
          throw fileError(error, 'write', file);
        });
        written += chunk.length;
        progress(written, total);
      }
      await output.truncate(written);
      return true;
    });
  } finally {
    await output.close();
  }
}

/** The chunks of a body, whose breaking is a failure of the network. */
async function* received(ctx: Ctx, body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* body;
  } catch (error) {
    ctx.signal.throwIfAborted();
    throw new ToolError('NETWORK', 'the connection broke while the toolchain was fetched', {
      cause: error,
      retryable: true,
      hint: 'Run the same command again, or name another proxy with GOPROXY.',
    });
  }
}
