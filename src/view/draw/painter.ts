import { styleFor, type Style } from '../../render/style.ts';

/** How things look on this terminal. */
export interface Painter extends Style {
  /** The line, or the block, that keys act upon. */
  selected(text: string): string;
  readonly glyphs: Glyphs;
  readonly utf8: boolean;
}

/** The characters that the view is drawn with; each one column wide. */
export interface Glyphs {
  readonly pointer: string;
  readonly open: string;
  readonly closed: string;
  /** Parts of a full column of a bar, from little to all. */
  readonly bar: readonly string[];
  /** At the end of what was cut. */
  readonly more: string;
  readonly between: string;
  /** Borders by the directions that they go: 1 up, 2 down, 4 left, 8 right. */
  readonly border: readonly string[];
  /** The same for the selected block. */
  readonly frame: readonly string[];
}

const unicode: Glyphs = {
  pointer: '›',
  open: '▾',
  closed: '▸',
  bar: ['▏', '▎', '▍', '▌', '▋', '▊', '▉', '█'],
  more: '…',
  between: ' · ',
  border: Array.from(' │││─┘┐┤─└┌├─┴┬┼'),
  frame: Array.from(' ┃┃┃━┛┓┫━┗┏┣━┻┳╋'),
};

const ascii: Glyphs = {
  pointer: '>',
  open: '-',
  closed: '+',
  bar: ['', '', '', '', '#', '#', '#', '#'],
  more: '~',
  between: ' - ',
  border: Array.from(' |||-+++-+++-+++'),
  frame: Array.from(' ###############'),
};

export function painter({ color, utf8 }: { readonly color: boolean; readonly utf8: boolean }): Painter {
  return {
    ...styleFor(color),
    selected: color ? (text) => `\u001B[7m${text}\u001B[27m` : (text) => text,
    glyphs: utf8 ? unicode : ascii,
    utf8,
  };
}
