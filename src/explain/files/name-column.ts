import { decodeNameIn, encodeName } from '../../layer/names.ts';
import { roomFor } from './columns.ts';

/** Names one behind the other, as bytes: a million strings would take several times as much. Plain data, so that it crosses threads. */
export interface NameColumn {
  readonly bytes: Uint8Array;
  /** Where each name ends. */
  readonly ends: Uint32Array;
}

/** What gives the name at a place, the empty string beyond the last. */
export function nameReader({ bytes, ends }: NameColumn): (index: number) => string {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return (index) => {
    const end = ends[index];
    return end === undefined ? '' : decodeNameIn(buffer, index === 0 ? 0 : (ends[index - 1] ?? 0), end);
  };
}

export interface NameBuilder {
  /** @throws ToolError ARCHIVE_UNSAFE for a string that no bytes decode to */
  push(name: string): void;
  /** True when the name at a place is this one. */
  is(index: number, name: EncodedName): boolean;
  at(index: number): string;
  done(): NameColumn;
}

export function nameBuilder(): NameBuilder {
  let count = 0;
  let used = 0;
  let bytes = new Uint8Array(1024);
  let ends = new Uint32Array(64);
  let buffer = Buffer.from(bytes.buffer);
  let read = nameReader({ bytes, ends });
  const makeRoom = (length: number): void => {
    if (used + length <= bytes.length && count < ends.length) return;
    bytes = roomFor(bytes, used + length);
    ends = roomFor(ends, count + 1);
    buffer = Buffer.from(bytes.buffer);
    read = nameReader({ bytes, ends });
  };
  return {
    push: (name) => {
      makeRoom(name.length * 3);
      if (name.isWellFormed()) used += buffer.write(name, used);
      else {
        const coded = encodeName(name);
        bytes.set(coded, used);
        used += coded.length;
      }
      ends[count++] = used;
    },
    is: (index, { bytes: coded, length }) => {
      const start = index === 0 ? 0 : (ends[index - 1] ?? 0);
      if ((ends[index] ?? 0) - start !== length) return false;
      for (let at = 0; at < length; at++) if (bytes[start + at] !== coded[at]) return false;
      return true;
    },
    at: (index) => (index < count ? read(index) : ''),
    done: () => ({ bytes: bytes.slice(0, used), ends: ends.slice(0, count) }),
  };
}

/** The first `length` of `bytes`. */
export interface EncodedName {
  readonly bytes: Uint8Array;
  readonly length: number;
}

const scratch = { bytes: new Uint8Array(4096), length: 0 };
let inScratch = '';

/** A name's bytes, which hold until the next call. @throws ToolError ARCHIVE_UNSAFE for a string that no bytes decode to */
export function encoded(name: string): EncodedName {
  if (name === inScratch) return scratch;
  const { bytes } = scratch;
  if (name.length > bytes.length) return encodedAtLarge(name);
  inScratch = '';
  for (let at = 0; at < name.length; at++) {
    const code = name.charCodeAt(at);
    if (code > 0x7f) return encodedAtLarge(name);
    bytes[at] = code;
  }
  scratch.length = name.length;
  inScratch = name;
  return scratch;
}

function encodedAtLarge(name: string): EncodedName {
  const bytes = encodeName(name);
  return { bytes, length: bytes.length };
}
