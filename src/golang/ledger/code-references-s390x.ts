import type { MakeWalk } from './code-references.ts';

/**
 * Finds addresses in s390x code (z/Architecture Principles of Operation, RIL formats): LARL, and loads, stores, compares and calls
 * relative to the instruction. The first two bits of an instruction say its length.
 */
export const s390xReferences: MakeWalk = ({ bytes }, found) => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return (from, to, base) => {
    const last = Math.min(to, bytes.length);
    for (let at = from; at < last;) {
      const first = bytes[at] ?? 0;
      const length = first < 0x40 ? 2 : first < 0xc0 ? 4 : 6;
      if (length === 6 && at + 6 <= last) {
        const form = (bytes[at + 1] ?? 0) & 15;
        const relative =
          first === 0xc4 || (first === 0xc0 && (form === 0 || form === 5)) || (first === 0xc6 && form !== 1);
        if (relative) found(at, base + at + 2 * view.getInt32(at + 2, false));
      }
      at += length;
    }
  };
};
