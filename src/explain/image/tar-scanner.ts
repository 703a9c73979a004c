import { cut } from '../../layer/byte-reader.ts';
import { blockSize, paddingOf } from '../../layer/tar-format.ts';
import { headerReader } from '../../layer/tar-headers.ts';
import { invalid, parseHeader } from '../../layer/tar-parse.ts';
import type { FileSink } from '../files/look.ts';

/** Reads a tar archive that is pushed into it. */
export interface TarScanner {
  /** @throws ToolError as layer/tar-read.ts */
  push(chunk: Uint8Array): void;
  /** The stream is over. @throws ToolError IMAGE_INVALID when that was too early */
  end(): void;
}

/**
 * The same archives, the same refusals as `readTar`; but pushed, and without a promise: a layer has a hundred thousand entries, and
 * nothing but their bytes is waited for.
 */
export function tarScanner(sink: FileSink): TarScanner {
  const gather = gatherer();
  const headers = headerReader();
  /** Bytes of the content that are still to come, and of what is passed over behind it. */
  let content = 0;
  let skip = 0;
  /** Bytes of the archive before the chunk at hand. */
  let before = 0;
  let zeros = 0;
  let state: 'header' | 'extension' | 'over' = 'header';

  const header = (block: Buffer, end: number): void => {
    if (isZero(block)) {
      zeros++;
      if (zeros === 2) {
        if (headers.open()) throw cut();
        state = 'over';
      }
      return;
    }
    if (zeros > 0) throw invalid('a block of zeros stands between its entries');
    const raw = parseHeader(block);
    if (headers.begin(raw)) {
      state = 'extension';
      gather.want(raw.size);
      skip = paddingOf(raw.size);
      if (raw.size === 0) extension(Buffer.alloc(0));
      return;
    }
    const entry = headers.entry(raw);
    sink.entry(entry, end);
    content = entry.type === 'file' ? entry.size : 0;
    skip = paddingOf(content);
  };
  const extension = (body: Buffer): void => {
    // A copy: the chunk may be used again before the entry comes.
    headers.extend(Buffer.from(body));
    state = 'header';
    gather.want(blockSize);
  };
  const isOver = (): boolean => state === 'over';
  gather.want(blockSize);
  return {
    push: (chunk) => {
      const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
      let at = 0;
      while (at < bytes.length && !isOver()) {
        if (content > 0) {
          const part = bytes.subarray(at, at + content);
          content -= part.length;
          at += part.length;
          sink.content(part, content === 0);
        } else if (skip > 0 && state === 'header') {
          const passed = Math.min(skip, bytes.length - at);
          skip -= passed;
          at += passed;
        } else {
          const [piece, taken] = gather.take(bytes, at);
          at += taken;
          if (!piece) break;
          if (state === 'header') header(piece, before + at);
          else extension(piece);
        }
      }
      before += bytes.length;
    },
    end: () => {
      if (state === 'over') return;
      if (content > 0 || skip > 0 || state === 'extension' || gather.begun() || headers.open()) throw cut();
    },
  };
}

/** Gathers pieces of a wanted size out of chunks; a piece that lies in one chunk is not copied. */
function gatherer(): {
  want(size: number): void;
  take(bytes: Buffer, at: number): [piece: Buffer | undefined, taken: number];
  begun(): boolean;
} {
  let wanted = 0;
  let parts: Buffer[] = [];
  let have = 0;
  return {
    want: (size) => {
      wanted = size;
    },
    take: (bytes, at) => {
      const part = bytes.subarray(at, at + wanted - have);
      if (have === 0 && part.length === wanted) return [part, wanted];
      // A copy: the chunk may be used again.
      parts.push(Buffer.from(part));
      have += part.length;
      if (have < wanted) return [undefined, part.length];
      const piece = Buffer.concat(parts);
      parts = [];
      have = 0;
      return [piece, part.length];
    },
    begun: () => have > 0,
  };
}

const zeroBlock = Buffer.alloc(blockSize);

function isZero(block: Buffer): boolean {
  return block[0] === 0 && block.equals(zeroBlock);
}
