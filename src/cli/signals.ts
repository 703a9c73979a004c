import { ToolError } from '../core/errors.ts';

/** Milliseconds that a command has to wind up after a signal: children are killed for good after two seconds (core/exec). */
let patience = 2500;

/** Milliseconds in which hosts go back, with what their new release is still answering. */
export const windUp = 60_000;

/** For what takes longer to undo, as hosts that go back do. A second signal still ends it at once. */
export function windUpWithin(milliseconds: number): void {
  patience = milliseconds;
}

let passOn: ((name: NodeJS.Signals) => void) | undefined;

/** Signals that ask nothing of us, and something of a program that we run for the user. */
const others = ['SIGQUIT', 'SIGUSR1', 'SIGUSR2', 'SIGWINCH', 'SIGALRM', 'SIGCONT'] as const;

/** From now on every signal is the business of a program that runs for the user. @returns what ends that */
export function passSignals(to: (name: NodeJS.Signals) => void): () => void {
  passOn = to;
  for (const name of others) process.on(name, to);
  return () => {
    passOn = undefined;
    for (const name of others) process.off(name, to);
  };
}

/**
 * Ends the command at SIGINT, SIGTERM or SIGHUP: aborts it, lets it clean up, and exits by force when that takes too long or when a
 * second signal comes.
 */
export function onSignals(controller: AbortController, force: () => Promise<void>): void {
  let asked = false;
  const leave = (): void => {
    setTimeout(() => process.exit(130), 300).unref();
    void force().finally(() => process.exit(130));
  };
  const stop = (name: NodeJS.Signals): void => {
    if (passOn) return passOn(name);
    if (asked) return leave();
    asked = true;
    controller.abort(new ToolError('INTERRUPTED', `interrupted by ${name}`));
    setTimeout(leave, patience).unref();
  };
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, stop);
}
