import type { Relocked } from '../build/relock.ts';
import { safe } from './safe.ts';
import type { Style } from './style.ts';

/** What `coracle lock` changed, or would. */
export function renderRelocked(result: Relocked, dryRun: boolean, style: Style): string {
  if (result.changes.length === 0) return `${result.file} is up to date`;
  const title = dryRun ? `${result.file} would change` : `${result.file} was written`;
  return [style.bold(safe(title)), ...result.changes.map((change) => `  ${safe(change)}`)].join('\n');
}
