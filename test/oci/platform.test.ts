import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isToolError } from '../../src/core/errors.ts';
import {
  formatPlatform,
  hostPlatform,
  matchPlatform,
  normalizePlatform,
  parsePlatform,
  platformRuns,
} from '../../src/oci/platform.ts';
import { mediaTypes } from '../../src/oci/types.ts';
import type { Descriptor } from '../../src/oci/types.ts';

describe('parsePlatform', () => {
  it.each([
    ['linux/amd64', 'linux/amd64'],
    ['linux/x86_64', 'linux/amd64'],
    ['linux/amd64/v1', 'linux/amd64'],
    ['linux/amd64/v3', 'linux/amd64/v3'],
    ['Linux/AArch64', 'linux/arm64'],
    ['linux/arm64/v8', 'linux/arm64'],
    ['linux/arm64/8', 'linux/arm64'],
    ['linux/arm64/v9', 'linux/arm64/v9'],
    ['linux/arm', 'linux/arm/v7'],
    ['linux/arm/6', 'linux/arm/v6'],
    ['linux/armhf', 'linux/arm/v7'],
    ['linux/armel', 'linux/arm/v6'],
    ['linux/i386', 'linux/386'],
    ['macos/arm64', 'darwin/arm64'],
    ['arm64', 'linux/arm64'],
    ['riscv64', 'linux/riscv64'],
    ['linux', formatPlatform(hostPlatform())],
  ])('%s is %s', (text, expected) => {
    expect(formatPlatform(parsePlatform(text))).toBe(expected);
  });

  it.each([
    '',
    '/',
    'linux/',
    '/amd64',
    'linux/amd64/v1/x',
    'linux amd64',
    'nonsense',
    'linux/é',
    'linux/*',
    'constructor',
    `linux/${'a'.repeat(65)}`,
  ])('refuses %j', (text) => {
    expect(() => parsePlatform(text)).toThrow(expect.objectContaining({ code: 'REFERENCE_INVALID' }));
  });

  it('gives for any text a platform that reads back the same, or REFERENCE_INVALID', () => {
    const words = fc.constantFrom(
      'linux',
      'arm',
      'arm64',
      'amd64',
      'v8',
      'v7',
      '7',
      'v1',
      'i386',
      'armel',
      '/',
      'x',
      '__proto__',
      'toString',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(words, { maxLength: 5 }).map((list) => list.join('')),
        ),
        (text) => {
          try {
            const platform = parsePlatform(text);
            expect(parsePlatform(formatPlatform(platform))).toEqual(platform);
            expect(normalizePlatform(platform)).toEqual(platform);
          } catch (error) {
            if (!isToolError(error, 'REFERENCE_INVALID')) throw error;
          }
        },
      ),
      { numRuns: 1000 },
    );
  });
});

function descriptors(...platforms: readonly string[]): Descriptor[] {
  return platforms.map((text, index) => {
    const [os = '', architecture = '', variant] = text.split('/');
    const digest = `sha256:${String(index).padStart(64, '0')}` as const;
    return {
      mediaType: mediaTypes.ociManifest,
      digest,
      size: 1,
      platform: { os, architecture, ...(variant && { variant }) },
    };
  });
}

function chosen(wanted: string, ...offered: readonly string[]): string | undefined {
  const platform = matchPlatform(parsePlatform(wanted), descriptors(...offered))?.platform;
  return platform && [platform.os, platform.architecture, platform.variant].filter(Boolean).join('/');
}

describe('matchPlatform', () => {
  it('takes the highest variant that runs, wherever it stands', () => {
    expect(chosen('linux/arm/v7', 'linux/arm/v5', 'linux/arm/v6', 'linux/arm/v8')).toBe('linux/arm/v6');
    expect(chosen('linux/arm/v7', 'linux/arm/v6', 'linux/arm')).toBe('linux/arm');
    expect(chosen('linux/arm/v6', 'linux/arm/v7')).toBeUndefined();
    expect(chosen('linux/amd64/v3', 'linux/amd64', 'linux/amd64/v4', 'linux/amd64/v2')).toBe(
      'linux/amd64/v2',
    );
    expect(chosen('linux/arm64', 'linux/amd64', 'linux/arm64/v8')).toBe('linux/arm64/v8');
    expect(chosen('linux/arm64/v9', 'linux/arm64', 'linux/arm64/v8.5')).toBe('linux/arm64/v8.5');
    expect(chosen('linux/arm64', 'linux/arm64/v9')).toBeUndefined();
  });

  it('never falls back to another architecture or system', () => {
    expect(chosen('linux/amd64', 'linux/386', 'windows/amd64', 'unknown/unknown')).toBeUndefined();
    expect(chosen('linux/arm64', 'linux/arm/v7')).toBeUndefined();
  });

  it('asks for the features that an image needs', () => {
    const offered = {
      os: 'windows',
      architecture: 'amd64',
      'os.version': '10.0.17763.1',
      'os.features': ['win32k'],
    };
    expect(platformRuns({ os: 'windows', architecture: 'amd64' }, offered)).toBe(false);
    expect(platformRuns({ os: 'windows', architecture: 'amd64', 'os.features': ['win32k'] }, offered)).toBe(
      true,
    );
    expect(platformRuns({ ...offered, 'os.version': '10.0.17763' }, offered)).toBe(true);
    expect(platformRuns({ ...offered, 'os.version': '10.0.20348' }, offered)).toBe(false);
  });
});
