import type { Ctx } from '../core/ctx.ts';
import { formatPlatform } from '../oci/platform.ts';
import { openStore } from '../store/store.ts';
import { makeBase, type MakeOptions } from './make.ts';
import { baseKind } from './names.ts';
import type { BaseSettings } from './types.ts';
import type { OwnCommand, Verification, VerifyRequest } from './verify/types.ts';
import { rememberVerified } from './verify/verified.ts';
import { verifyImage } from './verify/verify.ts';

/**
 * Runs the tests inside a base: a named one, made when it is not in the store, or any image as it is. What passed is remembered. The caller is
 * root of its user namespace.
 * @throws ToolError as makeBase, verifyImage
 */
export async function verifyBase(
  ctx: Ctx,
  settings: BaseSettings,
  options: MakeOptions & { readonly own: readonly OwnCommand[]; readonly sandbox: VerifyRequest['sandbox'] },
): Promise<Verification> {
  const { access, platform, sandbox } = options;
  const own = [...settings.verify.map((argv) => ({ argv })), ...options.own];
  const plain = baseKind(settings) === 'image' && !settings.slim && settings.omit.length === 0;
  const base = plain ? undefined : await makeBase(ctx, await openStore(ctx), settings, options);
  const verification = await verifyImage(ctx, {
    ...{ image: base ? `store:${base.reference}` : settings.name, platform: formatPlatform(platform) },
    ...{ access, sandbox, own, omit: settings.omit },
    ...(base?.locked && { packages: base.locked.packages }),
  });
  await rememberVerified(ctx, verification, own);
  return verification;
}
