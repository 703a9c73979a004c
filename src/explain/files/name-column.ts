import { decodeName, encodeName } from '../../layer/names.ts';
import { roomFor } from './columns.ts';

/** Names one behind the other, as bytes: a million strings would take several times as much. Plain data, so that it crosses threads. */
export interface NameColumn {
  readonly bytes: Uint8Array;
  /** Where each name ends. */
  readonly ends: Uint32Array;
}

/** The name at a place; the empty string beyond the last. */
export function nameAt({ bytes, ends }: NameColumn, index: number): string {
  const end = ends[index];
  return end === undefined ? '' : decodeName(bytes.subarray(ends[index - 1] ?? 0, end));
}

export interface NameBuilder {
  /** @throws ToolError ARCHIVE_UNSAFE for a string that no bytes decode to */
  push(name: string): void;
  /** True when the name at a place has these bytes. */
  is(index: number, name: Uint8Array): boolean;
  at(index: number): string;
  done(): NameColumn;
}

export function nameBuilder(): NameBuilder {
  let count = 0;
  let used = 0;
  let bytes = new Uint8Array(1024);
  let ends = new Uint32Array(64);
  return {
    push: (name) => {
      const coded = bytesOf(name);
      bytes = roomFor(bytes, used + coded.length);
      bytes.set(coded, used);
      used += coded.length;
      ends = roomFor(ends, count + 1);
      ends[count++] = used;
    },
    is: (index, name) => {
      const start = index === 0 ? 0 : (ends[index - 1] ?? 0);
      if ((ends[index] ?? 0) - start !== name.length) return false;
      for (let at = 0; at < name.length; at++) if (bytes[start + at] !== name[at]) return false;
      return true;
    },
    at: (index) => (index < count ? nameAt({ bytes, ends }, index) : ''),
    done: () => ({ bytes: bytes.slice(0, used), ends: ends.slice(0, count) }),
  };
}

const scratch = Buffer.allocUnsafeSlow(16 * 1024);

/** A name's bytes, which hold until the next call. @throws ToolError ARCHIVE_UNSAFE for a string that no bytes decode to */
export function bytesOf(name: string): Uint8Array {
  if (name.length * 3 > scratch.length || !name.isWellFormed()) return encodeName(name);
  return scratch.subarray(0, scratch.write(name));
}
