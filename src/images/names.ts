import type { Ctx } from '../core/ctx.ts';
import { ToolError } from '../core/errors.ts';
import { formatReference, parseReference, withDefaultTag } from '../oci/reference.ts';
import { openStore } from '../store/store.ts';
import { parsePlace } from './place.ts';
import { resolveSource } from './source.ts';

/** Names an image of the store once more. @throws ToolError NOT_FOUND, REFERENCE_INVALID */
export async function tagImage(
  ctx: Ctx,
  from: string,
  to: string,
): Promise<{ name: string; digest: string }> {
  const reference = withDefaultTag(parseReference(to));
  if (reference.digest !== undefined) {
    throw new ToolError('REFERENCE_INVALID', `${to} holds a digest; a new name is a repository and a tag`);
  }
  const place = parsePlace(from, ctx.cwd);
  if (place.kind !== 'named' && place.kind !== 'store' && place.kind !== 'id') {
    throw new ToolError('USAGE', `${from} is not in the store`, {
      hint: `coracle copy ${from} ${to} puts it there.`,
    });
  }
  const source = await resolveSource(ctx, place.kind === 'named' ? `store:${from}` : from, { insecure: [] });
  const store = await openStore(ctx);
  const name = formatReference(reference);
  await store.refs.set(name, source.descriptor);
  return { name, digest: source.descriptor.digest };
}

/**
 * Takes names out of the store; a digest, or the beginning of one, means all names that stand for it. All are looked for before the first is
 * removed. The bytes go with the next prune.
 * @throws ToolError NOT_FOUND
 */
export async function removeImages(ctx: Ctx, texts: readonly string[]): Promise<string[]> {
  const store = await openStore(ctx);
  const all = await store.refs.list();
  const doomed = new Set<string>();
  for (const text of texts) {
    const place = parsePlace(text, ctx.cwd);
    const found = all.filter((ref) => {
      if (place.kind === 'id' && ref.descriptor.digest.startsWith(`sha256:${place.hex}`)) return true;
      if (place.kind !== 'named' && place.kind !== 'store' && place.kind !== 'id') return false;
      return place.reference !== undefined && ref.name === formatReference(place.reference);
    });
    if (found.length === 0) {
      throw new ToolError('NOT_FOUND', `the store has no ${text}`, {
        hint: 'coracle images lists what it has. Nothing was removed.',
      });
    }
    for (const ref of found) doomed.add(ref.name);
  }
  for (const name of doomed) await store.refs.remove(name);
  return [...doomed];
}
