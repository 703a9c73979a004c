import type { LockedBase } from '../bases/types.ts';
import { baseKind } from '../bases/names.ts';
import type { Ctx } from '../core/ctx.ts';
import { mapLimit } from '../core/concurrency.ts';
import { writeLock } from '../config/lock.ts';
import type { Lock } from '../config/lock.ts';
import { hostPlatform } from '../oci/platform.ts';
import type { Platform } from '../oci/types.ts';
import { extraCertificates } from './extra-certificates.ts';
import { changesOf } from './lock-changes.ts';
import { lockName, refuseChanges } from './lock.ts';
import type { ComposedWanted, LockPlan } from './lock.ts';
import { step } from './times.ts';
import type { BuildRequest } from './types.ts';

/** Platforms whose packages are found side by side. */
const sideBySide = 2;

/**
 * What the lock must know of a base before the program is compiled. Of a base that the program decides, that is only that there may be
 * one: its packages are added when it is known.
 */
export function composedWanted(ctx: Ctx, request: BuildRequest): { composed?: ComposedWanted } {
  const kind = baseKind(request.base);
  if (kind === 'exact' || (kind === 'auto' && request.go.cgo === 'dynamic'))
    return {
      composed: async (_, update) => (await import('./base-update.ts')).updated(ctx, request, update),
    };
  if (kind !== 'composed' && kind !== 'distribution') return {};
  return {
    composed: async (pinned) => {
      const extraCa = await extraCertificates(request.ca);
      const { lockKey } = await import('../bases/lock-key.ts');
      const platforms = request.platforms.length > 0 ? request.platforms : [hostPlatform()];
      const found = await mapLimit(platforms, sideBySide, async (platform) => {
        const key = lockKey(request.base, platform, { extraCa: kind === 'composed' && extraCa.length > 0 });
        return [key, pinned[key] ?? (await packagesNow(ctx, request, platform, extraCa))] as const;
      });
      return Object.fromEntries(found);
    },
  };
}

async function packagesNow(
  ctx: Ctx,
  { base }: BuildRequest,
  platform: Platform,
  extraCa: readonly string[],
): Promise<LockedBase> {
  if (baseKind(base) === 'composed')
    return (await (await import('../bases/compose.ts')).planBase(ctx, base, { platform, extraCa })).locked;
  const { choosePackages } = await import('../bases/distribution/packages.ts');
  return (await choosePackages(ctx, base, { platform, packages: base.packages })).locked;
}

/** The bases of a lock, and those that a build finds besides, once it knows the program. */
export interface BaseLock {
  get(key: string): LockedBase | undefined;
  /** @throws ToolError LOCK_MISMATCH when the lock is frozen and says otherwise */
  add(key: string, locked: LockedBase): void;
  /** Writes what was added. @returns true when there was something */
  keep(): Promise<boolean>;
}

/** @param file undefined when nothing is kept */
export function openBaseLock(
  ctx: Ctx,
  plan: LockPlan,
  { file, frozen }: { readonly file?: string; readonly frozen: boolean },
): BaseLock {
  const added = new Map<string, LockedBase>();
  const after = (): Lock => ({
    ...plan.after,
    composed: { ...plan.after.composed, ...Object.fromEntries(added) },
  });
  return {
    get: (key) => added.get(key) ?? plan.after.composed?.[key],
    add: (key, locked) => {
      if (plan.after.composed?.[key] === locked) return;
      added.set(key, locked);
      if (frozen) refuseChanges(file, changesOf(plan.after, after()));
    },
    keep: async () => {
      const changes = changesOf(plan.after, after());
      if (file === undefined || added.size === 0 || changes.length === 0) return false;
      await step(
        ctx,
        `add the base to ${lockName}`,
        async () => writeLock(file, after()),
        () => 'commit it',
      );
      if (plan.before) ctx.emit({ kind: 'log', stream: 'stderr', text: `${changes.join('\n')}\n` });
      return true;
    },
  };
}
