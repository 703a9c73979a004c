/**
 * view/ is the door for people who want to look around in an explanation: a full screen driven by keys. It knows keys and screens; it
 * must not know how an explanation is made, and it changes nothing.
 *
 * Three parts that do not know each other's work: what a key does to the state (press.ts and what it uses), what the state looks like
 * (draw/), and a thin driver between them and a terminal (driver.ts). The first two are pure.
 *
 *     const code = await openView(explanation, { input: process.stdin, output: process.stdout, env, signal }, { color, utf8 });
 */
import type { Env } from '../core/ctx.ts';
import { ToolError } from '../core/errors.ts';
import type { Explanation } from '../explain/types.ts';
import { drive } from './driver.ts';
import type { ViewInput, ViewOutput } from './screen.ts';
import { start } from './state.ts';
import { viewedOf } from './tabs/viewed.ts';

export interface ViewTerminal {
  /** Standard input, as Node gives it. Read in raw mode while the view is open, paused afterwards. */
  readonly input: ViewInput;
  /** Standard output, as Node gives it. */
  readonly output: ViewOutput;
  /** Only `TERM` is read. */
  readonly env: Env;
  /** Closes the view: the terminal is put back, and what was the reason is thrown. */
  readonly signal: AbortSignal;
}

export interface ViewOptions {
  /** Colours and other marks of text. Without, nothing is told by colour anyway. */
  readonly color: boolean;
  /** Lines and bars in Unicode; else in ASCII. */
  readonly utf8: boolean;
}

/** Whether this terminal can show the view: both ends are one, and it can move its cursor. */
export function canView({ input, output, env }: Omit<ViewTerminal, 'signal'>): boolean {
  return input.isTTY && output.isTTY && (env['TERM'] ?? 'dumb') !== 'dumb';
}

/**
 * Shows an explanation until the user leaves.
 * @param more the same explanation with its programs in it, when it comes; while it is waited for, the view says so
 * @returns the exit code: 0 after `q`, 130 after Ctrl-C
 * @throws ToolError USAGE on a terminal that cannot show it; the signal's reason
 */
export async function openView(
  explanation: Explanation,
  terminal: ViewTerminal,
  options: ViewOptions,
  more?: Promise<Explanation>,
): Promise<number> {
  if (!canView(terminal)) {
    throw new ToolError('USAGE', 'the view needs a terminal that can move its cursor', {
      hint: 'Take --plain for the same in lines of text.',
    });
  }
  const viewed = viewedOf(explanation);
  if (!more) return drive(start(viewed), terminal, options);
  return drive(start({ ...viewed, waiting: 'reading programs' }), terminal, options, more.then(viewedOf));
}
