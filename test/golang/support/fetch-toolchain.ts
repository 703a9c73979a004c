/** Fetches one toolchain, in a process that a test may kill: HOME VERSION. */
import { run } from '../../../src/core/exec.ts';
import { createFetch } from '../../../src/core/http.ts';
import { ensureToolchain } from '../../../src/golang/toolchain.ts';

const [home = '', version = ''] = process.argv.slice(2);
const { signal } = new AbortController();
await ensureToolchain(
  {
    signal,
    env: process.env,
    cwd: home,
    home,
    now: () => new Date(),
    emit: () => undefined,
    exec: async (command) => run(command, signal),
    fetch: createFetch(process.env, signal),
  },
  version,
);
