import { ToolError } from '../core/errors.ts';
import type { Descriptor, Platform } from './types.ts';

/** Words that alone stand for an operating system or an architecture, as Go names them. */
const knownSystems = new Set([
  'linux',
  'darwin',
  'windows',
  'freebsd',
  'netbsd',
  'openbsd',
  'android',
  'js',
  'plan9',
  'solaris',
  'wasip1',
]);
const knownArchitectures = new Set(
  '386 amd64 arm arm64 loong64 mips mipsle mips64 mips64le ppc64 ppc64le riscv64 s390x wasm'.split(' '),
);

/** What the rest of the world calls the architectures. */
const aliases: Readonly<Record<string, readonly [architecture: string, variant?: string]>> = {
  i386: ['386', ''],
  x86_64: ['amd64'],
  'x86-64': ['amd64'],
  aarch64: ['arm64'],
  armhf: ['arm', 'v7'],
  armel: ['arm', 'v6'],
};

/** Variants that are meant when none is said, and so are not written. */
const silentVariants: Readonly<Record<string, string>> = { amd64: 'v1', arm64: 'v8' };

/**
 * Parses `os/architecture[/variant]`, or one word of it (the other then being this machine's), as containerd does.
 * @throws ToolError REFERENCE_INVALID
 */
export function parsePlatform(text: string): Platform {
  const parts = text.split('/');
  if (parts.length > 3 || parts.some((part) => !/^[A-Za-z0-9_.-]{1,64}$/.test(part))) throw invalid(text);
  const [first = '', second, variant] = parts;
  if (second !== undefined)
    return normalizePlatform({ os: first, architecture: second, ...(variant !== undefined && { variant }) });
  const host = hostPlatform();
  const asSystem = normalizePlatform({ ...host, os: first });
  if (knownSystems.has(asSystem.os)) return asSystem;
  const asArchitecture = normalizePlatform({ os: host.os, architecture: first });
  if (knownArchitectures.has(asArchitecture.architecture)) return asArchitecture;
  throw invalid(text);
}

/** `linux/arm/v7`; with an OS version `windows(10.0.17763)/amd64`. Of the normal form. */
export function formatPlatform(platform: Platform): string {
  const { os, architecture, variant, 'os.version': version } = normalizePlatform(platform);
  return `${os}${version ? `(${version})` : ''}/${architecture}${variant ? `/${variant}` : ''}`;
}

/**
 * The one spelling of a platform (containerd's rules): `x86_64` is amd64, `aarch64/v8` is arm64, arm without a variant is v7.
 */
export function normalizePlatform(platform: Platform): Platform {
  const { variant: _variant, ...rest } = platform;
  const os = platform.os.toLowerCase();
  const said = platform.architecture.toLowerCase();
  const alias = Object.hasOwn(aliases, said) ? aliases[said] : undefined;
  const architecture = alias?.[0] ?? said;
  const variant = normalVariant(architecture, alias?.[1] ?? platform.variant?.toLowerCase() ?? '');
  return { ...rest, os: os === 'macos' ? 'darwin' : os, architecture, ...(variant !== '' && { variant }) };
}

/** The platform this process runs on: always Linux images, so the OS is `linux` whatever the kernel. */
export function hostPlatform(): Platform {
  const names: Readonly<Record<string, string>> = {
    x64: 'amd64',
    ia32: '386',
    mipsel: 'mipsle',
    ppc64: 'ppc64le',
    loong64: 'loong64',
  };
  return normalizePlatform({ os: 'linux', architecture: names[process.arch] ?? process.arch });
}

/**
 * The descriptor that runs best on `wanted`: the same OS and architecture, and the highest variant that is not above it
 * (arm/v7 takes v7, then v6, then v5). Other than containerd it never falls back to another architecture (386 for amd64): what
 * is put on top is compiled for the one that was asked for.
 */
export function matchPlatform(wanted: Platform, descriptors: readonly Descriptor[]): Descriptor | undefined {
  for (const variant of runnableVariants(normalizePlatform(wanted))) {
    const found = descriptors.find(
      ({ platform }) => platform !== undefined && same({ ...wanted, variant }, platform),
    );
    if (found) return found;
  }
  return undefined;
}

/** True when an image of `offered` runs on `wanted`. */
export function platformRuns(wanted: Platform, offered: Platform): boolean {
  return runnableVariants(normalizePlatform(wanted)).some((variant) => same({ ...wanted, variant }, offered));
}

function same(wanted: Platform, offered: Platform): boolean {
  const want = normalizePlatform(wanted);
  const offer = normalizePlatform(offered);
  const features = new Set(want['os.features'] ?? []);
  return (
    want.os === offer.os &&
    want.architecture === offer.architecture &&
    (want.variant ?? '') === (offer.variant ?? '') &&
    (offer['os.features'] ?? []).every((feature) => features.has(feature)) &&
    (want['os.version'] === undefined || (offer['os.version'] ?? '').startsWith(want['os.version']))
  );
}

function normalVariant(architecture: string, variant: string): string {
  if (architecture === '386') return '';
  if (architecture === 'arm' && variant === '') return 'v7';
  const full =
    /^\d+(?:\.\d+)?$/.test(variant) && Object.hasOwn({ arm: 1, arm64: 1, amd64: 1 }, architecture)
      ? `v${variant}`
      : variant;
  return full === silentVariants[architecture] ? '' : full;
}

/** Best first. */
function runnableVariants({ architecture, variant = '' }: Platform): string[] {
  const [, major, minor = '0'] =
    /^v(\d)(?:\.(\d))?$/.exec(variant || (silentVariants[architecture] ?? '')) ?? [];
  if (major === undefined) return [variant];
  if (architecture === 'amd64') return downFrom(Number(major), 1).map((level) => `v${level}`);
  if (architecture === 'arm') return downFrom(Number(major), 5).map((level) => `v${level}`);
  if (architecture !== 'arm64') return [variant];
  const minors = (name: string, from: number): string[] =>
    downFrom(from, 0).map((level) => (level === 0 ? name : `${name}.${level}`));
  // Armv9.x includes Armv8.(x+5).
  return major === '9'
    ? [...minors('v9', Number(minor)), ...minors('v8', Number(minor) + 5)]
    : minors(`v${major}`, Number(minor));
}

function downFrom(top: number, bottom: number): number[] {
  return Array.from({ length: Math.max(0, top - bottom) + 1 }, (_, index) => top - index);
}

function invalid(text: string): ToolError {
  return new ToolError('REFERENCE_INVALID', `${JSON.stringify(text.slice(0, 80))} is not a platform`, {
    hint: 'A platform is written os/architecture[/variant], such as linux/amd64, linux/arm64 or linux/arm/v7.',
  });
}
