import { formatPlatform } from '../oci/platform.ts';
import type { Platform } from '../oci/types.ts';
import type { LowerOptions } from './frontend.ts';

/** Build arguments that reach RUN steps without being declared, in any case; they are in no key and no image. */
export const proxyArgs = new Set(['HTTP_PROXY', 'HTTPS_PROXY', 'FTP_PROXY', 'NO_PROXY', 'ALL_PROXY']);

/**
 * The arguments that every Dockerfile has in its global scope; a build argument of the same name counts more. A stage sees one when it
 * declares it.
 * @param target name of the stage that is built; undefined when it has none
 */
export function platformArgs(options: LowerOptions, target: string | undefined): Map<string, string> {
  const { platform, buildPlatform, buildArgs } = options;
  const known = [
    ['BUILDPLATFORM', formatPlatform({ ...buildPlatform, 'os.version': '' })],
    ...partsOf('BUILD', buildPlatform),
    ['TARGETPLATFORM', formatPlatform(platform)],
    ...partsOf('TARGET', platform),
    ['TARGETSTAGE', target ?? 'default'],
  ] as const;
  return new Map(
    known.map(([name, value]) => [name, Object.hasOwn(buildArgs, name) ? (buildArgs[name] ?? '') : value]),
  );
}

function partsOf(prefix: string, platform: Platform): (readonly [name: string, value: string])[] {
  return [
    [`${prefix}OS`, platform.os],
    [`${prefix}OSVERSION`, platform['os.version'] ?? ''],
    [`${prefix}ARCH`, platform.architecture],
    [`${prefix}VARIANT`, platform.variant ?? ''],
  ];
}

/** Build arguments that have a meaning without being declared. */
export function isPredefinedArg(name: string): boolean {
  return (
    proxyArgs.has(name.toUpperCase()) ||
    name.startsWith('BUILDKIT_') ||
    name === 'SOURCE_DATE_EPOCH' ||
    /^(?:BUILD|TARGET)(?:PLATFORM|OS|OSVERSION|ARCH|VARIANT)$|^TARGETSTAGE$/.test(name)
  );
}
