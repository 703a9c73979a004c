import { checkRuns } from '../base/check.ts';
import { planBase } from '../bases/compose.ts';
import { libraryNeeds, planExact } from '../bases/exact.ts';
import { lockKey } from '../bases/lock-key.ts';
import type { BasePlan } from '../bases/plan.ts';
import type { BaseSettings, ComposedBase } from '../bases/types.ts';
import { onceMap } from '../core/concurrency.ts';
import { zoneinfoZip } from '../golang/toolchain.ts';
import type { Base, BaseMaking, Compiled } from './bases.ts';
import { numericUser } from './base-own.ts';

/** A base from packages that is asked for by name. */
export async function packageBase(making: BaseMaking, compiled: Compiled): Promise<Base> {
  const settings = making.request.base;
  return settings.name === 'distalpine'
    ? exactlyBase(making, compiled, settings)
    : listedBase(making, compiled, settings);
}

/**
 * A base that a list of packages decides.
 * @param key of the lock, when more than the settings decides it; then `locked` is what it says or is to say
 */
export async function listedBase(
  making: BaseMaking,
  compiled: Compiled,
  settings: BaseSettings,
  decided?: { readonly key: string; readonly locked: NonNullable<BasePlan['locked']> },
): Promise<Base> {
  const { ctx, lock, extraCa } = making;
  const { platform } = compiled;
  const key = decided?.key ?? lockKey(settings, platform, { extraCa: extraCa.length > 0 });
  const locked = decided?.locked ?? lock.get(key);
  const plan = await planBase(ctx, settings, { platform, extraCa, ...(locked && { locked }) });
  lock.add(key, plan.locked);
  return baseOf(plan, compiled);
}

/** Exactly the libraries that the program asks for. */
export async function exactlyBase(
  making: BaseMaking,
  compiled: Compiled,
  settings: BaseSettings,
): Promise<Base> {
  const { ctx, lock, extraCa, request, plan: pinned } = making;
  const { binary, platform, program } = compiled;
  const key = lockKey(settings, platform, { needs: libraryNeeds(binary) });
  const locked = lock.get(key);
  const user = numericUser(request.image.user);
  const plan = await planExact(ctx, settings, binary, {
    ...{ platform, extraCa, program, mtime: 0 },
    ...(locked && { locked }),
    env: request.image.env,
    zoneinfo: zoneinfoZip(pinned.toolchain),
    zoneinfoDigest: pinned.after.zoneinfo?.digest ?? '',
    ...(user && { user }),
  });
  if (plan.locked.packages.length > 0) lock.add(key, plan.locked);
  const made = await plan.compose();
  const base = { ...baseOf(plan, compiled), reasons: made.reasons };
  const empty = (await made.entries()).length === 0;
  return empty ? { ...base, vertex: { op: { kind: 'merge' }, inputs: [] } } : base;
}

function baseOf(plan: BasePlan, { binary, program }: Compiled): Base {
  const { source, packages } = plan.locked;
  const count = `${packages.length} package${packages.length === 1 ? '' : 's'}`;
  const name = packages.length === 0 ? plan.name : `${plan.name} (${count} of ${source})`;
  const once = onceMap<ComposedBase>();
  const entries = async () => (await once('', async () => plan.compose())).entries();
  return {
    vertex: {
      name: `layer base ${plan.name}`,
      inputs: [],
      op: { kind: 'file', actions: [{ kind: 'entries', key: plan.key, entries }] },
    },
    name,
    reasons: plan.statement === undefined ? [] : [plan.statement],
    check: async () => {
      const tree = async () => new Map((await entries()).map((entry) => [entry.path, entry]));
      await checkRuns(binary, tree, { base: plan.name, program });
    },
  };
}
