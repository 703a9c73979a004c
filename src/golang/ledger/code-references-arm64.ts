import type { MakeWalk } from './code-references.ts';

/**
 * Finds addresses in arm64 code (Arm ARM, A64 base instructions): ADRP with the ADD, load or store that completes it, ADR, literal
 * loads, and the targets of BL and B. Instructions are little endian in both byte orders.
 */
export const arm64References: MakeWalk = ({ bytes }, found) => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const pages = new Float64Array(32);
  let base = 0;
  const whole = (at: number): number => base + at;

  /** ADD (immediate), or a load or store with an unsigned offset, over a register that holds a page. */
  const completePair = (at: number, word: number): void => {
    const register = (word >>> 5) & 31;
    const page = pages[register] ?? 0;
    if (page === 0) return;
    const immediate = (word >>> 10) & 0xfff;
    if ((word & 0xff800000) >>> 0 === 0x91000000) {
      found(at, page + ((word & 0x400000) === 0 ? immediate : immediate * 4096));
      // What the register holds from here on is no page.
      pages[word & 31] = 0;
    } else if ((word & 0x3b000000) === 0x39000000) {
      const vector = (word & 0x04800000) === 0x04800000 && word >>> 30 === 0;
      found(at, page + immediate * 2 ** (vector ? 4 : word >>> 30));
    }
  };

  return (from, to, start) => {
    base = start;
    pages.fill(0);
    const last = Math.min(to, bytes.length) - 4;
    for (let at = from; at <= last; at += 4) {
      const word = view.getUint32(at, true);
      const top = word >>> 24;
      if ((top & 0x9f) === 0x90) {
        const distance = (((word << 8) >> 13) << 2) | ((word >>> 29) & 3);
        pages[word & 31] = Math.floor(whole(at) / 4096) * 4096 + distance * 4096;
      } else if ((top & 0x9f) === 0x10) {
        found(at, whole(at) + ((((word << 8) >> 13) << 2) | ((word >>> 29) & 3)));
      } else if ((top & 0x7c) === 0x14) {
        found(at, whole(at) + ((word << 6) >> 4));
      } else if ((top & 0x3b) === 0x18) {
        found(at, whole(at) + (((word << 8) >> 13) << 2));
      } else completePair(at, word);
    }
  };
};
