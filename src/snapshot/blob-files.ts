import { semaphore } from '../core/concurrency.ts';
import type { Entry } from '../layer/entry.ts';
import { changed } from '../layer/read-layer.ts';
import type { Bytes } from '../oci/image.ts';
import type { Origin } from './merged.ts';

/** Files of a layer that is there only as a blob. */
export interface BlobFiles {
  /** The content of the entry at that position of the layer. Not checked here. */
  open(origin: Origin): Bytes;
  /** How often the blob had to be read from its beginning. */
  readings(): number;
}

/** Bytes up to which a content is read at once, so that the blob is free for the next one. */
const small = 1024 * 1024;
/** Milliseconds after which a blob that nobody reads from is closed. */
const patience = 500;

/**
 * Reads on from where the last file ended: files are mostly asked for in the order in which they lie in the layer, so a directory is
 * copied in one reading.
 * @param read gives the layer's entries from the beginning
 */
export function blobFiles(read: () => AsyncIterable<Entry>): BlobFiles {
  const turns = semaphore(1);
  let reader: AsyncIterator<Entry, unknown> | undefined;
  let next = 0;
  let readings = 0;
  let streaming = false;
  let timer: NodeJS.Timeout | undefined;

  const close = async (): Promise<void> => {
    const old = reader;
    reader = undefined;
    await old?.return?.();
  };
  const rest = (): void => {
    timer = setTimeout(() => void turns.run(close).catch(() => undefined), patience).unref();
  };
  const seek = async ({ position, entry }: Origin): Promise<Bytes> => {
    clearTimeout(timer);
    if (next > position) await close();
    if (!reader) {
      reader = read()[Symbol.asyncIterator]();
      readings++;
      next = 0;
    }
    for (;;) {
      const result = await reader.next();
      if (result.done) break;
      const { path, content } = result.value;
      if (next++ === position && path === entry.path && content) return content();
      if (next > position) break;
    }
    await close();
    throw changed(entry.path);
  };
  async function* stream(origin: Origin): AsyncGenerator<Uint8Array> {
    streaming = true;
    const release = await hold(turns);
    try {
      yield* await seek(origin);
    } finally {
      streaming = false;
      rest();
      release();
    }
  }
  async function* whole(origin: Origin): AsyncGenerator<Uint8Array> {
    const parts = await turns.run(async () => {
      const found: Uint8Array[] = [];
      for await (const part of await seek(origin)) found.push(part.slice());
      rest();
      return found;
    });
    yield* parts;
  }
  async function* open(origin: Origin): AsyncGenerator<Uint8Array> {
    // Who reads a large file and another one meanwhile gets a second reading: waiting for himself he would wait for ever.
    if (streaming) yield* blobFiles(read).open(origin);
    else if (origin.entry.size <= small) yield* whole(origin);
    else yield* stream(origin);
  }
  return { open, readings: () => readings };
}

/** Takes the turn until the function that it gives is called. */
async function hold(turns: ReturnType<typeof semaphore>): Promise<() => void> {
  return new Promise((resolve, reject) => {
    turns
      .run(
        async () =>
          new Promise<void>((release) => {
            resolve(release);
          }),
      )
      .catch(reject);
  });
}
