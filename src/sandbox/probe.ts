/**
 * The smallest program of a machine: it ends with exit code 0. What runs it can run that machine's programs. ELF (System V ABI,
 * chapter 4), system calls as each machine's Linux has them.
 */

interface Machine {
  readonly bits: 32 | 64;
  readonly littleEndian: boolean;
  /** `e_machine`. */
  readonly number: number;
  readonly flags?: number;
  /** Debian's name in `qemu-NAME-static`. */
  readonly qemu: string;
  /** Sets the result to 0, the call to `exit`, and calls. Hexadecimal, in the order of memory. */
  readonly code: string;
}

const machines: Readonly<Record<string, Machine>> = {
  amd64: { bits: 64, littleEndian: true, number: 62, qemu: 'x86_64', code: '31ff b83c000000 0f05' },
  '386': { bits: 32, littleEndian: true, number: 3, qemu: 'i386', code: '31db b801000000 cd80' },
  arm64: { bits: 64, littleEndian: true, number: 183, qemu: 'aarch64', code: '000080d2 a80b80d2 010000d4' },
  arm: {
    bits: 32,
    littleEndian: true,
    number: 40,
    flags: 0x05000000,
    qemu: 'arm',
    code: '0000a0e3 0170a0e3 000000ef',
  },
  riscv64: {
    bits: 64,
    littleEndian: true,
    number: 243,
    flags: 4,
    qemu: 'riscv64',
    code: '13050000 9308d005 73000000',
  },
  ppc64le: {
    bits: 64,
    littleEndian: true,
    number: 21,
    flags: 2,
    qemu: 'ppc64le',
    code: '01000038 00006038 02000044',
  },
  s390x: { bits: 64, littleEndian: false, number: 22, qemu: 's390x', code: 'a7290000 0a01' },
  loong64: {
    bits: 64,
    littleEndian: true,
    number: 258,
    flags: 0x43,
    qemu: 'loongarch64',
    code: '04008003 0b748103 00002b00',
  },
};

export interface Probe {
  readonly program: Uint8Array;
  readonly qemu: string;
  /** What the first bytes of such a program are, where `mask` has ones. */
  readonly magic: Uint8Array;
  readonly mask: Uint8Array;
}

const base = 0x400000;
const executable = 2;

/** Undefined for a machine that we do not know. */
export function probeFor(architecture: string): Probe | undefined {
  const machine = machines[architecture];
  if (!machine) return undefined;
  const own = elf(machine);
  const mask = new Uint8Array(20).fill(0xff);
  mask[7] = 0; // the system that the program says it is for
  mask[machine.littleEndian ? 16 : 17] = 0xfe; // programs at a fixed place or at any
  return { program: own, qemu: machine.qemu, magic: own.subarray(0, 20), mask };
}

/** A program of a known machine with other code (hexadecimal): for tests. @throws Error for an unknown machine */
export function program(architecture: string, code: string): Uint8Array {
  const machine = machines[architecture];
  if (!machine) throw new Error(`no machine ${architecture}`);
  return elf({ ...machine, code });
}

function elf({ bits, littleEndian, number, flags = 0, code }: Machine): Uint8Array {
  const wide = bits === 64;
  const [headerSize, segmentSize] = wide ? [64, 56] : [52, 32];
  const text = Buffer.from(code.replaceAll(' ', ''), 'hex');
  const start = headerSize + segmentSize;
  const file = Buffer.alloc(start + text.length);
  let at = 0;
  const put = (size: number, value: number): void => {
    const bytes = Buffer.alloc(size);
    bytes.writeUIntBE(value, Math.max(0, size - 6), Math.min(size, 6));
    (littleEndian ? bytes.reverse() : bytes).copy(file, at);
    at += size;
  };
  const word = wide ? 8 : 4;
  Buffer.from([0x7f, 0x45, 0x4c, 0x46, wide ? 2 : 1, littleEndian ? 1 : 2, 1]).copy(file);
  at = 16;
  put(2, executable);
  put(2, number);
  put(4, 1);
  put(word, base + start); // entry
  put(word, headerSize); // program headers
  put(word, 0);
  put(4, flags);
  for (const value of [headerSize, segmentSize, 1, 0, 0, 0]) put(2, value);
  const readAndExecute = 5;
  put(4, 1); // to be loaded
  if (wide) put(4, readAndExecute);
  put(word, 0);
  put(word, base);
  put(word, base);
  put(word, file.length);
  put(word, file.length);
  if (!wide) put(4, readAndExecute);
  put(word, 0x1000);
  text.copy(file, start);
  return file;
}
