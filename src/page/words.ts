/** More rows of a section than this help nobody; what is left out is said. */
export const mostRows = 2000;

/** `12,345`. */
export function count(value: number): string {
  return value.toLocaleString('en');
}

/** `98.4 %` of a share of one; never 100 % of what is not all. */
export function percent(share: number): string {
  const tenths = share >= 1 ? 1000 : Math.min(999, Math.round(share * 1000));
  return `${(tenths / 10).toFixed(1)} %`;
}
