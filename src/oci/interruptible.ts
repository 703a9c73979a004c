import type { BlobSource } from './image.ts';

/** The same blobs; but what reads them ends with the signal's reason at the next chunk once it is aborted. */
export function interruptible(source: BlobSource, signal: AbortSignal): BlobSource {
  return {
    read: async (descriptor) => {
      signal.throwIfAborted();
      return source.read(descriptor);
    },
    open: async function* (descriptor) {
      for await (const chunk of source.open(descriptor)) {
        signal.throwIfAborted();
        yield chunk;
      }
    },
  };
}
