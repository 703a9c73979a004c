import { expect, test } from 'vitest';
import { idFilter } from '../../src/sandbox/init/seccomp.ts';

const machines = {
  amd64: 0xc000003e,
  i386: 0x40000003,
  arm64: 0xc00000b7,
  arm: 0x40000028,
  riscv64: 0xc00000f3,
};
const allowed = 0x7fff0000;
/** An error of 0: the call is not made, and has succeeded. */
const feigned = 0x00050000;

/** What the kernel's packet filter answers to a system call. */
function answer(machine: keyof typeof machines, call: number): number {
  const program = idFilter();
  let held = 0;
  for (let at = 0; at < program.length; at++) {
    const [code = 0, ifTrue = 0, ifFalse = 0, value = 0] = program[at] ?? [];
    if (code === 0x20) held = value === 4 ? machines[machine] : call;
    else if (code === 0x15) at += held === value ? ifTrue : ifFalse;
    else return value;
  }
  throw new Error('the filter has no end');
}

test('changes of owner and user are feigned for programs of each machine, and nothing else is', () => {
  const chowns = {
    amd64: [92, 93, 94, 260],
    i386: [182, 212, 298],
    arm64: [54, 55],
    arm: [182, 212, 325],
  } as const;
  for (const machine of ['amd64', 'i386', 'arm64', 'arm'] as const)
    for (const call of chowns[machine])
      expect([machine, call, answer(machine, call)]).toEqual([machine, call, feigned]);
  // setgroups and setresuid of amd64, setgroups of arm64.
  expect([answer('amd64', 116), answer('amd64', 117), answer('arm64', 159)]).toEqual([
    feigned,
    feigned,
    feigned,
  ]);
  // openat, execve, chmod of amd64; fchmod of arm64; a machine that is not known.
  expect([257, 59, 90].map((call) => answer('amd64', call))).toEqual([allowed, allowed, allowed]);
  expect([answer('arm64', 52), answer('riscv64', 55)]).toEqual([allowed, allowed]);
});
