import type { MakeWalk } from './code-references.ts';

const opcodes = {
  load: 0x03,
  loadFloat: 0x07,
  immediate: 0x13,
  auipc: 0x17,
  store: 0x23,
  storeFloat: 0x27,
  lui: 0x37,
  jalr: 0x67,
  jal: 0x6f,
} as const;

/**
 * Finds addresses in riscv64 code (RISC-V unprivileged ISA, RV64GC): AUIPC (or LUI) with the ADDI, load, store or JALR that completes it,
 * and targets of JAL. Compressed instructions of 2 bytes are stepped over: none of them completes an address.
 */
export const riscv64References: MakeWalk = ({ bytes }, found) => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const upper = new Float64Array(32);
  let base = 0;

  const instruction = (at: number, word: number): void => {
    const opcode = word & 0x7f;
    const target = (word >>> 7) & 31;
    const source = upper[(word >>> 15) & 31] ?? 0;
    switch (opcode) {
      case opcodes.auipc:
        upper[target] = base + at + (word & 0xfffff000);
        break;
      case opcodes.lui:
        upper[target] = word & 0xfffff000;
        break;
      case opcodes.immediate:
      case opcodes.load:
      case opcodes.loadFloat:
      case opcodes.jalr:
        if (source !== 0 && (opcode !== opcodes.immediate || ((word >>> 12) & 7) === 0))
          found(at, source + (word >> 20));
        if (opcode !== opcodes.loadFloat) upper[target] = 0;
        break;
      case opcodes.store:
      case opcodes.storeFloat:
        if (source !== 0) found(at, source + ((word >> 25) << 5) + target);
        break;
      case opcodes.jal:
        found(at, base + at + jump(word));
        break;
      default:
    }
  };

  return (from, to, start) => {
    base = start;
    upper.fill(0);
    const last = Math.min(to, bytes.length);
    for (let at = from; at + 2 <= last;) {
      if ((view.getUint16(at, true) & 3) !== 3) {
        at += 2;
        continue;
      }
      if (at + 4 > last) return;
      instruction(at, view.getUint32(at, true));
      at += 4;
    }
  };
};

/** The distance in JAL, whose bits are scattered. */
function jump(word: number): number {
  return ((word >> 31) << 20) | (word & 0xff000) | ((word >>> 9) & 0x800) | ((word >>> 20) & 0x7fe);
}
