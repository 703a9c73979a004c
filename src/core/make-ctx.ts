import type { Ctx, Env } from './ctx.ts';
import type { Event } from './event.ts';
import { homeOf } from './home.ts';
import type { Fetch } from './http.ts';

/** Makes the Ctx of a real command. Processes and HTTP are loaded when they are first used. */
export function makeCtx(env: Env, cwd: string, signal: AbortSignal, emit: (event: Event) => void): Ctx {
  let fetch: Promise<Fetch> | undefined;
  return {
    signal,
    env,
    cwd,
    home: homeOf(env, cwd),
    now: () => new Date(),
    emit,
    exec: async (command) => (await import('./exec.ts')).run(command, signal),
    fetch: async (request) => {
      fetch ??= import('./http.ts').then(({ createFetch }) => createFetch(env, signal));
      return (await fetch)(request);
    },
  };
}
