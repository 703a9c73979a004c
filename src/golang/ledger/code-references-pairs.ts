import type { MakeWalk } from './code-references.ts';

/** What an instruction, a word at a place and at an address, says of addresses. `upper`: what of one each register holds, 0 for nothing. */
type MakeStep = (
  found: Parameters<MakeWalk>[1],
  upper: Float64Array,
) => (at: number, word: number, address: number) => void;

/** Walks instructions of four bytes. No function takes over what registers hold. */
function walkOfWords(makeStep: MakeStep): MakeWalk {
  return ({ bytes, littleEndian }, found) => {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const upper = new Float64Array(32);
    const step = makeStep(found, upper);
    return (from, to, base) => {
      upper.fill(0);
      const last = Math.min(to, bytes.length) - 4;
      for (let at = from; at <= last; at += 4) step(at, view.getUint32(at, littleEndian), base + at);
    };
  };
}

/**
 * loong64 (LoongArch reference manual, volume 1): PCALAU12I, or PCADDU12I of older compilers, with the ADDI, load or store that completes
 * it, and targets of BL.
 */
export const loong64References = walkOfWords((found, upper) => (at, word, address) => {
  const distance = ((word << 7) >> 12) * 4096;
  const source = upper[(word >>> 5) & 31] ?? 0;
  const top = word >>> 26;
  if (word >>> 25 === 0x0d) upper[word & 31] = Math.floor(address / 4096) * 4096 + distance;
  else if (word >>> 25 === 0x0e) upper[word & 31] = address + distance;
  else if (top === 0x15 || top === 0x14) {
    found(at, address + ((((word & 0x3ff) << 22) >> 6) | ((word >>> 10) & 0xffff)) * 4);
  } else if (source !== 0 && (top === 0x0a || word >>> 22 === 0x0b || word >>> 22 === 0x0a)) {
    found(at, source + ((word << 10) >> 20));
    upper[word & 31] = 0;
  }
});

/**
 * ppc64 and ppc64le (Power ISA, book I): ADDIS with the ADDI, load or store that completes it, absolute (no base register), and targets
 * of BL. Addresses by way of the table of contents (R2) are not found.
 */
export const ppc64References = walkOfWords((found, upper) => (at, word, address) => {
  const opcode = word >>> 26;
  const [target, source] = [(word >>> 21) & 31, (word >>> 16) & 31];
  if (opcode === 15) upper[target] = source === 0 ? ((word << 16) >> 16) * 65536 : 0;
  else if (opcode === 18) found(at, address + (((word & 0x03fffffc) << 6) >> 6));
  else if (opcode === 14 || (opcode >= 32 && opcode <= 58)) {
    const high = source === 0 ? 0 : (upper[source] ?? 0);
    // The low two bits of the 64-bit forms say which instruction it is.
    const low = opcode === 58 ? word & 0xfffc : word & 0xffff;
    if (high !== 0) found(at, high + ((low << 16) >> 16));
    if (opcode === 14) upper[target] = 0;
  }
});

/** mips and mips64 (MIPS Architecture, volume II): LUI with the ADDIU, DADDIU, load or store that completes it, and targets of JAL. */
export const mipsReferences = walkOfWords((found, upper) => (at, word, address) => {
  const opcode = word >>> 26;
  const [source, target] = [(word >>> 21) & 31, (word >>> 16) & 31];
  if (opcode === 0x0f) upper[target] = ((word << 16) >>> 0) % 2 ** 32;
  else if (opcode === 3) found(at, Math.floor((address + 4) / 2 ** 28) * 2 ** 28 + (word & 0x3ffffff) * 4);
  else if (opcode === 9 || opcode === 25 || opcode >= 32 || opcode === 26 || opcode === 27) {
    const high = upper[source] ?? 0;
    if (high !== 0) found(at, high + ((word << 16) >> 16));
    if (opcode === 9 || opcode === 25) upper[target] = 0;
  }
});
