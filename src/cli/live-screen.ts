import { picture } from '../render/tty.ts';
import { showCursor } from '../render/tty.ts';
import { writeAll } from './write.ts';

export interface LiveScreen {
  /** Draws a text in place of the one before. @returns false when nobody looks any more */
  draw(text: string): Promise<boolean>;
  /** Leaves the last text where it is. */
  end(): void;
}

/** A text on standard output that is drawn again in its place: as high as the window at most. */
export function liveScreen(): LiveScreen {
  const { stdout } = process;
  let drawn: string[] = [];
  let began = false;
  const restore = (): void => {
    if (began) process.stdout.write(showCursor);
  };
  process.on('exit', restore);
  return {
    async draw(text) {
      const columns = stdout.columns || 80;
      const lines = text.split('\n').slice(0, Math.max(1, (stdout.rows || 24) - 1));
      const goesOn = await writeAll(1, picture(drawn, [], lines, columns, began));
      began = true;
      drawn = lines;
      return goesOn;
    },
    end() {
      restore();
      process.off('exit', restore);
    },
  };
}
