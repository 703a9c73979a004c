import type { Style } from '../style.ts';

/** How a result is to look. */
export interface View {
  readonly style: Style;
  readonly columns: number;
}

/** `1 file`, `2 files`. */
export function count(number: number, word: string): string {
  return `${number} ${word}${number === 1 ? '' : 's'}`;
}
