import { userInfo } from 'node:os';
import path from 'node:path';
import type { Env } from './ctx.ts';

/**
 * Coracle's own directory: `$CORACLE_HOME`, else `$XDG_CACHE_HOME/coracle` (which the XDG specification wants absolute), else
 * `~/.cache/coracle`. All in it can be deleted at any time.
 */
export function homeOf(env: Env, cwd: string): string {
  if (env['CORACLE_HOME']) return path.resolve(cwd, env['CORACLE_HOME']);
  const cache = env['XDG_CACHE_HOME'];
  if (cache && path.isAbsolute(cache)) return path.join(cache, 'coracle');
  return path.join(env['HOME'] || passwdHome(), '.cache', 'coracle');
}

/** For when HOME is not set: what passwd says. A user without a line there (a container's number) has none. */
function passwdHome(): string {
  try {
    return userInfo().homedir;
  } catch {
    return '/';
  }
}
