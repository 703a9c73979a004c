import type { Ctx } from '../core/ctx.ts';
import { isDigest } from '../oci/digest.ts';
import type { Store } from '../store/store.ts';
import type { BaseImage } from './types.ts';

/**
 * Names of bases in the store. `localhost` is nobody's registry, so none of them is pushed somewhere by mistake; what a user wants to name
 * gets a name of its own.
 */
const prefix = 'localhost/coracle/base/';

/** The name of a base that was made here: what it is, and the beginning of the key of all that decides its files. */
export function baseReference(name: string, key: string): string {
  return `${prefix}${repositoryOf(name)}:${key.slice(0, 12)}`;
}

/** Whether a name of the store was given by Coracle to a base that it made. */
export function isBaseReference(name: string): boolean {
  return name.startsWith(prefix);
}

/** Milliseconds: once a day is enough to tell what nobody uses. */
const freshness = 24 * 3600 * 1000;

/** Says that a base was used now; names that nobody uses go when the store is pruned. */
export async function markBaseUsed(
  ctx: Ctx,
  store: Store,
  { reference, descriptor }: Pick<BaseImage, 'reference' | 'descriptor'>,
): Promise<void> {
  const known = await store.refs.get(reference);
  const same = known?.descriptor.digest === descriptor.digest;
  if (!same || ctx.now().getTime() - known.at > freshness) await store.refs.set(reference, descriptor);
}

/** A reference among other things may be a base's name: only what a repository may be called remains of it. */
function repositoryOf(name: string): string {
  const bare = isDigest(name) ? name.slice('sha256:'.length) : name;
  const words = bare.toLowerCase().match(/[a-z0-9]+/g) ?? ['base'];
  return words.join('-').slice(0, 100).replace(/-$/, '');
}
