/** Lines kept of a program's output, and characters of each: what a person reads of it when the program failed. */
const mostLines = 20;
const longest = 500;

export interface Tail {
  add(text: string): void;
  /** The last lines, one below the other. */
  text(): string;
}

/** Keeps the end of what is written to it. */
export function tail(): Tail {
  let lines: string[] = [];
  let partial = '';
  return {
    add(text) {
      const all = (partial + text).split('\n');
      // Of a line that never ends the beginning is dropped.
      partial = (all.pop() ?? '').slice(-longest);
      lines = [...lines, ...all.slice(-mostLines)].slice(-mostLines);
    },
    text() {
      const shown = partial === '' ? lines : [...lines, partial].slice(-mostLines);
      return shown.map((line) => line.replace(/\r$/, '').slice(-longest)).join('\n');
    },
  };
}
