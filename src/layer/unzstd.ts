import { createZstdDecompress } from 'node:zlib';
import { ToolError } from '../core/errors.ts';
import type { ByteSource } from './byte-source.ts';
import { runCodec } from './codec.ts';

/**
 * Unpacks zstd (RFC 8878), all frames of it; skippable frames are passed over. Frame by frame, because Node's own reader stops after
 * the first frame of a chunk and says nothing.
 * @throws ToolError IMAGE_INVALID when the stream is cut off, damaged, or followed by something else
 */
export async function* unzstd(source: ByteSource): AsyncGenerator<Uint8Array> {
  while (!(await source.ended())) {
    const magic = await source.peek(4);
    if (isSkippable(magic)) await passSkippable(source);
    else if (isFrame(magic)) yield* runCodec(createZstdDecompress({ chunkSize: 128 * 1024 }), source, 'zstd');
    else throw damaged('something that is not zstd follows it');
  }
}

/** True when a zstd stream starts so: with a frame, or a skippable frame as zstd:chunked and seekable files may have. */
export function isZstd(start: Uint8Array): boolean {
  return isFrame(start) || isSkippable(start);
}

function isFrame(start: Uint8Array): boolean {
  return start[0] === 0x28 && start[1] === 0xb5 && start[2] === 0x2f && start[3] === 0xfd;
}

function isSkippable(start: Uint8Array): boolean {
  return ((start[0] ?? 0) & 0xf0) === 0x50 && start[1] === 0x2a && start[2] === 0x4d && start[3] === 0x18;
}

async function passSkippable(source: ByteSource): Promise<void> {
  const head = await source.take(8);
  if (!head) throw damaged('it is cut off');
  for (let left = Buffer.from(head).readUInt32LE(4); left > 0;) {
    const chunk = await source.next();
    if (!chunk) throw damaged('it is cut off');
    if (chunk.length > left) source.unread(chunk.subarray(left));
    left -= Math.min(left, chunk.length);
  }
}

function damaged(what: string): ToolError {
  return new ToolError('IMAGE_INVALID', `the zstd stream is damaged: ${what}`, {
    hint: 'Fetch or make the file again.',
  });
}
