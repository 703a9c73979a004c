import { fstatSync } from 'node:fs';
import type { Env } from '../core/ctx.ts';

export type ProgressMode = 'tty' | 'plain' | 'json' | 'quiet';

/** True when the stream is a terminal. node:tty is only loaded for what may be one. */
export async function isTerminal(fd: 0 | 1 | 2): Promise<boolean> {
  try {
    if (!fstatSync(fd).isCharacterDevice()) return false;
  } catch {
    return false; // closed
  }
  const { isatty } = await import('node:tty');
  return isatty(fd);
}

/** Whether to colour a stream: NO_COLOR wins, then FORCE_COLOR and CLICOLOR_FORCE, then whether it is a terminal that can. */
export function wantsColor(env: Env, terminal: boolean): boolean {
  if (env['NO_COLOR']) return false;
  const forced = env['FORCE_COLOR'] ?? env['CLICOLOR_FORCE'];
  if (forced !== undefined && forced !== '') return forced !== '0' && forced !== 'false';
  return terminal && env['TERM'] !== 'dumb';
}

/** What `auto` comes to on this stderr. In CI there may be a terminal, but nobody looks at it while it moves. */
export function progressMode(wanted: string, env: Env, terminal: boolean): ProgressMode {
  if (wanted === 'tty' || wanted === 'plain' || wanted === 'json' || wanted === 'quiet') return wanted;
  const ci = env['CI'] !== undefined && env['CI'] !== '' && env['CI'] !== 'false';
  return terminal && env['TERM'] !== 'dumb' && !ci ? 'tty' : 'plain';
}
