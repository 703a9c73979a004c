import os from 'node:os';
import type { Libc } from './libc.ts';

/** One instruction of the kernel's classic packet filter. */
export type Instruction = readonly [code: number, ifTrue: number, ifFalse: number, value: number];

const load = 0x20; // a 32-bit word of struct seccomp_data
const ifEqual = 0x15;
const give = 0x06;
const allow = 0x7fff0000;
const refuse = 0x00050000; // with an errno in the low bits

/** add_key, request_key and keyctl on each machine whose programs may run here: the keyrings of the user belong to no namespace. */
const keyCalls: readonly number[] =
  process.arch === 'arm64'
    ? [217, 218, 219, 309, 310, 311]
    : [248, 249, 250, 286, 287, 288, 0x40000000 + 248, 0x40000000 + 249, 0x40000000 + 250];

/** Numbers of two machines are refused on both; what else they mean there is nothing that a container may do, or listed below. */
export function keyringFilter(): Instruction[] {
  const [native, compatible] = process.arch === 'arm64' ? [0xc00000b7, 0x40000028] : [0xc000003e, 0x40000003];
  const nativeCalls = keyCalls.filter((call) =>
    process.arch === 'arm64' ? call < 300 : call < 280 || call > 300,
  );
  const otherCalls = keyCalls.filter((call) => !nativeCalls.includes(call));
  const list = (calls: readonly number[]): Instruction[] => [
    [load, 0, 0, 0],
    ...calls.map((call, index): Instruction => [ifEqual, calls.length - index, 0, call]),
    [give, 0, 0, allow],
    [give, 0, 0, refuse | os.constants.errno.EPERM],
  ];
  const first = list(nativeCalls);
  return [
    [load, 0, 0, 4],
    [ifEqual, 0, first.length, native],
    ...first,
    [ifEqual, 0, list(otherCalls).length, compatible],
    ...list(otherCalls),
    [give, 0, 0, refuse | os.constants.errno.EPERM],
  ];
}

const PR_SET_SECCOMP = 22;
const filterMode = 2;

/** Refuses the system calls of keyrings to this process and all that come of it. */
export function refuseKeyrings(libc: Libc): void {
  const program = keyringFilter();
  const code = Buffer.alloc(program.length * 8);
  for (const [index, [op, ifTrue, ifFalse, value]] of program.entries()) {
    code.writeUInt16LE(op, index * 8);
    code.writeUInt8(ifTrue, index * 8 + 2);
    code.writeUInt8(ifFalse, index * 8 + 3);
    code.writeUInt32LE(value, index * 8 + 4);
  }
  const header = Buffer.alloc(16);
  header.writeUInt16LE(program.length, 0);
  header.writeBigUInt64LE(libc.address(code), 8);
  libc.callWith('prctl', [PR_SET_SECCOMP, filterMode, header]);
}
