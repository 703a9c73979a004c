import { ToolError } from '../../core/errors.ts';
import { byteReader } from '../../layer/byte-reader.ts';
import type { Bytes } from '../../oci/image.ts';

/** One member of an ar archive; `content` is to be read to its end before the next member is asked for. */
export interface ArMember {
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  readonly content: Bytes;
}

const magic = '!<arch>\n';
const headerSize = 60;

/**
 * Reads an ar archive as packages are (deb(5)): short names, decimal sizes, members on even places.
 * @param what whose archive it is, for errors
 * @throws ToolError PACKAGE_INVALID when it is no archive or ends in the middle
 */
export async function* readAr(bytes: Bytes, what: string): AsyncGenerator<ArMember> {
  const reader = byteReader(bytes);
  try {
    const start = await reader.take(magic.length);
    if (!start || latin1(start) !== magic) throw invalid(what, 'it does not begin as an ar archive does');
    for (let header = await reader.take(headerSize); header; header = await reader.take(headerSize)) {
      const { name, size } = parseHeader(latin1(header), what);
      let left = size;
      const content = async function* (): AsyncGenerator<Uint8Array> {
        while (left > 0) {
          const part = await reader.some(left);
          if (!part) throw invalid(what, `it ends in the middle of ${name}`);
          left -= part.length;
          yield part;
        }
      };
      yield { name, size, content: content() };
      await reader.skip(left);
      // The last member of an archive may lack the byte that fills up to an even place.
      if (size % 2 === 1 && (await reader.some(1)) === undefined) return;
    }
  } finally {
    await reader.close();
  }
}

function parseHeader(header: string, what: string): { name: string; size: number } {
  const name = header.slice(0, 16).trimEnd().replace(/\/$/, '');
  const size = /^(\d{1,10}) *$/.exec(header.slice(48, 58))?.[1];
  if (header.slice(58) !== '`\n' || !/^[\w.+-]+$/.test(name) || size === undefined) {
    throw invalid(what, 'a header of its archive is damaged');
  }
  return { name, size: Number(size) };
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('latin1');
}

/** A package that is not as deb(5) says. */
export function invalid(what: string, why: string, cause?: unknown): ToolError {
  return new ToolError('PACKAGE_INVALID', `the package ${what} is refused: ${why}`, {
    cause,
    hint: 'Its hash is the one that the index names, so the archive itself has it wrong: name another version or another mirror.',
  });
}
