import type { GroupSum } from '../../explain/sums/ledger.ts';
import type { Row, Table } from './report.ts';
import { bytes } from '../units.ts';

/** `10,903,552 B`: where a sum must be seen to be exact. */
export function exact(count: number): string {
  return `${grouped(count)} B`;
}

/** `23,104`. */
export function grouped(count: number): string {
  return String(Math.round(count)).replaceAll(/\B(?=(\d{3})+$)/g, ',');
}

/** `+1.2 MB`, `-340 B`, `0 B`. */
export function signed(count: number): string {
  if (count === 0) return '0 B';
  return `${count > 0 ? '+' : '-'}${bytes(Math.abs(count))}`;
}

/** `38.2%`; small shares with one more digit, so that something is never 0. */
export function percent(part: number, whole: number): string {
  if (whole <= 0 || part === 0) return '0%';
  if (part === whole) return '100%';
  const share = (part / whole) * 100;
  if (share < 0.01) return '<0.01%';
  return share < 1 ? `${share.toFixed(2)}%` : `${share.toFixed(1)}%`;
}

/** `1 file`, `23 files`. */
export function count(number: number, one: string, many = `${one}s`): string {
  return `${grouped(number)} ${number === 1 ? one : many}`;
}

const groups: Readonly<Record<GroupSum['group'], string>> = {
  main: 'main module',
  module: 'dependencies',
  standard: 'standard library',
  runtime: 'Go runtime',
  generated: 'made by compiler and linker',
  cgo: 'C code and its data',
  shared: 'shared by several packages',
  structure: "the file format's own",
  unattributed: 'unattributed',
};

export function groupName(group: GroupSum['group']): string {
  return groups[group];
}

/** The first of many rows, and how many are left out; `top` 0 shows all. */
export function topRows<T>(
  items: readonly T[],
  top: number,
  what: string,
  rowOf: (item: T) => Row,
  bytesOf?: (item: T) => number,
): Pick<Table, 'rows' | 'more'> {
  const shown = top === 0 ? items : items.slice(0, top);
  const rest = items.slice(shown.length);
  const rows = shown.map(rowOf);
  if (rest.length === 0) return { rows };
  const sum = bytesOf && rest.reduce((total, item) => total + bytesOf(item), 0);
  return { rows, more: { count: rest.length, what, ...(sum === undefined ? {} : { bytes: sum }) } };
}

/** As `bytes`; a change to less has its sign. */
export function amount(count: number): string {
  return count < 0 ? signed(count) : bytes(count);
}
