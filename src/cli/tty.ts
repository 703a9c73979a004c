import type { Env } from '../core/ctx.ts';
import type { ProgressView } from '../render/progress.ts';
import { styleFor } from '../render/style.ts';
import { ascii, unicode } from '../render/tty-lines.ts';
import { showCursor, ttyView } from '../render/tty.ts';
import { errorStream } from './streams.ts';
import { wantsColor } from './terminal.ts';

/** The terminal view on this process's standard error. */
export function terminalView(env: Env): ProgressView {
  const { stderr } = process;
  const style = styleFor(wantsColor(env, true));
  const glyphs = speaksUtf8(env) ? unicode : ascii;
  let open = true;
  const restore = (): void => {
    if (open) errorStream(showCursor);
  };
  process.on('exit', restore);
  // Ctrl-Z: give the terminal back as it was, stop, and draw anew when continued.
  process.on('SIGTSTP', () => {
    restore();
    process.kill(process.pid, 'SIGSTOP');
  });
  const view = ttyView({
    write: errorStream,
    screen: () => ({ columns: stderr.columns || 80, rows: stderr.rows || 24, style, glyphs }),
    now: Date.now,
    onResize(redraw) {
      stderr.on('resize', redraw);
      return () => stderr.off('resize', redraw);
    },
  });
  return {
    event: (event) => view.event(event),
    end() {
      view.end();
      open = false;
    },
  };
}

/** Whether the locale's characters are UTF-8, as POSIX looks it up. */
export function speaksUtf8(env: Env): boolean {
  const locale = env['LC_ALL'] || env['LC_CTYPE'] || env['LANG'] || '';
  return /utf-?8/i.test(locale);
}
