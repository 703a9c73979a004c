import type { Env } from '../core/ctx.ts';
import { draw } from './draw/draw.ts';
import { painter } from './draw/painter.ts';
import { readKeys } from './input.ts';
import { press } from './press.ts';
import { resize, type State } from './state.ts';
import { change, type Picture } from './update.ts';

export type ViewInput = Pick<
  NodeJS.ReadStream,
  'isTTY' | 'setRawMode' | 'setEncoding' | 'resume' | 'pause' | 'on' | 'off'
>;
export type ViewOutput = Pick<NodeJS.WriteStream, 'isTTY' | 'columns' | 'rows' | 'write' | 'on' | 'off'>;

/** The other screen, without wrapping: what a terminal shows wider than we think must not move the lines below. */
const enter = '\u001B[?1049h\u001B[?7l';
const leave = '\u001B[?7h\u001B[?1049l';

/** Milliseconds after which a lone ESC is the key, not the beginning of a sequence. */
const escapePause = 60;

/**
 * Runs the view on a terminal, and gives the terminal back as it was: however it ends, also when the process does.
 * @returns the exit code
 */
export async function drive(
  first: State,
  terminal: {
    readonly input: ViewInput;
    readonly output: ViewOutput;
    readonly env: Env;
    signal: AbortSignal;
  },
  options: { readonly color: boolean; readonly utf8: boolean },
): Promise<number> {
  const { input, output, signal } = terminal;
  const paint = painter(options);
  const size = () => ({ columns: output.columns || 80, rows: output.rows || 24 });
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  let state = resize(first, size());
  let shown: Picture | undefined;
  let active = false;
  let pending = '';
  let timer: NodeJS.Timeout | undefined;

  const redraw = (): void => {
    const next = draw(state, paint);
    const text = change(shown, next);
    shown = next;
    if (text !== '') output.write(text);
  };
  const open = (): void => {
    if (active) return;
    active = true;
    input.setRawMode(true);
    output.write(enter);
    shown = undefined;
    redraw();
  };
  const close = (): void => {
    if (!active) return;
    active = false;
    output.write(leave);
    input.setRawMode(false);
  };
  /** Ctrl-Z. Where nobody minds stopped jobs, the signal does nothing, and the view is back at once. */
  const suspend = (): void => {
    close();
    process.kill(0, 'SIGTSTP');
    setTimeout(guarded(open), 100);
  };
  /** A failure must not leave the terminal as it is now. */
  function guarded<A extends readonly unknown[]>(work: (...args: A) => void): (...args: A) => void {
    return (...args) => {
      try {
        work(...args);
      } catch (error) {
        reject(error);
      }
    };
  }
  const take = (keys: readonly string[]): void => {
    for (const key of keys) {
      if (key === 'ctrl-z') return suspend();
      if (key === 'ctrl-l') shown = undefined;
      state = press(state, key);
      if (state.exit !== undefined) return resolve(state.exit);
    }
    redraw();
  };
  const data = guarded((chunk: string) => {
    clearTimeout(timer);
    const { keys, rest } = readKeys(pending + chunk);
    pending = rest;
    if (rest !== '') {
      timer = setTimeout(
        guarded(() => {
          pending = '';
          take(['escape']);
        }),
        escapePause,
      );
    }
    if (keys.length > 0) take(keys);
  });
  const resized = guarded(() => {
    state = resize(state, size());
    shown = undefined;
    if (active) redraw();
  });
  /** Stopped from outside: the shell has set the terminal to its own liking meanwhile. */
  const continued = guarded(() => {
    if (!active) return open();
    close();
    open();
  });
  const gone = (): void => resolve(0);
  const aborted = (): void => reject(signal.reason);

  input.setEncoding('utf8');
  input.on('data', data);
  input.on('end', gone);
  input.on('error', gone);
  output.on('error', gone);
  output.on('resize', resized);
  process.on('SIGCONT', continued);
  process.on('exit', close);
  signal.addEventListener('abort', aborted);
  try {
    signal.throwIfAborted();
    open();
    input.resume();
    return await promise;
  } finally {
    clearTimeout(timer);
    input.off('data', data);
    input.off('end', gone);
    input.off('error', gone);
    output.off('resize', resized);
    process.off('SIGCONT', continued);
    process.off('exit', close);
    signal.removeEventListener('abort', aborted);
    close();
    output.off('error', gone);
    input.pause();
  }
}
