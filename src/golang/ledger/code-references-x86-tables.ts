/** What follows an opcode: the operand byte (ModRM) or not, and one kind of immediate. */
export const attribute = {
  /** Not an instruction, or one that needs no length here. */
  invalid: 0xff,
  prefix: 0xfe,
  modrm: 0x80,
  immediates: 0x0f,
  none: 0,
  byte: 1,
  word: 2,
  /** 2 bytes with the operand size prefix, else 4. */
  operand: 3,
  /** As wide as the operand, up to 8 bytes: MOV of a constant to a register. */
  value: 4,
  enter: 5,
  /** An absolute address. */
  address: 6,
  far: 7,
  /** TEST has an immediate, its neighbours in the same group have none. */
  test8: 8,
  test: 9,
  /** Distance of a jump: 4 bytes whatever the operand size. */
  near: 10,
} as const;

export const threeByteImmediate = attribute.byte;

function fill(table: Uint8Array, from: number, to: number, value: number): void {
  table.fill(value, from, to + 1);
}

function base(): Uint8Array {
  const { modrm, byte, word, operand, value, prefix, near } = attribute;
  const table = new Uint8Array(256);
  for (let row = 0; row < 0x40; row += 8) {
    fill(table, row, row + 3, modrm);
    table[row + 4] = byte;
    table[row + 5] = operand;
  }
  for (const at of [0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65, 0x66, 0xf0, 0xf2, 0xf3]) table[at] = prefix;
  table[0x62] = modrm;
  table[0x63] = modrm;
  table[0x68] = operand;
  table[0x69] = modrm | operand;
  table[0x6a] = byte;
  table[0x6b] = modrm | byte;
  fill(table, 0x70, 0x7f, byte);
  fill(table, 0x80, 0x83, modrm | byte);
  table[0x81] = modrm | operand;
  fill(table, 0x84, 0x8f, modrm);
  fill(table, 0xa0, 0xa3, attribute.address);
  table[0xa8] = byte;
  table[0xa9] = operand;
  fill(table, 0xb0, 0xb7, byte);
  fill(table, 0xb8, 0xbf, value);
  fill(table, 0xc0, 0xc1, modrm | byte);
  table[0xc2] = word;
  fill(table, 0xc4, 0xc5, modrm);
  table[0xc6] = modrm | byte;
  table[0xc7] = modrm | operand;
  table[0xc8] = attribute.enter;
  table[0xca] = word;
  table[0xcd] = byte;
  fill(table, 0xd0, 0xd3, modrm);
  fill(table, 0xd8, 0xdf, modrm);
  fill(table, 0xe0, 0xe7, byte);
  fill(table, 0xe8, 0xe9, near);
  table[0xeb] = byte;
  table[0xf6] = modrm | attribute.test8;
  table[0xf7] = modrm | attribute.test;
  fill(table, 0xfe, 0xff, modrm);
  return table;
}

function only64(): Uint8Array {
  const table = base();
  for (const at of [0x06, 0x07, 0x0e, 0x16, 0x17, 0x1e, 0x1f, 0x27, 0x2f, 0x37, 0x3f])
    table[at] = attribute.invalid;
  for (const at of [0x60, 0x61, 0x82, 0x9a, 0xce, 0xd4, 0xd5, 0xd6, 0xea]) table[at] = attribute.invalid;
  table[0x67] = attribute.prefix;
  return table;
}

function only32(): Uint8Array {
  const table = base();
  // Addresses of 16 bits have operands of another form, which no Go program uses.
  table[0x67] = attribute.invalid;
  fill(table, 0xd4, 0xd5, attribute.byte);
  table[0x9a] = attribute.far;
  table[0xea] = attribute.far;
  return table;
}

const wideTable = only64();
const narrowTable = only32();

export function oneByte(wide: boolean): Uint8Array {
  return wide ? wideTable : narrowTable;
}

function escaped(): Uint8Array {
  const table = new Uint8Array(256).fill(attribute.modrm);
  const bare = [
    0x05, 0x06, 0x07, 0x08, 0x09, 0x0b, 0x0e, 0x30, 0x31, 0x32, 0x33, 0x34, 0x35, 0x37, 0x77, 0xa0, 0xa1,
    0xa2, 0xa8, 0xa9, 0xaa, 0xc8, 0xc9, 0xca, 0xcb, 0xcc, 0xcd, 0xce, 0xcf,
  ];
  for (const at of bare) table[at] = attribute.none;
  fill(table, 0x80, 0x8f, attribute.near);
  for (const at of [0x0f, 0x70, 0x71, 0x72, 0x73, 0xa4, 0xac, 0xba, 0xc2, 0xc4, 0xc5, 0xc6])
    table[at] = attribute.modrm | attribute.byte;
  return table;
}

/** Opcodes after 0F. */
export const twoByte = escaped();

/** Of instructions with a VEX or EVEX prefix: `map` is the opcode map that the prefix names. */
export function vectorAttribute(map: number, opcode: number): number {
  if (map === 1) {
    if (opcode === 0x77) return attribute.none;
    const immediate = (twoByte[opcode] ?? 0) === (attribute.modrm | attribute.byte);
    return immediate ? attribute.modrm | attribute.byte : attribute.modrm;
  }
  if (map === 3) return attribute.modrm | attribute.byte;
  return map === 2 || (map > 3 && map < 8) ? attribute.modrm : attribute.invalid;
}
