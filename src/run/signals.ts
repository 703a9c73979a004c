import { constants } from 'node:os';

/** Sends a signal to the program. */
export type Kill = (signal: NodeJS.Signals) => void;

/** Interrupts at which the program is ended, if it heeds none: as PID 1 it may ignore them without wanting to. */
const enough = 3;

/**
 * What to do with the signals that this process gets: they go on to the program. One that asks to stop is the image's STOPSIGNAL there, and
 * after `stopTimeout` seconds the program is killed.
 */
export function passing(
  kill: Kill,
  options: { readonly stopSignal?: string; readonly stopTimeout: number },
): { readonly pass: Kill; readonly end: () => void } {
  let timer: NodeJS.Timeout | undefined;
  let interrupts = 0;
  const pass = (name: NodeJS.Signals): void => {
    if (name === 'SIGINT') {
      interrupts++;
      kill(interrupts >= enough ? 'SIGKILL' : 'SIGINT');
    } else if (name === 'SIGTERM' || name === 'SIGHUP') {
      kill(name === 'SIGTERM' ? signalOf(options.stopSignal) : name);
      timer ??= setTimeout(kill, options.stopTimeout * 1000, 'SIGKILL');
    } else kill(name);
  };
  return { pass, end: () => clearTimeout(timer) };
}

/** An image's STOPSIGNAL: `SIGQUIT`, `QUIT` or `3`. What is none is SIGTERM. */
export function signalOf(text: string | undefined): NodeJS.Signals {
  const wanted = (text ?? '').toUpperCase();
  const found = Object.entries(constants.signals).find(
    ([name, number]) => name === wanted || name === `SIG${wanted}` || String(number) === wanted,
  );
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a key of Node's own table
  return (found?.[0] ?? 'SIGTERM') as NodeJS.Signals;
}
