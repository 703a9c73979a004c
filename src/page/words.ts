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

/** The rows of a section, and what is said of those that are left out. */
export function limited<T>(rows: readonly T[]): { readonly rows: readonly T[]; readonly more?: string } {
  const left = rows.length - mostRows;
  return left > 0 ? { rows: rows.slice(0, mostRows), more: `and ${count(left)} more` } : { rows };
}
