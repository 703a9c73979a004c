import type { Pruned } from '../images/prune.ts';
import { bytes } from './units.ts';

/** What prune removed, or would. */
export function renderPruned(pruned: Pruned, dryRun: boolean, quiet: boolean): string {
  const total = `${bytes(pruned.bytes)}${dryRun ? ' can be given back' : ' given back'}`;
  if (quiet) return total;
  const lines = pruned.removed.map(
    (item) => `${dryRun ? 'would remove' : 'removed'} ${item.what} (${bytes(item.bytes)})`,
  );
  return [...lines, total].join('\n');
}
