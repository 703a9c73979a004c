import type { CopyResult } from '../images/copy.ts';
import { safe } from './safe.ts';
import type { Style } from './style.ts';
import { bytes } from './units.ts';

/** What push, pull and copy did, and how little of it had to move. */
export function renderCopy(result: CopyResult, did: 'pushed' | 'pulled' | 'copied', style: Style): string {
  const target = did === 'pulled' ? result.from : `${result.from} to ${result.to}`;
  const parts = [
    ...(result.copied > 0 ? [`${count(result.copied, 'blob')} (${bytes(result.bytes)})`] : []),
    ...(result.mounted > 0 ? [`${result.mounted} mounted`] : []),
    ...(result.present > 0 ? [`${result.present} there already`] : []),
  ];
  const moved = parts.length === 0 ? 'everything was there already' : parts.join(', ');
  return `${did} ${style.bold(safe(target))}\n  ${style.dim('digest')}  ${result.descriptor.digest}\n  ${style.dim('moved')}   ${moved}`;
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
