import type { Env } from '../core/ctx.ts';

/**
 * Go asks `git status` whether the tree is modified, and a user's git config can hide untracked files from it: then two users
 * would get two programs from one tree. Git reads this on top of all its files (git-config(1), GIT_CONFIG_COUNT).
 */
export function plainGit(env: Env): Record<string, string> {
  const count = Number(env['GIT_CONFIG_COUNT'] ?? 0) || 0;
  return {
    GIT_CONFIG_COUNT: String(count + 1),
    [`GIT_CONFIG_KEY_${count}`]: 'status.showUntrackedFiles',
    [`GIT_CONFIG_VALUE_${count}`]: 'normal',
  };
}
