/**
 * golang/binary/ reads what the Go linker wrote: headers, what the loader needs, build info, the functions that are in it. It reads
 * only the pieces it needs, trusts no offset, and must not know images, bases or how the program was built.
 */
import { readGoBuild } from './build-info.ts';
import { readDynamic } from './dynamic.ts';
import { readElf } from './elf.ts';
import type { BuildInfo } from './module-info.ts';
import { readFunctionNames } from './names.ts';
import { withFileSource } from './source.ts';
import type { ByteSource } from './source.ts';
import type { NeededVersions } from './symbol-versions.ts';

/** A compiled program, as far as a build must know it. */
export interface Binary {
  /** GOARCH; `elf-<number>` for a machine that Go does not know. */
  readonly machine: string;
  readonly class: 32 | 64;
  readonly littleEndian: boolean;
  /** True when nothing else must be in the image for it to start: no loader, no shared library. With `pie`: static-pie. */
  readonly static: boolean;
  readonly pie: boolean;
  /** The loader's path. Go's own linker asks for one in every PIE, even without a shared library. */
  readonly interpreter?: string;
  readonly needed: readonly string[];
  readonly rpath: readonly string[];
  readonly runpath: readonly string[];
  /** Symbol versions that the loader insists on. */
  readonly versions: readonly NeededVersions[];
  /** `go1.26.8`; undefined when it was not made by Go. */
  readonly goVersion?: string;
  readonly buildInfo?: BuildInfo;
  /** True when there is no symbol table; function names are there all the same. */
  readonly stripped: boolean;
  /** False when the two questions below cannot be answered, and always say no: not Go's, packed or obfuscated. */
  readonly functionsKnown: boolean;
  /** Whether the linker kept a function, by its symbol name; one that was inlined everywhere counts. */
  hasFunction(name: string): boolean;
  /** Whether any function of a package, named by its import path, is in it. */
  links(path: string): boolean;
  /** Whether its dynamic strings hold a name, as they do of every function that it takes from a shared library. */
  mentions(name: string): boolean;
  /** Bytes of the file. */
  readonly size: number;
}

/** Reads a program. @throws ToolError BINARY_UNREADABLE with the reason, FILE_UNREADABLE */
export async function readBinary(file: string): Promise<Binary> {
  return withFileSource(file, readBinaryFrom);
}

/** As `readBinary`, from bytes that are anywhere. @throws ToolError BINARY_UNREADABLE */
export async function readBinaryFrom(source: ByteSource): Promise<Binary> {
  const elf = await readElf(source);
  const dynamic = await readDynamic(source, elf);
  const build = await readGoBuild(source, elf);
  // Looking for the names of a program that is not Go's would read all of it for nothing.
  const isGo = build !== undefined || elf.sections.some(({ name }) => name.endsWith('.gopclntab'));
  const names = isGo ? await readFunctionNames(source, elf, build?.goVersion) : undefined;
  return {
    machine: elf.machine,
    class: elf.class,
    littleEndian: elf.littleEndian,
    static: dynamic.interpreter === undefined && dynamic.needed.length === 0,
    pie: elf.relocatable,
    ...(dynamic.interpreter === undefined ? {} : { interpreter: dynamic.interpreter }),
    needed: dynamic.needed,
    rpath: dynamic.rpath,
    runpath: dynamic.runpath,
    versions: dynamic.versions,
    ...build,
    stripped: !elf.sections.some(({ name }) => name === '.symtab'),
    functionsKnown: names !== undefined,
    hasFunction: (name) => names?.has(name) ?? false,
    links: (path) => names?.hasPackage(path) ?? false,
    mentions: dynamic.mentions,
    size: source.size,
  };
}
