/** What either builder made of a case, in a form that can be kept and compared. */
import type { Image } from './image.ts';

export type Built =
  | { readonly images: readonly Image[]; readonly began: number; readonly ended: number }
  /** It refused; its own words. */
  | { readonly refused: string };

/** Whole seconds since the epoch. */
export function now(): number {
  return Math.floor(Date.now() / 1000);
}
