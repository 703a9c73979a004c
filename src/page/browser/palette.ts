/** The colours of the map. All text on them keeps a contrast of 4.5 to 1 and more (WCAG 2, AA); a test computes it. */
export interface Palette {
  readonly surface: string;
  readonly ink: string;
  readonly muted: string;
  readonly accent: string;
  /** Of what stands for nobody in particular. */
  readonly grey: string;
  /** Neighbours differ in lightness as well as in hue. */
  readonly hues: readonly string[];
}

export const light: Palette = {
  surface: '#f4f2ee',
  ink: '#1b2126',
  muted: '#39424a',
  accent: '#0b5f80',
  grey: '#c5c9cb',
  hues: [
    '#94bfe0',
    '#f0cd8c',
    '#8ecbb6',
    '#eba9a6',
    '#c2b4e6',
    '#bcd98f',
    '#eeb38a',
    '#8f9fcb',
    '#d8cf86',
    '#dfadd2',
  ],
};

export const dark: Palette = {
  surface: '#161b20',
  ink: '#f1f4f6',
  muted: '#b7c1ca',
  accent: '#7fd0ee',
  grey: '#4a535b',
  hues: [
    '#2c5d85',
    '#7a581a',
    '#1d6456',
    '#83433f',
    '#5a4891',
    '#4c6623',
    '#94481f',
    '#42508d',
    '#625a18',
    '#7a416c',
  ],
};

/** A colour between two, as `#rrggbb`. @param part 0: the first, 1: the second */
export function mix(first: string, second: string, part: number): string {
  const channel = (at: number): string => {
    const from = Number.parseInt(first.slice(at, at + 2), 16);
    const to = Number.parseInt(second.slice(at, at + 2), 16);
    return Math.round(from + (to - from) * part)
      .toString(16)
      .padStart(2, '0');
  };
  return `#${channel(1)}${channel(3)}${channel(5)}`;
}
