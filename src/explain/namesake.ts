import type { Ctx } from '../core/ctx.ts';
import { parsePlace } from '../images/place.ts';
import { formatReference } from '../oci/reference.ts';
import { openStore } from '../store/store.ts';
import { whatIs } from './what.ts';

/** Warns when a bare name was taken for a file or directory, and an image of the store has it too. */
export async function warnOfNamesake(ctx: Ctx, text: string): Promise<void> {
  if (/^(?:\.{0,2}\/|\.{1,2}$)/.test(text)) return;
  const thing = await whatIs(ctx, text);
  if (thing.kind === 'image' && thing.name === text) return;
  const reference = referenceIn(text, ctx.cwd);
  if (reference === undefined || !(await (await openStore(ctx)).refs.get(reference))) return;
  ctx.emit({
    kind: 'warning',
    message: `${text} is explained as it lies in the current directory; an image is called so too`,
    hint: `The image is store:${text}; write ./${text} for what lies here.`,
  });
}

function referenceIn(text: string, cwd: string): string | undefined {
  try {
    const place = parsePlace(text, cwd);
    return place.kind === 'named' ? formatReference(place.reference) : undefined;
  } catch {
    return undefined; // no image can be called so
  }
}
