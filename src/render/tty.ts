import type { ProgressView } from './progress.ts';
import { finalTable, liveTable } from './deploy/live-table.ts';
import { lastingLines, liveLines, type Screen } from './tty-lines.ts';
import { emptyState, running, take } from './tty-state.ts';
import { displayWidth } from './width.ts';

/** Milliseconds between two pictures. */
const pace = 80;

const hideCursor = '\u001B[?25l';
/** Printed last in any case, also by whoever ends the process by force. */
export const showCursor = '\u001B[?25h';
/** Terminals that know these show what is between them at once; others ignore them. */
const [beginUpdate, endUpdate] = ['\u001B[?2026h', '\u001B[?2026l'];

export interface Terminal {
  write(text: string): void;
  /** Asked for each picture: the window may have changed. */
  screen(): Screen;
  now(): number;
  /** Calls back when the window changes, until the function given back is called. */
  onResize(redraw: () => void): () => void;
}

/**
 * Progress on a terminal. Finished steps are written once and scroll away like any output; only the running ones, below them, are
 * drawn again. So it works in any window, nothing flickers, and the scrollback stays clean.
 */
export function ttyView(terminal: Terminal): ProgressView {
  const state = emptyState();
  let drawn: string[] = [];
  let began = false;
  let over = false;
  let timer: NodeJS.Timeout | undefined;
  let stopResize: (() => void) | undefined;

  const draw = (live: readonly string[], last: readonly string[] = []): void => {
    const screen = terminal.screen();
    const lasting = [...state.lasting.flatMap((item) => lastingLines(item, screen)), ...last];
    state.lasting = [];
    if (lasting.length === 0 && live.length === 0 && drawn.length === 0) return;
    terminal.write(picture(drawn, lasting, live, screen.columns, began));
    began = true;
    drawn = [...live];
  };
  const redraw = (): void => {
    const screen = terminal.screen();
    const now = terminal.now();
    const steps = running(state);
    const spare = screen.rows - 1 - liveLines(steps, now, screen).length;
    // Hosts have half of the screen at least, whatever runs besides.
    const table = liveTable(state.live, now, screen, Math.max(Math.ceil(screen.rows / 2), spare));
    draw([...liveLines(steps, now, { ...screen, rows: screen.rows - table.length }), ...table]);
  };

  return {
    event(event) {
      if (over) return;
      take(state, event);
      timer ??= setInterval(redraw, pace).unref();
      stopResize ??= terminal.onResize(redraw);
    },
    end() {
      if (over) return;
      over = true;
      clearInterval(timer);
      stopResize?.();
      // A command that had nothing to do, and was done before the first picture, says so by its result alone.
      const idle =
        !began &&
        state.live.hosts.size === 0 &&
        state.lasting.every((item) => item.kind === 'step' && item.step.state === 'cached');
      if (!idle) draw([], finalTable(state.live, terminal.now(), terminal.screen()));
      if (began) terminal.write(showCursor);
    },
  };
}

/** The text that turns one picture into the next: up over the old lines, the new lasting ones, the new live ones, nothing below. */
export function picture(
  before: readonly string[],
  lasting: readonly string[],
  live: readonly string[],
  columns: number,
  began: boolean,
): string {
  // After the window became narrower, an old line takes several rows.
  const rows = before.reduce(
    (sum, line) => sum + Math.max(1, Math.ceil(displayWidth(line) / Math.max(1, columns))),
    0,
  );
  const up = rows > 0 ? `\u001B[${rows}A\r` : '';
  const lines = [...lasting, ...live].map((line) => `${line}\u001B[K\n`).join('');
  return `${beginUpdate}${began ? '' : hideCursor}${up}${lines}\u001B[J${endUpdate}`;
}
