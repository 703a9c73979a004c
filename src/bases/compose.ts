import type { Ctx } from '../core/ctx.ts';
import { ToolError } from '../core/errors.ts';
import { planAlpine } from './alpine.ts';
import { planDebian } from './debian.ts';
import { baseKind } from './names.ts';
import type { BasePlan, PlanOptions } from './plan.ts';
import type { BaseSettings, ComposedBase } from './types.ts';

/**
 * Which packages a composed base is made from: those of the lock, else as the mirror has them now.
 * @throws ToolError UNSUPPORTED for a name that is not composed; as planDebian, planAlpine
 */
export async function planBase(ctx: Ctx, settings: BaseSettings, options: PlanOptions): Promise<BasePlan> {
  if (baseKind(settings) !== 'composed') {
    throw new ToolError('UNSUPPORTED', `${settings.name} is not composed from packages alone`, {
      hint: 'coracle base list shows which bases are.',
    });
  }
  return settings.name === 'alpine' ? planAlpine(ctx, settings, options) : planDebian(ctx, settings, options);
}

/**
 * A base from packages, nothing of which is run: static-debian, glibc, cc, debian, alpine and alpine-equivalent.
 * @throws ToolError as planBase; BASE_SCRIPT_UNKNOWN, PACKAGE_INVALID, NOT_FOUND when a pinned package is gone from the mirror
 */
export async function composeBase(
  ctx: Ctx,
  settings: BaseSettings,
  options: PlanOptions,
): Promise<ComposedBase> {
  return (await planBase(ctx, settings, options)).compose();
}
