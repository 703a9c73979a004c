import type { Ledger } from './types.ts';

/** Whether a file is Go's, or has Go in it: an object file may be of any compiler, and only what is in it tells. */
export function isGo({ recognised: { form }, accounts }: Pick<Ledger, 'recognised' | 'accounts'>): boolean {
  if (form !== 'object') return form !== 'not go';
  return accounts.some(({ kind, group }) => kind === 'package' && group !== 'cgo');
}
