import type { MakeWalk } from './code-references.ts';

/**
 * The register that Go's assembler takes for itself, where an instruction of the source has more than the processor's has room for: an address
 * when the next instruction reads or writes there, else a number, such as the frame sizes in runtime.call65536 and its like, which could be addresses.
 */
const assemblers = 11;

/**
 * Finds addresses in arm code (Arm ARM, A32): the words of literal pools that LDR reads relative to the program counter, and the targets
 * of BL. In position-independent code a pool holds distances, which are told as they stand and match no object.
 */
export const armReferences: MakeWalk = ({ bytes, littleEndian }, found) => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return (from, to, base) => {
    const last = Math.min(to, bytes.length) - 4;
    for (let at = from; at <= last; at += 4) {
      const word = view.getUint32(at, littleEndian);
      if ((word & 0x0f7f0000) === 0x051f0000) {
        const distance = word & 0xfff;
        const pool = at + 8 + ((word & 0x00800000) === 0 ? -distance : distance);
        if (pool < from || pool > last) continue;
        const next = at + 4 <= last ? view.getUint32(at + 4, littleEndian) : 0;
        if (((word >> 12) & 15) !== assemblers || ((next >> 16) & 15) === assemblers)
          found(at, view.getUint32(pool, littleEndian));
      } else if ((word & 0x0f000000) === 0x0b000000) {
        found(at, base + at + 8 + ((word << 8) >> 6));
      }
    }
  };
};
