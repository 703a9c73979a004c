import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { ToolError } from '../core/errors.ts';
import { loadLibc, type Libc } from './init/libc.ts';

/** Where the init and the binary that it calls the kernel with lie: beside our sources, or beside the bundle. */

let libc: Libc | undefined;

/** koffi's binary for this machine. */
export function koffiAddon(): string {
  const { arch } = process;
  try {
    const main = createRequire(import.meta.url).resolve(`@koromix/koffi-linux-${arch}`);
    return path.join(path.dirname(main), `linux_${arch}`, 'koffi.node');
  } catch (error) {
    throw new ToolError('SANDBOX_UNAVAILABLE', `the package @koromix/koffi-linux-${arch} is not there`, {
      hint: 'Install Coracle again with its optional dependencies: npm install @coracle/cli',
      cause: error,
    });
  }
}

/** The command line of the init, to be started by something that gave it namespaces of its own. */
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
  libc ??= loadLibc(koffiAddon());
  return libc;
}
