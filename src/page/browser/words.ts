import { bytes } from '../../render/units.ts';

export { bytes };

/** `12,345 B`, to the byte. */
export function exactBytes(count: number): string {
  return `${count.toLocaleString('en')} B`;
}

/** `12.3 %`, `< 0.1 %`. */
export function share(part: number, whole: number): string {
  if (whole <= 0 || part <= 0) return '0 %';
  const percent = (part / whole) * 100;
  return percent < 0.1 ? '< 0.1 %' : `${percent.toFixed(1)} %`;
}

/** `1 item`, `12,345 items`. */
export function counted(count: number, noun: string): string {
  return `${count.toLocaleString('en')} ${noun}${count === 1 ? '' : 's'}`;
}
