import { findPackages } from '../../bases/debian.ts';
import { lockKey } from '../../bases/lock-key.ts';
import { makeBase } from '../../bases/make.ts';
import { plainSettings } from '../../bases/settings.ts';
import type { BaseImage, BaseSettings, LockedBase } from '../../bases/types.ts';
import type { Ctx } from '../../core/ctx.ts';
import { ToolError, isToolError } from '../../core/errors.ts';
import { parsePlatform } from '../../oci/platform.ts';
import { openStore } from '../../store/store.ts';

/** haproxy itself; what it loads when a thread ends; what speaks to its socket where a host has nothing that does. */
const packages = ['base-files', 'haproxy', 'libgcc-s1', 'socat'];

/** What these need for their maintainer scripts, for services, and for configuring packages: none of it runs in the image. */
const without = [
  'adduser',
  'debconf',
  'debconf-2.0',
  'dpkg',
  'init-system-helpers',
  'lsb-base',
  'sysvinit-utils',
  'awk',
  'libc-bin',
];

/** Where packages come from: `debian:` of coracle.yaml, and what coracle.lock pins. */
export interface ImageSource {
  readonly debian: BaseSettings['debian'];
  readonly locked: Readonly<Record<string, LockedBase>>;
}

/**
 * The proxy's image, composed from signed packages of Debian into our store; the same packages give the same bytes.
 * @param platform as `linux/amd64`
 * @throws ToolError CONFIG_INVALID when no mirror of Debian is known; as makeBase
 */
export async function composeProxyImage(
  ctx: Ctx,
  platform: string,
  { debian, locked }: ImageSource,
): Promise<BaseImage> {
  const settings: BaseSettings = { ...plainSettings('debian'), packages, slim: true, debian };
  const options = { platform: parsePlatform(platform) };
  const key = lockKey(settings, options.platform);
  try {
    const pinned = locked[key] ?? (await findPackages(ctx, settings, variant, options));
    return await makeBase(ctx, await openStore(ctx), settings, {
      ...options,
      ...{ compression: { kind: 'gzip' }, extraCa: [], locked: { [key]: pinned }, access: { insecure: [] } },
    });
  } catch (error) {
    if (!isToolError(error, 'CONFIG_INVALID')) throw error;
    throw new ToolError(
      'CONFIG_INVALID',
      `the proxy's image is made of Debian's packages: ${error.message}`,
      {
        hint: `${error.hint ?? ''} Or name an image that has HAProxy: proxy.image.`.trim(),
        cause: error,
      },
    );
  }
}

const variant = {
  packages,
  without: without.map((name) => ({
    name,
    why: 'is for maintainer scripts and services, of which none runs',
  })),
  means: 'HAProxy',
};
