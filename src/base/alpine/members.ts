import { crc32, inflateRawSync } from 'node:zlib';
import { ToolError } from '../../core/errors.ts';

/** One gzip member of a file: its bytes as they are, and what they unpack to. */
export interface Member {
  readonly packed: Buffer;
  readonly data: Buffer;
  /** Where the next one begins. */
  readonly end: number;
}

const deflated = 8;

/**
 * The gzip member (RFC 1952) at `start`. Alpine signs and hashes members one by one, so where each ends must be known.
 * @param limit most bytes that it may unpack to
 * @throws ToolError INDEX_INVALID
 */
export function readMember(bytes: Buffer, start: number, limit: number, what: string): Member {
  const body = start + headerLength(bytes.subarray(start), what);
  const { data, length } = inflate(bytes.subarray(body), limit, what);
  const end = body + length + 8;
  if (end > bytes.length) throw damaged(what, 'it is cut off');
  if (bytes.readUInt32LE(end - 8) !== crc32(data) || bytes.readUInt32LE(end - 4) !== data.length)
    throw damaged(what, 'its checksum does not match its bytes');
  return { packed: bytes.subarray(start, end), data, end };
}

function inflate(packed: Buffer, limit: number, what: string): { data: Buffer; length: number } {
  try {
    const result: unknown = inflateRawSync(packed, { info: true, maxOutputLength: limit });
    if (isInflated(result)) return { data: result.buffer, length: result.engine.bytesWritten };
  } catch (error) {
    throw damaged(
      what,
      error instanceof RangeError ? `it unpacks to more than ${limit} bytes` : 'it is no gzip',
    );
  }
  throw damaged(what, 'it is no gzip');
}

/** With `info`, zlib gives the engine besides, which knows how many bytes it read. */
function isInflated(value: unknown): value is { buffer: Buffer; engine: { bytesWritten: number } } {
  return typeof value === 'object' && value !== null && 'buffer' in value && 'engine' in value;
}

function headerLength(bytes: Buffer, what: string): number {
  if (bytes.length < 18 || bytes[0] !== 0x1f || bytes[1] !== 0x8b || bytes[2] !== deflated)
    throw damaged(what, 'it is no gzip');
  const flags = bytes[3] ?? 0;
  let at = 10;
  if ((flags & 4) !== 0) at += 2 + bytes.readUInt16LE(at);
  for (const flag of [8, 16]) {
    if ((flags & flag) === 0) continue;
    const zero = bytes.indexOf(0, at);
    if (zero === -1) throw damaged(what, 'its header does not end');
    at = zero + 1;
  }
  return (flags & 2) === 0 ? at : at + 2;
}

export function damaged(what: string, why: string): ToolError {
  return new ToolError('INDEX_INVALID', `${what} cannot be read: ${why}`, {
    hint: 'Nothing of it was used. Name another repository: alpine.repositories in coracle.yaml.',
  });
}
