/** Figures in sentences of evidence. */

export function whole(value: number): string {
  return Math.round(value).toLocaleString('en');
}

/** `0.07 %`: two figures that count. */
export function percent(share: number): string {
  return `${Number((share * 100).toPrecision(share >= 0.1 ? 3 : 2))} %`;
}

export function milliseconds(value: number): string {
  if (value >= 10_000) return `${(value / 1000).toFixed(1)} s`;
  return value === Number.POSITIVE_INFINITY ? 'no bound' : `${whole(value)} ms`;
}
