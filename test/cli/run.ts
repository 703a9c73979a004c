import path from 'node:path';
import type { Env } from '../../src/core/ctx.ts';
import { run, type Command, type Exit } from '../../src/core/exec.ts';
import { testCacheRoot } from '../components/cache.ts';
import { tempDir } from '../support/ctx.ts';

export const main = path.join(import.meta.dirname, '../../src/cli/main.ts');

/**
 * An environment that holds nothing of the machine's: what a test sees depends on the test. Node keeps what it makes of the sources, so that
 * one start in hundreds reads them all.
 */
export function cleanEnv(home: string, more: Env = {}): Env {
  return {
    PATH: process.env['PATH'],
    HOME: home,
    CORACLE_HOME: path.join(home, 'coracle'),
    NODE_COMPILE_CACHE: path.join(testCacheRoot, 'node'),
    ...more,
  };
}

/** Runs the program from source in a process of its own. */
export async function coracle(
  args: readonly string[],
  options: Partial<Pick<Command, 'cwd' | 'env' | 'input' | 'onOutput'>> & { signal?: AbortSignal } = {},
): Promise<Exit> {
  const { signal = new AbortController().signal, env, cwd, ...rest } = options;
  const home = env ? '' : tempDir();
  return run(
    {
      argv: [process.execPath, main, ...args],
      env: env ?? cleanEnv(home),
      cwd: cwd ?? (home || tempDir()),
      ...rest,
    },
    signal,
  );
}
