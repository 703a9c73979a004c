import type { NodeKind } from '../explain/tree.ts';
import { maskUrls, safe } from '../render/safe.ts';
import { cut, displayWidth } from '../render/width.ts';

/** Longest text that is worth looking through for what fits a line. */
const longest = 1000;

/** A name from outside, on one line and without what a terminal would obey. */
export function clean(text: string): string {
  return maskUrls(safe(text.slice(0, longest))).replaceAll(/[\t\n\u2028\u2029]+/g, ' ');
}

/** Exactly `columns` wide, with what was too long cut. */
export function fit(text: string, columns: number, mark: string): string {
  const short = cut(text, columns, mark);
  return short + ' '.repeat(Math.max(0, columns - displayWidth(short)));
}

/** Cuts at the left: of a path, the end says more. */
export function cutLeft(text: string, columns: number, mark: string): string {
  if (displayWidth(text) <= columns) return text;
  const chars = Array.from(text);
  let width = 0;
  let from = chars.length;
  while (from > 0) {
    const next = displayWidth(chars[from - 1] ?? '');
    if (width + next > columns - 1) break;
    width += next;
    from--;
  }
  return columns < 1 ? '' : mark + chars.slice(from).join('');
}

/** Cuts the name of a node where it says less: of paths, modules, packages and functions the end tells them apart. */
export function cutName(name: string, kind: NodeKind | undefined, columns: number, mark: string): string {
  const atLeft = kind === 'function' || (kind !== 'data' && name.slice(0, -1).includes('/'));
  return atLeft ? cutLeft(name, columns, mark) : cut(name, columns, mark);
}

/** `12.3%`; what is there but rounds to nothing is `<0.1%`. */
export function share(part: number, whole: number): string {
  if (!(whole > 0)) return '';
  if (part === 0) return '0%';
  const percent = (100 * part) / whole;
  return percent < 0.05 ? '<0.1%' : `${percent.toFixed(1)}%`;
}

/** `1 file`, `12,345 files`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${grouped(count)} ${count === 1 ? one : many}`;
}

/** `13,107,200` */
export function grouped(count: number): string {
  return String(count).replaceAll(/\B(?=(?:\d{3})+$)/g, ',');
}
