import { readDynamic } from './dynamic.ts';
import type { Dynamic } from './dynamic.ts';
import { readElf } from './elf.ts';
import type { ByteSource } from './source.ts';

/** A shared library, as far as a loader looks at it. */
export interface Library extends Dynamic {
  /** GOARCH. */
  readonly machine: string;
}

/** Reads a shared library's needs and the symbol versions it defines. @throws ToolError BINARY_UNREADABLE */
export async function readLibrary(source: ByteSource): Promise<Library> {
  const elf = await readElf(source);
  return { machine: elf.machine, ...(await readDynamic(source, elf)) };
}
