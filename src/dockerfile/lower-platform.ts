import { normalizePlatform } from '../oci/platform.ts';
import type { Platform } from '../oci/types.ts';
import type { LowerOptions } from './frontend.ts';

/**
 * What the result says that it is for: what was asked for, with the base's details where nothing else was asked for; the base's own
 * platform when none was asked for.
 */
export function resultPlatform({ platform, platformImplied }: LowerOptions, image: Platform): Platform {
  if (platformImplied) return normalizePlatform(image);
  const same = platform.os === image.os && platform.architecture === image.architecture;
  if (!same) return normalizePlatform(platform);
  return normalizePlatform({
    ...image,
    ...platform,
    ...(platform.variant ? {} : { variant: image.variant ?? '' }),
  });
}
