import type { CopyResult } from '../images/copy.ts';
import type { Out } from './out.ts';

/** The result of push, pull and copy. */
export async function printCopy(
  result: CopyResult,
  out: Out,
  did: 'pushed' | 'pulled' | 'copied',
): Promise<void> {
  if (out.json) return out.document({ schema: 'coracle.copy/v1', ...result });
  if (out.quiet) return out.print(result.descriptor.digest);
  const { renderCopy } = await import('../render/copy.ts');
  return out.print(renderCopy(result, did, out.style));
}
