import { createRequire } from 'node:module';
import type { LibraryHandle } from 'koffi';
import { ToolError } from './errors.ts';

/** As much of koffi as its binary alone gives. Loaded without its JavaScript: that costs ten times as long. */
export interface Koffi {
  /** null: what is linked into this process, the C library among it. */
  load(file: string | null): LibraryHandle;
  /** `errno` of the last call. */
  errno(): number;
}

/**
 * Path of koffi's binary for this machine, by which Node makes system calls that it has no function for.
 * @throws ToolError UNSUPPORTED where the package is not installed
 */
export function koffiAddon(): string {
  const platform = `linux-${process.arch}`;
  try {
    // From the sources as from dist/: node_modules lies above both. Node itself is linked with glibc, so the binary is too.
    const main = createRequire(import.meta.url).resolve(`@koromix/koffi-${platform}`);
    return main.replace(/[^/]*$/, `${platform.replace('-', '_')}/koffi.node`);
  } catch (error) {
    throw new ToolError('UNSUPPORTED', `there is no package @koromix/koffi-${platform} on this machine`, {
      hint: 'It comes with Coracle on x64 and arm64; install Coracle again without leaving out optional packages.',
      cause: error,
    });
  }
}

let loaded: Koffi | undefined;

/** Loads it once, at first need: about two milliseconds. */
export function koffi(): Koffi {
  if (loaded) return loaded;
  const module: { exports: unknown } = { exports: {} };
  process.dlopen(module, koffiAddon());
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what koffi's binary exports
  loaded = module.exports as Koffi;
  return loaded;
}
