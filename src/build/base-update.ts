import { findPackages } from '../bases/debian.ts';
import { debianVariant } from '../bases/packages.ts';
import type { LockedBase } from '../bases/types.ts';
import { mapLimit } from '../core/concurrency.ts';
import type { Ctx } from '../core/ctx.ts';
import { parsePlatform } from '../oci/platform.ts';
import type { ComposedLock } from './lock.ts';
import type { BuildRequest } from './types.ts';

/** Bases whose packages a program decided, by the name that they have in the lock. */
const decided = /^(?:distalpine|glibc|cc) (\S+) [0-9a-f]+$/;

/**
 * The bases of a lock as their packages are now. What was asked for stands in the lock, so that no program need be compiled to find it again.
 */
export async function updated(ctx: Ctx, { base }: BuildRequest, update: ComposedLock): Promise<ComposedLock> {
  const found = await mapLimit(Object.entries(update), 1, async ([key, { wanted, source }]) => {
    const [, platform] = decided.exec(key) ?? [];
    if (platform === undefined || wanted === undefined || !source.startsWith('debian ')) return undefined;
    const name = key.slice(0, key.indexOf(' '));
    const variant = debianVariant({ name, packages: wanted }, false);
    const now = await findPackages(
      ctx,
      { debian: base.debian },
      { ...variant, packages: wanted },
      { platform: parsePlatform(platform) },
    );
    return [key, now] as const;
  });
  return Object.fromEntries(found.filter((one): one is readonly [string, LockedBase] => one !== undefined));
}
