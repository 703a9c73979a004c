import path from 'node:path';
import type { Ctx, Env } from '../core/ctx.ts';
import type { Event } from '../core/event.ts';
import type { Fetch } from '../core/http.ts';

/** Makes the Ctx of a real command. Processes and HTTP are loaded when they are first used. */
export function makeCtx(
  env: Env,
  cwd: string,
  signal: AbortSignal,
  emit: (event: Event) => void,
  userHome: () => string,
): Ctx {
  let fetch: Promise<Fetch> | undefined;
  return {
    signal,
    env,
    cwd,
    home: homeOf(env, cwd, userHome),
    now: () => new Date(),
    emit,
    exec: async (command) => (await import('../core/exec.ts')).run(command, signal),
    fetch: async (request) => {
      fetch ??= import('../core/http.ts').then(({ createFetch }) => createFetch(env, signal));
      return (await fetch)(request);
    },
  };
}

/** `$CORACLE_HOME`, else `$XDG_CACHE_HOME/coracle` (which the XDG specification wants absolute), else `~/.cache/coracle`. */
function homeOf(env: Env, cwd: string, userHome: () => string): string {
  if (env['CORACLE_HOME']) return path.resolve(cwd, env['CORACLE_HOME']);
  const cache = env['XDG_CACHE_HOME'];
  if (cache && path.isAbsolute(cache)) return path.join(cache, 'coracle');
  return path.join(env['HOME'] || userHome(), '.cache', 'coracle');
}
