/** `812 B`, `4.2 kB`, `13.1 MB`: powers of 1000, as Docker and registries show sizes. */
export function bytes(count: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let value = count;
  let unit = 0;
  while (value >= 999.95 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return unit === 0 ? `${count} B` : `${value.toFixed(1)} ${units[unit] ?? ''}`;
}

/** `40 ms`, `2.1 s`, `1 m 05 s`. */
export function duration(milliseconds: number): string {
  if (milliseconds < 99.5) return `${Math.round(milliseconds)} ms`;
  if (milliseconds < 59_950) return `${(milliseconds / 1000).toFixed(1)} s`;
  const seconds = Math.round(milliseconds / 1000);
  return `${Math.floor(seconds / 60)} m ${String(seconds % 60).padStart(2, '0')} s`;
}

/** `3 days ago`, `just now`. */
export function age(milliseconds: number): string {
  const minute = 60_000;
  const steps: readonly (readonly [number, string])[] = [
    [365 * 24 * 60 * minute, 'year'],
    [30 * 24 * 60 * minute, 'month'],
    [7 * 24 * 60 * minute, 'week'],
    [24 * 60 * minute, 'day'],
    [60 * minute, 'hour'],
    [minute, 'minute'],
  ];
  for (const [size, name] of steps) {
    const count = Math.floor(milliseconds / size);
    if (count >= 1) return `${count} ${name}${count === 1 ? '' : 's'} ago`;
  }
  return 'just now';
}
