import type { Code, FoundReference, ReferenceWalk } from './code-references.ts';
import {
  attribute,
  oneByte,
  threeByteImmediate,
  twoByte,
  vectorAttribute,
} from './code-references-x86-tables.ts';

/**
 * Finds addresses in x86 code (Intel SDM volume 2, chapter 2: instruction format): operands relative to the instruction pointer, absolute
 * displacements, immediates that are as wide as an address, and call targets. Only lengths and operands are understood, not meanings.
 */
export function x86References(code: Code, wide: boolean, found: FoundReference): ReferenceWalk {
  const { bytes } = code;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const table = oneByte(wide);
  // What the current instruction was found to be. Kept outside so that no instruction allocates.
  let kind = 0;
  let base = 0;
  let opcode = 0;
  let operandSize = 4;
  let displacementAt = 0;
  let relative = false;
  let group = 0;

  /** Past prefixes and opcode; -1 when these are no instruction's. Sets kind, opcode and operandSize. */
  const opcodeAt = (start: number, to: number): number => {
    operandSize = 4;
    let at = start;
    for (; at < to; at++) {
      opcode = bytes[at] ?? 0;
      kind = table[opcode] ?? 0;
      if (kind !== attribute.prefix) break;
      if (opcode === 0x66) operandSize = 2;
    }
    if (wide && (opcode & 0xf0) === 0x40) {
      if ((opcode & 8) !== 0) operandSize = 8;
      opcode = bytes[++at] ?? 0;
      kind = table[opcode] ?? 0;
    }
    const next = bytes[at + 1] ?? 0;
    if (opcode === 0x0f) return escapedAt(at + 1, next);
    if ((opcode === 0xc4 || opcode === 0xc5 || opcode === 0x62) && (wide || next >= 0xc0))
      return vectorAt(at);
    return at + 1;
  };

  const escapedAt = (at: number, second: number): number => {
    opcode = 0x0f00 | second;
    if (second === 0x38 || second === 0x3a) {
      kind = second === 0x3a ? attribute.modrm | threeByteImmediate : attribute.modrm;
      return at + 2;
    }
    kind = twoByte[second] ?? 0;
    return at + 1;
  };

  const vectorAt = (at: number): number => {
    const first = bytes[at + 1] ?? 0;
    const length = opcode === 0xc5 ? 2 : opcode === 0xc4 ? 3 : 4;
    const map = opcode === 0xc5 ? 1 : opcode === 0xc4 ? first & 0x1f : first & 7;
    kind = vectorAttribute(map, bytes[at + length] ?? 0);
    opcode = 0x0f00;
    return at + length + 1;
  };

  /** Past the operand in memory or register. Sets displacementAt (0: it has none of 4 bytes that could be an address). */
  const operandAt = (at: number): number => {
    const modrm = bytes[at] ?? 0;
    const mode = modrm >> 6;
    group = (modrm >> 3) & 7;
    if (mode === 3) return at + 1;
    const hasIndex = (modrm & 7) === 4;
    const end = at + (hasIndex ? 2 : 1);
    const register = (hasIndex ? (bytes[at + 1] ?? 0) : modrm) & 7;
    if (mode === 0 && register === 5) {
      displacementAt = end;
      relative = wide && !hasIndex;
      return end + 4;
    }
    if (mode === 1) return end + 1;
    if (mode === 0) return end;
    // With a base register it is an address only where all addresses have 32 bits: else it is a field's distance.
    if (!wide) displacementAt = end;
    return end + 4;
  };

  const immediateSize = (): number => {
    switch (kind & attribute.immediates) {
      case attribute.byte:
        return 1;
      case attribute.word:
        return 2;
      case attribute.operand:
        return operandSize === 2 ? 2 : 4;
      case attribute.near:
        return 4;
      case attribute.value:
        return operandSize;
      case attribute.enter:
        return 3;
      case attribute.address:
        return wide ? 8 : 4;
      case attribute.far:
        return 6;
      case attribute.test8:
        return group < 2 ? 1 : 0;
      case attribute.test:
        return group < 2 ? (operandSize === 2 ? 2 : 4) : 0;
      default:
        return 0;
    }
  };

  const tellImmediate = (start: number, at: number, size: number): void => {
    if (opcode === 0xe8 || opcode === 0xe9) found(start, base + at + 4 + view.getInt32(at, true));
    else if (size === 8) found(start, view.getUint32(at, true) + view.getUint32(at + 4, true) * 2 ** 32);
    else if (!wide && size === 4 && mayHoldAddress(opcode, group)) found(start, view.getUint32(at, true));
  };

  return (from, to, first) => {
    base = first;
    const last = Math.min(to, bytes.length);
    let at = from;
    while (at < last) {
      const start = at;
      displacementAt = 0;
      relative = false;
      at = opcodeAt(at, last);
      if (kind >= attribute.prefix) return;
      if ((kind & attribute.modrm) !== 0) at = operandAt(at);
      const size = immediateSize();
      const end = at + size;
      if (end > last) return;
      if (displacementAt > 0) {
        const displacement = view.getInt32(displacementAt, true);
        found(start, relative ? base + end + displacement : displacement >>> 0);
      }
      if (size >= 4) tellImmediate(start, at, size);
      at = end;
    }
  };
}

/** Of 32-bit code: MOV of a constant to register or memory, PUSH, and CMP, by which the compiler handles addresses. */
function mayHoldAddress(opcode: number, group: number): boolean {
  return (
    (opcode >= 0xb8 && opcode <= 0xbf) ||
    (opcode >= 0xa0 && opcode <= 0xa3) ||
    opcode === 0x68 ||
    opcode === 0xc7 ||
    opcode === 0x3d ||
    (opcode === 0x81 && group === 7)
  );
}
