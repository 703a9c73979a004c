import type { Ctx } from '../core/ctx.ts';
import { ToolError } from '../core/errors.ts';
import type { RegistryAccess } from '../images/registries.ts';
import type { Compression } from '../layer/compress.ts';
import type { Platform } from '../oci/types.ts';
import type { Store } from '../store/store.ts';
import { snapshotTime } from '../base/debian/snapshot.ts';
import { planBase } from './compose.ts';
import { lockKey } from './lock-key.ts';
import { baseImageOf } from './make-image.ts';
import { baseKind } from './names.ts';
import { markBaseUsed } from './references.ts';
import type { BaseImage, BaseSettings, LockedBase } from './types.ts';

export interface MakeOptions {
  readonly platform: Platform;
  readonly compression: Compression;
  /** Certificates (PEM, checked) of authorities to trust besides. */
  readonly extraCa: readonly string[];
  /** What coracle.lock holds of bases. */
  readonly locked: Readonly<Record<string, LockedBase>>;
  readonly access: RegistryAccess;
}

/**
 * The image of a base for one platform, in the store; made when it is not there. Distributions want to be made by root, of the machine or of a
 * user namespace.
 * @throws ToolError UNSUPPORTED for a base that is made for a program only; as composeBase, distributionBase, slimImage
 */
export async function makeBase(
  ctx: Ctx,
  store: Store,
  settings: BaseSettings,
  options: MakeOptions,
): Promise<BaseImage> {
  const base = await make(ctx, store, settings, options);
  await markBaseUsed(ctx, store, base);
  return base;
}

async function make(
  ctx: Ctx,
  store: Store,
  settings: BaseSettings,
  options: MakeOptions,
): Promise<BaseImage> {
  const { platform, compression, access, extraCa } = options;
  const { name } = settings;
  switch (baseKind(settings)) {
    case 'composed': {
      const pinned = options.locked[lockKey(settings, platform, { extraCa: extraCa.length > 0 })];
      const plan = await planBase(ctx, settings, { platform, extraCa, ...(pinned && { locked: pinned }) });
      const { snapshot } = settings.debian;
      return baseImageOf(ctx, store, await plan.compose(), {
        ...{ platform, compression },
        ...(snapshot !== undefined && { created: snapshotTime(snapshot).getTime() / 1000 }),
      });
    }
    case 'distribution': {
      const { distributionBase } = await import('./distribution/distribution.ts');
      const pinned = options.locked[lockKey(settings, platform)];
      return distributionBase(ctx, store, settings, { platform, ...(pinned && { locked: pinned }) });
    }
    case 'image': {
      const { slimImage } = await import('./distribution/slim-image.ts');
      return slimImage(ctx, store, name, settings, { platform, access });
    }
    case 'auto':
    case 'plain':
    case 'exact':
    default:
      throw new ToolError('UNSUPPORTED', `${name} is no image by itself: it is made for a program`, {
        hint: `Build the program on it: coracle build --base ${name}`,
      });
  }
}

/** Whether it is a system of its own, with a shell: such a base is verified before it may be used. */
export function isSystem(settings: BaseSettings): boolean {
  return ['distribution', 'image'].includes(baseKind(settings));
}
