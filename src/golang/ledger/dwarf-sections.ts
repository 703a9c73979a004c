import { inflateSync } from 'node:zlib';
import type { Opened } from './program-open.ts';
import { bytesReader } from './program-words.ts';
import { sectionFlags } from './sections.ts';
import type { FullSection } from './sections.ts';

/** A debug section as it stands in the file. */
export interface DebugSection {
  /** Without `.debug_` or `.zdebug_`: `info`. */
  readonly name: string;
  readonly section: FullSection;
  /** Where packed bytes begin in the file: behind the header that says their form and size; -1 when it is not packed. */
  readonly packedAt: number;
  /** Bytes when unpacked. */
  readonly size: number;
  /** Packed by zlib, whose streams can be followed. */
  readonly zlib: boolean;
  /** The bytes, unpacked. @throws when they cannot be */
  content(): Buffer;
}

/** Debug data unpack to four times their size, seldom ten; more than this is not worth the memory. */
const ratio = 16;
const always = 64 * 1024 * 1024;
/** There are some twenty of them; a hostile file may have thousands over the same bytes. */
const mostSections = 64;
/** Bytes of what says form and size of packed bytes. */
const longestHead = 24;

/** The sections with debug data: plain, packed as ELF says (SHF_COMPRESSED), or as GNU did before (.zdebug_*). */
export function debugSections({ layout, program, file }: Opened): DebugSection[] {
  const named = layout.sections.filter(({ name }) => /^\.z?debug_/.test(name)).slice(0, mostSections);
  return named.flatMap((section): DebugSection[] => {
    const name = /^\.z?debug_(.*)$/.exec(section.name)?.[1];
    if (name === undefined || section.size === 0) return [];
    const end = section.offset + section.size;
    const head = bytesReader(
      file.part(section.offset, Math.min(section.offset + longestHead, program.size)),
      program,
    );
    const raw = { name, section, packedAt: -1, size: section.size, zlib: false };
    const packed = (packedAt: number, size: number, zlib: boolean): DebugSection => ({
      name,
      section,
      packedAt,
      size,
      zlib,
      content: () => file.use(packedAt, end, (bytes) => unpack(bytes, size, zlib)),
    });
    if ((section.flags & sectionFlags.compressed) !== 0) {
      const wide = program.class === 64;
      const type = head.u32(0);
      return [packed(section.offset + (wide ? 24 : 12), head.word(wide ? 8 : 4), type === 1)];
    }
    if (section.name.startsWith('.zdebug') && head.size > 12 && head.text(0, 4) === 'ZLIB') {
      // The size is big-endian whatever the file is.
      return [packed(section.offset + 12, Number(head.bytes.readBigUInt64BE(4)), true)];
    }
    return [{ ...raw, content: () => file.part(section.offset, end) }];
  });
}

function unpack(bytes: Buffer, size: number, zlib: boolean): Buffer {
  if (!zlib) throw new Error('it is packed in a way that is not known');
  if (!(size > 0 && size <= always + bytes.length * ratio))
    throw new Error(`it cannot have ${size} bytes when unpacked`);
  return inflateSync(bytes, { maxOutputLength: size, chunkSize: Math.max(64, size) });
}
