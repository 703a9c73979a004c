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

/** chown, fchown, lchown and fchownat; setgroups, setuid, setgid, setresuid, setresgid, setreuid, setregid: by machine. */
const idCalls: Readonly<Record<number, readonly number[]>> = {
  0xc000003e: [92, 93, 94, 260, 116, 105, 106, 117, 119, 113, 114],
  0x40000003: [
    182, 95, 16, 212, 207, 198, 298, 81, 206, 23, 213, 46, 214, 164, 208, 170, 210, 70, 203, 71, 204,
  ],
  0xc00000b7: [54, 55, 159, 146, 144, 147, 149, 145, 143],
  0x40000028: [
    182, 95, 16, 212, 207, 198, 325, 81, 206, 23, 213, 46, 214, 164, 208, 170, 210, 70, 203, 71, 204,
  ],
};

/** Answers the calls that change owners and users with success, whichever machine's program makes them; they are not made. */
export function idFilter(): Instruction[] {
  const parts = Object.entries(idCalls).map(([machine, calls]): Instruction[] => [
    [ifEqual, 0, calls.length + 3, Number(machine)],
    [load, 0, 0, 0],
    ...calls.map((call, index): Instruction => [ifEqual, calls.length - index, 0, call]),
    [give, 0, 0, allow],
    [give, 0, 0, refuse], // with the error 0
  ]);
  return [[load, 0, 0, 4], ...parts.flat(), [give, 0, 0, allow]];
}

/** Makes changes of owner and user succeed without effect, for this process and all that come of it. */
export function feignIds(libc: Libc): void {
  install(libc, idFilter());
}

/** Refuses the system calls of keyrings to this process and all that come of it. */
export function refuseKeyrings(libc: Libc): void {
  install(libc, keyringFilter());
}

function install(libc: Libc, program: readonly Instruction[]): void {
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
