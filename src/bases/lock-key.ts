import { createHash } from 'node:crypto';
import { formatPlatform } from '../oci/platform.ts';
import type { Platform } from '../oci/types.ts';
import { alpineWanted, debianVariant } from './packages.ts';
import type { BaseSettings } from './types.ts';

/**
 * The name of a base in coracle.lock: its own, the platform, and a short digest of what decides its packages. Mirrors do not: whatever mirror
 * a package comes from, its hash is the same.
 * @param options `extraCa`: authorities are added; `needs`: what a program adds to it, the libraries that it asks for
 */
export function lockKey(
  settings: BaseSettings,
  platform: Platform,
  { extraCa = false, needs = [] }: { readonly extraCa?: boolean; readonly needs?: readonly string[] } = {},
): string {
  const { name, debian, alpine } = settings;
  const { release = 'stable', components = ['main'], snapshot } = debian;
  const decides =
    name === 'alpine'
      ? [
          alpineWanted(settings),
          alpine.repositories.map((address) => address.replace(/^[a-z]+:\/\/[^/]*/, '')),
        ]
      : [debianVariant(settings, extraCa).packages, release, components, snapshot, needs];
  const digest = createHash('sha256').update(JSON.stringify(decides)).digest('hex').slice(0, 12);
  return `${name} ${formatPlatform(platform)} ${digest}`;
}
