import type { Row } from './case.ts';

/** The README's table: our median, each peer's with the ratio to ours, and whether the aim was reached. */
export function markdown(rows: readonly Row[]): string {
  const lines = ['| work | Coracle | peers, in the same run | to reach | reached |', '|---|---|---|---|---|'];
  for (const { work, unit, target = '', reached, results } of rows) {
    const ours = results['ours']?.median ?? Number.NaN;
    const peers = Object.entries(results)
      .filter(([name]) => name !== 'ours')
      .map(([name, { median }]) => `${name} ${show(median, unit)} (${(median / ours).toFixed(1)} ×)`);
    lines.push(
      `| ${work} | **${show(ours, unit)}** | ${peers.join('; ')} | ${target} | ${reached === undefined ? '' : reached ? 'yes' : 'no'} |`,
    );
  }
  return `${lines.join('\n')}\n`;
}

function show(value: number, unit: Row['unit']): string {
  if (unit === 'MB') return `${value < 100 ? value.toFixed(1) : value.toFixed(0)} MB`;
  return `${value < 10 ? value.toFixed(2) : value.toFixed(1)} s`;
}
