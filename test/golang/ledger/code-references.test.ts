import { expect, test } from 'vitest';
import { referenceWalk } from '../../../src/golang/ledger/code-references.ts';

interface Given {
  readonly machine: string;
  /** Instructions in hex, as the disassembler prints bytes (words of fixed-width code: as numbers, with `words`). */
  readonly code: string;
  readonly base?: number;
  readonly big?: boolean;
  readonly words?: boolean;
}

/** What the walk finds: offset of the instruction -> address, in hex. */
function found({ machine, code, base = 0x400000, big = false, words = false }: Given): string[] {
  const parts = code.trim().split(/\s+/);
  const bytes = words ? fixedWidth(parts, big) : Buffer.from(parts.join(''), 'hex');
  const seen: string[] = [];
  const walk = referenceWalk(machine)?.({ bytes, littleEndian: !big }, (at, address) => {
    seen.push(`${at}: ${address.toString(16)}`);
  });
  walk?.(0, bytes.length, base);
  return seen;
}

function fixedWidth(words: readonly string[], big: boolean): Buffer {
  const bytes = Buffer.alloc(words.length * 4);
  for (const [index, word] of words.entries()) {
    const value = Number.parseInt(word, 16);
    if (big) bytes.writeUInt32BE(value, index * 4);
    else bytes.writeUInt32LE(value, index * 4);
  }
  return bytes;
}

test('amd64: an operand relative to the instruction pointer counts from the end of the instruction, behind its immediate', () => {
  // lea 0x1000(%rip),%rax; cmpl $0x0,0x10(%rip); movw $0x1,0x20(%rip) with an operand size prefix
  expect(found({ machine: 'amd64', code: '488d0500100000 833d1000000000 66c705200000000100' })).toEqual([
    '0: 401007',
    '7: 40001e',
    '14: 400037',
  ]);
});

test('amd64: lengths hold over prefixes, vector instructions and every form of operand', () => {
  const before = [
    'c5f877', // vzeroupper
    'c5fe6f07', // vmovdqu (%rdi),%ymm0
    'c4e27d5a0500000000', // vbroadcasti128 0(%rip): a reference
    'c4e37d39c101', // vextracti128 $1: has an immediate
    '62f1fe486f4701', // vmovdqu64 64(%rdi),%zmm0
    '62f37d4825c0ff', // vpternlogd $0xff
    '660f3a0fc108', // palignr $8
    '660f38dcc1', // aesenc
    'f30fb8c0', // popcnt
    'f6c101', // test $1,%cl: has an immediate
    'f6d9', // neg %cl: has none
    'f7c100000001', // test $0x1000000,%ecx
    '48b86655443322110000', // movabs: a 64-bit immediate
    '8b8424a0000000', // mov 0xa0(%rsp),%eax
    '8b048500100000', // mov 0x1000(,%rax,4),%eax: an absolute address
    '0fbae007', // bt $7,%eax
    'c8100000', // enter
    'e800000000', // call: a reference
  ];
  const offsets = before.map((_, index) => before.slice(0, index).join('').length / 2);
  const at = (index: number, address: number): string => `${offsets[index]}: ${address.toString(16)}`;
  expect(found({ machine: 'amd64', code: before.join('') })).toEqual([
    at(2, 0x400000 + (offsets[3] ?? 0)),
    at(12, 0x112233445566),
    at(14, 0x1000),
    at(17, 0x400000 + (offsets[17] ?? 0) + 5),
  ]);
});

test('amd64: bytes that are no instruction end the walk, and an instruction cut off by the end tells nothing', () => {
  expect(found({ machine: 'amd64', code: '06 488d0500100000' })).toEqual([]);
  expect(found({ machine: 'amd64', code: '488d05001000' })).toEqual([]);
  expect(found({ machine: 'amd64', code: '66 66 66' })).toEqual([]);
});

test('386: addresses are displacements and immediates', () => {
  // lea 0x8100000,%eax; movl $0x8100010,(%esp); mov 0x8100020(,%ecx,4),%edx; push $0x8100030; add $0x8100040,%eax is arithmetic
  const code = '8d0500001008 c7042410001008 8b148d20001008 6830001008 0540001008';
  expect(found({ machine: '386', code })).toEqual(['0: 8100000', '6: 8100010', '13: 8100020', '20: 8100030']);
});

test('arm64: a page and what completes it, in either direction', () => {
  // adrp x0, +0x2000; add x0, x0, #0x123; adrp x27, -0x1000; ldr x1, [x27, #16]; ldr q0 scaled by 16; bl +8
  const code = 'd0000000 91048c00 f0fffffb f9400b61 d0000001 3dc00420 94000002';
  expect(found({ machine: 'arm64', code, words: true })).toEqual([
    '4: 402123',
    '12: 3ff010',
    '20: 402010',
    '24: 400020',
  ]);
});

test('arm64: a register that no page was put into completes nothing', () => {
  expect(found({ machine: 'arm64', code: '91048c00 f9400b61', words: true })).toEqual([]);
});

test('arm: words of the literal pool', () => {
  // ldr r0, [pc, #0]; b; the pool; bl back to the start
  expect(found({ machine: 'arm', code: 'e59f0000 eafffffe 00123456 ebfffffb', words: true })).toEqual([
    '0: 123456',
    '12: 400000',
  ]);
});

test('arm: a frame size in the assembler’s own register was taken for an address', () => {
  // ldr r11, [pc, #12]; sub r2, sp, r11; ldr r11, [pc, #8]; ldr r0, [r11]; b; the pool
  const code = 'e59fb00c e05d200b e59fb008 e59b0000 eafffffe 003fff84 00123456';
  expect(found({ machine: 'arm', code, words: true })).toEqual(['8: 123456']);
});

test('riscv64: a high part and what completes it, past compressed instructions', () => {
  // auipc x31, 1; addi x10, x31, -16; c.nop; auipc x31, 2; sd x10, 24(x31)
  const code = '971f0000 13850fff 0100 972f0000 23bcaf00';
  expect(found({ machine: 'riscv64', code })).toEqual(['4: 400ff0', '14: 402022']);
});

test('s390x: distances count halfwords', () => {
  // lr; larl %r1, +0x1000; lgrl %r2, +0x20; brasl
  expect(found({ machine: 's390x', code: '1812 c01000000800 c42800000010 c0e500000004', big: true })).toEqual(
    ['2: 401002', '8: 400028', '14: 400016'],
  );
});

test('ppc64le, loong64 and mips: the low part is signed', () => {
  // lis r3, 0x11; addi r3, r3, -16
  expect(found({ machine: 'ppc64le', code: '3c600011 3863fff0', words: true })).toEqual(['4: 10fff0']);
  // pcalau12i r4, 1; addi.d r4, r4, -8
  expect(found({ machine: 'loong64', code: '1a000024 02ffe084', words: true })).toEqual(['4: 400ff8']);
  // lui r1, 0x11; lw r2, 8(r1), big endian
  expect(found({ machine: 'mips', code: '3c010011 8c220008', words: true, big: true })).toEqual([
    '4: 110008',
  ]);
});

test('there is no walk for a processor that is not known', () => {
  expect(referenceWalk('sparc64')).toBeUndefined();
});
