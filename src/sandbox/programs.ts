import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { koffi, koffiAddon } from '../core/koffi.ts';
import { bindLibc, type Libc } from './init/libc.ts';

let libc: Libc | undefined;

/**
 * The command line of the init, to be started by something that gave it namespaces of its own. It lies beside our sources, or
 * beside the bundle.
 */
export function initCommand(): readonly [string, ...string[]] {
  const here = fileURLToPath(import.meta.url);
  const inSources = here.endsWith('.ts');
  const init = inSources ? './init/main.ts' : './sandbox-init.js';
  // It is a short life: nothing is worth being optimised, no thread worth being started.
  const flags = ['--no-opt', '--v8-pool-size=0', ...(inSources ? ['--no-warnings'] : [])];
  return [process.execPath, ...flags, path.join(path.dirname(here), init), koffiAddon()];
}

/** The system calls, for this process itself. */
export function ownLibc(): Libc {
  libc ??= bindLibc(koffi());
  return libc;
}
