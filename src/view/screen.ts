import { change, type Picture } from './update.ts';

export type ViewInput = Pick<
  NodeJS.ReadStream,
  'isTTY' | 'setRawMode' | 'setEncoding' | 'resume' | 'pause' | 'on' | 'off'
>;
export type ViewOutput = Pick<NodeJS.WriteStream, 'isTTY' | 'columns' | 'rows' | 'write' | 'on' | 'off'>;

/** The other screen, without wrapping: what a terminal shows wider than we think must not move the lines below. */
const enter = '\u001B[?1049h\u001B[?7l';
const leave = '\u001B[?7h\u001B[?1049l';

/** A terminal while the view has it. */
export interface Screen {
  /** Takes the terminal. @returns false when we have it already */
  open(): boolean;
  /** Gives the terminal back as it was; any number of times. */
  close(): void;
  /** Writes what is not there yet. Nothing while the terminal is not ours. */
  show(picture: Picture): void;
  /** What is on the terminal is not known any more. */
  forget(): void;
}

export function screenOn(input: ViewInput, output: ViewOutput): Screen {
  let ours = false;
  let shown: Picture | undefined;
  return {
    open() {
      if (ours) return false;
      ours = true;
      input.setRawMode(true);
      output.write(enter);
      shown = undefined;
      return true;
    },
    close() {
      if (!ours) return;
      ours = false;
      output.write(leave);
      input.setRawMode(false);
    },
    show(picture) {
      if (!ours) return;
      const text = change(shown, picture);
      shown = picture;
      if (text !== '') output.write(text);
    },
    forget() {
      shown = undefined;
    },
  };
}
