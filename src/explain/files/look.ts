import { createHash, hash } from 'node:crypto';
import type { Hash } from 'node:crypto';
import type { Entry } from '../../layer/entry.ts';
import { capabilitiesOf } from './capabilities.ts';
import { elfLook, isElf } from './elf-look.ts';
import type { ElfLook } from './elf-look.ts';
import type { ScanBuilder } from './scan.ts';
import { secretHead, secretIn } from './secrets.ts';

/** Takes entries and their contents as they pass by. */
export interface FileSink {
  /** `at`: where its content begins in the stream. */
  entry(entry: Entry, at: number): void;
  /** A part of the content of the entry that came last. `last`: its end; a content without bytes has no parts. */
  content(part: Buffer, last: boolean): void;
}

/** Asked at the first bytes of a content whether it is to be kept as well. */
export type Keep = (path: string, entry: number, head: Buffer) => Keeper | undefined;

export interface Keeper {
  pass(bytes: Buffer): void;
  /** Called once. */
  close(complete: boolean): void;
}

/** Small files whose words tell of the whole. */
const worded = /^(?:etc\/passwd|etc\/os-release|usr\/lib\/os-release)$/;
const longestText = 64 * 1024;

/**
 * Notes of each file what can be seen in one pass: what is in an ELF file's headers, whether it is a secret, and the hash of its content,
 * unless that can be had later (`hashing`).
 */
export function lookInto(
  scan: ScanBuilder,
  hashing: boolean,
  keep?: Keep,
): FileSink & {
  /** When no more comes: what is missing of the last content is not counted. */
  close(): void;
} {
  let entry: Entry | undefined;
  let held: Buffer | undefined;
  let begun = false;
  let digest: Hash | undefined;
  let elf: ElfLook | undefined;
  let keeper: Keeper | undefined;
  let entries = 0;
  /** Bytes of the content that are still to come. */
  let missing = 0;
  const letGo = (complete: boolean): void => {
    keeper?.close(complete);
    keeper = undefined;
  };
  const begin = (part: Buffer): void => {
    if (!entry) return;
    if (isElf(part)) elf = elfLook(entry.size);
    const secret = secretIn(entry.path, entry.size, part);
    if (secret !== undefined) scan.secret(secret);
    keeper = keep?.(entry.path, entries - 1, part);
    if (worded.test(entry.path)) scan.text(part.subarray(0, longestText).toString('utf8'));
  };
  const whole = (part: Buffer): void => {
    begin(part);
    elf?.pass(part);
    keeper?.pass(part);
    if (hashing) scan.hash(hash('sha256', part, 'buffer'));
  };
  const pass = (part: Buffer, last: boolean): void => {
    if (!begun) begin(part);
    begun = true;
    if (hashing) {
      digest ??= createHash('sha256');
      digest.update(part);
      if (last) scan.hash(digest.digest());
    }
    elf?.pass(part);
    keeper?.pass(part);
  };
  return {
    close: () => {
      letGo(false);
      if (missing > 0) scan.cut(missing);
      missing = 0;
    },
    entry: (next, at) => {
      entry = next;
      entries++;
      missing = next.type === 'file' ? next.size : 0;
      begun = false;
      held = undefined;
      digest = undefined;
      elf = undefined;
      scan.add(next, at, capabilitiesOf(next.xattrs));
    },
    content: (part, last) => {
      missing -= part.length;
      // The head is judged as one piece, wherever the stream's chunks end.
      const piece: Buffer = held ? Buffer.concat([held, part]) : part;
      const early = !begun && !last && piece.length < secretHead;
      held = early ? Buffer.from(piece) : undefined;
      if (early) return;
      if (last && !begun) whole(piece);
      else pass(piece, last);
      if (!last) return;
      if (elf) scan.elf(elf.facts());
      letGo(true);
    },
  };
}
