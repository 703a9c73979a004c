/**
 * render/ turns events and results into text: terminal, plain, JSON. It is the only room that knows colours and columns, and it
 * must not do anything but read what it is given.
 */

/** Marks text up, or leaves it alone when colours are off. Meant sparingly: colour says state, bold says result. */
export interface Style {
  bold(text: string): string;
  dim(text: string): string;
  red(text: string): string;
  green(text: string): string;
  yellow(text: string): string;
  cyan(text: string): string;
  /** These two tell things apart, such as the hosts of log lines. */
  blue(text: string): string;
  magenta(text: string): string;
}

const on = (start: number, end: number) => (text: string) =>
  text === '' ? '' : `\u001B[${start}m${text}\u001B[${end}m`;
const off = (text: string): string => text;

const colours: Style = {
  bold: on(1, 22),
  dim: on(2, 22),
  red: on(31, 39),
  green: on(32, 39),
  yellow: on(33, 39),
  cyan: on(36, 39),
  blue: on(34, 39),
  magenta: on(35, 39),
};
const plain: Style = {
  bold: off,
  dim: off,
  red: off,
  green: off,
  yellow: off,
  cyan: off,
  blue: off,
  magenta: off,
};

export function styleFor(color: boolean): Style {
  return color ? colours : plain;
}
