import { crc32, createInflateRaw } from 'node:zlib';
import { ToolError } from '../core/errors.ts';
import type { ByteSource } from './byte-source.ts';
import { runCodec } from './codec.ts';

/** Bytes of the longest member header that is read: names and comments in it are passed over, not kept. */
const longestHeader = 64 * 1024;

/** Bytes that come out at once: each way to the thread that unpacks and back costs, and so does memory. */
const chunk = 512 * 1024;

/**
 * Unpacks gzip (RFC 1952), all members of it, and checks length and CRC of each. Written out here because Node's own reader takes
 * what follows the last member for padding, whatever it is.
 * @throws ToolError IMAGE_INVALID when the stream is cut off, damaged, or followed by something else
 */
export async function* gunzip(source: ByteSource): AsyncGenerator<Uint8Array> {
  do {
    await passHeader(source);
    let crc = 0;
    let size = 0;
    for await (const bytes of runCodec(createInflateRaw({ chunkSize: chunk }), source, 'gzip')) {
      crc = crc32(bytes, crc);
      size += bytes.length;
      yield bytes;
    }
    const trailer = Buffer.from(await need(source, 8));
    if (trailer.readUInt32LE(0) !== crc || trailer.readUInt32LE(4) !== size % 2 ** 32) {
      throw damaged('its checksum does not match its bytes');
    }
  } while (!(await source.ended()));
}

/** The header of a member: ten bytes, then what its flags announce. */
async function passHeader(source: ByteSource): Promise<void> {
  const header = await need(source, 10);
  const flags = header[3] ?? 0;
  if (header[0] !== 0x1f || header[1] !== 0x8b) throw damaged('something that is not gzip follows it');
  if (header[2] !== 8 || (flags & 0xe0) !== 0) throw damaged('it is packed in no known way');
  if ((flags & 4) !== 0) await need(source, Buffer.from(await need(source, 2)).readUInt16LE(0));
  if ((flags & 8) !== 0) await passText(source);
  if ((flags & 16) !== 0) await passText(source);
  if ((flags & 2) !== 0) await need(source, 2);
}

async function passText(source: ByteSource): Promise<void> {
  for (let length = 0; length < longestHeader; length++) {
    const [byte] = await need(source, 1);
    if (byte === 0) return;
  }
  throw damaged('its header does not end');
}

async function need(source: ByteSource, size: number): Promise<Uint8Array> {
  const bytes = await source.take(size);
  if (!bytes) throw damaged('it is cut off');
  return bytes;
}

function damaged(what: string): ToolError {
  return new ToolError('IMAGE_INVALID', `the gzip stream is damaged: ${what}`, {
    hint: 'Fetch or make the file again.',
  });
}
