import type { Ledger } from '../golang/ledger/types.ts';

/** `12,345`. */
export function count(value: number): string {
  return value.toLocaleString('en');
}

/** `98.4 %` of a share of one; never 100 % of what is not all. */
export function percent(share: number): string {
  const tenths = share >= 1 ? 1000 : Math.min(999, Math.round(share * 1000));
  return `${(tenths / 10).toFixed(1)} %`;
}

/** Share of a file's bytes that evidence assigns to one package. */
export function assigned(ledger: Ledger): number {
  let sum = 0;
  for (const { account, evidence, bytes } of ledger.rows) {
    if (evidence === 'estimate' || evidence === 'none') continue;
    if (ledger.accounts[account]?.kind === 'package') sum += bytes;
  }
  return ledger.size === 0 ? 0 : sum / ledger.size;
}
