import { armReferences } from './code-references-arm.ts';
import { arm64References } from './code-references-arm64.ts';
import { loong64References, mipsReferences, ppc64References } from './code-references-pairs.ts';
import { riscv64References } from './code-references-riscv64.ts';
import { s390xReferences } from './code-references-s390x.ts';
import { x86References } from './code-references-x86.ts';

/** Machine code in memory. */
export interface Code {
  readonly bytes: Buffer;
  readonly littleEndian: boolean;
}

/** Told the offset in `bytes` of an instruction (the last one of a pair) and a memory address that it speaks of: to read, write, call, or pass on. */
export type FoundReference = (at: number, address: number) => void;

/**
 * Goes through the code in [from, to), offsets in `bytes`, and tells every address in it. One call takes one function: what was known
 * of registers does not outlive it. Bytes that are no instruction end the walk through that function.
 * @param base memory address of the byte at offset 0, if the code's segment reached that far
 */
export type ReferenceWalk = (from: number, to: number, base: number) => void;

export type MakeWalk = (code: Code, found: FoundReference) => ReferenceWalk;

const walks: Readonly<Record<string, MakeWalk>> = {
  amd64: (code, found) => x86References(code, true, found),
  '386': (code, found) => x86References(code, false, found),
  arm64: arm64References,
  arm: armReferences,
  riscv64: riscv64References,
  s390x: s390xReferences,
  loong64: loong64References,
  ppc64: ppc64References,
  ppc64le: ppc64References,
  mips: mipsReferences,
  mipsle: mipsReferences,
  mips64: mipsReferences,
  mips64le: mipsReferences,
};

/** The walk for a processor (GOARCH); undefined for one whose instructions cannot be read here. */
export function referenceWalk(machine: string): MakeWalk | undefined {
  return walks[machine];
}
