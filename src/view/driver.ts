import { messageOf } from '../core/errors.ts';
import { draw } from './draw/draw.ts';
import { painter } from './draw/painter.ts';
import { exchange } from './exchange.ts';
import { readKeys, type Key } from './input.ts';
import { press } from './press.ts';
import { screenOn, type ViewInput, type ViewOutput } from './screen.ts';
import { resize, type State } from './state.ts';
import type { Viewed } from './tabs/viewed.ts';

/** Milliseconds after which a lone ESC is the key, not the beginning of a sequence. */
const escapePause = 60;
/** Milliseconds after which the view comes back when Ctrl-Z stopped nobody. */
const stopPause = 100;

interface Terminal {
  readonly input: ViewInput;
  readonly output: ViewOutput;
  readonly signal: AbortSignal;
}

/**
 * Runs the view on a terminal, and gives the terminal back as it was, however it ends: also when the process does.
 * @param more takes the place of what is viewed when it comes; when it fails, that is said once
 * @returns the exit code
 * @throws the signal's reason, and whatever breaks in the view
 */
export async function drive(
  first: State,
  { input, output, signal }: Terminal,
  options: { readonly color: boolean; readonly utf8: boolean },
  more?: Promise<Viewed>,
): Promise<number> {
  const paint = painter(options);
  const size = () => ({ columns: output.columns || 80, rows: output.rows || 24 });
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const screen = screenOn(input, output);
  let state = resize(first, size());
  let back: NodeJS.Timeout | undefined;
  let over = false;

  const redraw = (): void => screen.show(draw(state, paint));
  const open = (): void => {
    if (screen.open()) redraw();
  };
  const suspend = (): void => {
    screen.close();
    process.kill(0, 'SIGTSTP');
    back = setTimeout(() => guarded(open), stopPause);
  };
  const take = (keys: readonly Key[]): void => {
    for (const key of keys) {
      if (key === 'ctrl-z') return suspend();
      if (key === 'ctrl-l') screen.forget();
      state = press(state, key);
      if (state.exit !== undefined) return resolve(state.exit);
    }
    redraw();
  };
  /** What breaks in a listener must end the view, not the process with the terminal as it is. */
  const guarded = (work: () => void): void => {
    try {
      work();
    } catch (error) {
      reject(error);
    }
  };
  const keyboard = keyReader((keys) => guarded(() => take(keys)));
  const gone = (): void => resolve(0);
  const stop = listen([
    [input, 'data', keyboard.read],
    [input, 'end', gone],
    [input, 'error', gone],
    [output, 'error', gone],
    [
      output,
      'resize',
      () =>
        guarded(() => {
          state = resize(state, size());
          screen.forget();
          redraw();
        }),
    ],
    // Stopped and continued: the shell has meanwhile set the terminal to its own liking.
    [
      process,
      'SIGCONT',
      () =>
        guarded(() => {
          screen.close();
          state = resize(state, size());
          open();
        }),
    ],
    [process, 'exit', screen.close],
  ]);
  const follow = (next: () => State): void => {
    if (over) return;
    guarded(() => {
      state = next();
      redraw();
    });
  };
  more?.then(
    (viewed) => follow(() => exchange(state, viewed)),
    (error: unknown) =>
      follow(() => {
        const { waiting: _, ...viewed } = state.viewed;
        return { ...state, viewed, message: `programs could not be read: ${messageOf(error)}` };
      }),
  );
  const aborted = (): void => reject(signal.reason);
  signal.addEventListener('abort', aborted);
  try {
    signal.throwIfAborted();
    input.setEncoding('utf8');
    open();
    input.resume();
    return await promise;
  } finally {
    over = true;
    signal.removeEventListener('abort', aborted);
    clearTimeout(back);
    keyboard.end();
    screen.close();
    stop();
    input.pause();
  }
}

/** Puts the pieces of what is typed together. */
function keyReader(take: (keys: readonly Key[]) => void): { read(chunk: string): void; end(): void } {
  let pending = '';
  let timer: NodeJS.Timeout | undefined;
  return {
    read(chunk) {
      clearTimeout(timer);
      const { keys, rest } = readKeys(pending + chunk);
      pending = rest;
      if (keys.length > 0) take(keys);
      if (rest === '') return;
      timer = setTimeout(() => {
        pending = '';
        take(['escape']);
      }, escapePause);
    },
    end: () => clearTimeout(timer),
  };
}

type Listener = readonly [
  emitter: Pick<NodeJS.EventEmitter, 'on' | 'off'>,
  event: string,
  call: (text: string) => void,
];

/** @returns what ends the listening */
function listen(listeners: readonly Listener[]): () => void {
  for (const [emitter, event, call] of listeners) emitter.on(event, call);
  return () => {
    for (const [emitter, event, call] of listeners) emitter.off(event, call);
  };
}
