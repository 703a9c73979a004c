/** The ports of Go to Linux: which platform of an image is which GOARCH, and how its variant is said to the compiler. */
import { ToolError } from '../core/errors.ts';
import type { Env } from '../core/ctx.ts';
import type { Platform } from '../oci/types.ts';

/** A port's variable for the processor level, and how Debian's cross compilers for it are called. */
interface Port {
  /** Such as GOARM; undefined when the port has none that Coracle sets. */
  readonly level?: string;
  /** GNU triplet, as in `aarch64-linux-gnu-gcc`. */
  readonly triplet: string;
  /** Debian's package of that cross compiler. */
  readonly debian: string;
}

const ports: Readonly<Record<string, Port>> = {
  amd64: { level: 'GOAMD64', triplet: 'x86_64-linux-gnu', debian: 'gcc-x86-64-linux-gnu' },
  '386': { triplet: 'i686-linux-gnu', debian: 'gcc-i686-linux-gnu' },
  arm: { level: 'GOARM', triplet: 'arm-linux-gnueabihf', debian: 'gcc-arm-linux-gnueabihf' },
  arm64: { level: 'GOARM64', triplet: 'aarch64-linux-gnu', debian: 'gcc-aarch64-linux-gnu' },
  loong64: { triplet: 'loongarch64-linux-gnu', debian: 'gcc-loongarch64-linux-gnu' },
  mips: { triplet: 'mips-linux-gnu', debian: 'gcc-mips-linux-gnu' },
  mipsle: { triplet: 'mipsel-linux-gnu', debian: 'gcc-mipsel-linux-gnu' },
  mips64: { triplet: 'mips64-linux-gnuabi64', debian: 'gcc-mips64-linux-gnuabi64' },
  mips64le: { triplet: 'mips64el-linux-gnuabi64', debian: 'gcc-mips64el-linux-gnuabi64' },
  ppc64: { triplet: 'powerpc64-linux-gnu', debian: 'gcc-powerpc64-linux-gnu' },
  ppc64le: { triplet: 'powerpc64le-linux-gnu', debian: 'gcc-powerpc64le-linux-gnu' },
  riscv64: { triplet: 'riscv64-linux-gnu', debian: 'gcc-riscv64-linux-gnu' },
  s390x: { triplet: 's390x-linux-gnu', debian: 'gcc-s390x-linux-gnu' },
};

/** The port that a platform names. @throws ToolError UNSUPPORTED when Go has none */
export function portOf(platform: Platform): Port {
  const port = Object.hasOwn(ports, platform.architecture) ? ports[platform.architecture] : undefined;
  if (platform.os === 'linux' && port) return port;
  throw new ToolError(
    'UNSUPPORTED',
    `Coracle compiles no Go programs for ${platform.os}/${platform.architecture}`,
    {
      hint: `Choose one of ${Object.keys(ports)
        .map((name) => `linux/${name}`)
        .join(', ')}.`,
    },
  );
}

/**
 * GOOS, GOARCH and the processor level. A level named in `configured` (coracle.yaml, flags) counts if a machine of the platform
 * can run it; one that just stands in the surrounding environment gives way to the platform's variant.
 * @throws ToolError UNSUPPORTED; CONFIG_INVALID for a level above the platform's variant
 */
export function portEnv(platform: Platform, configured: Env): Record<string, string> {
  const port = portOf(platform);
  const base = { GOOS: 'linux', GOARCH: platform.architecture };
  const { variant } = platform;
  if (variant === undefined || port.level === undefined) return base;
  const digits = /^v(\d+(?:\.\d+)?)$/.exec(variant)?.[1];
  if (digits === undefined) {
    throw new ToolError('UNSUPPORTED', `Go has no variant ${variant} of linux/${platform.architecture}`);
  }
  const level = levelOf(platform.architecture, digits);
  const wanted = configured[port.level];
  if (!wanted) return { ...base, [port.level]: level };
  if (rank(wanted) > rank(level)) {
    throw new ToolError(
      'CONFIG_INVALID',
      `${port.level}=${wanted} makes a program that not every linux/${platform.architecture}/${variant} can run`,
      { hint: `Set ${port.level}=${level} or lower, or build for a platform with a higher variant.` },
    );
  }
  return { ...base, [port.level]: wanted };
}

function levelOf(architecture: string, digits: string): string {
  // Go's arm port ends at ARMv7, which ARMv8 runs.
  if (architecture === 'arm') return String(Math.min(7, Number(digits)));
  if (architecture === 'arm64') return digits.includes('.') ? `v${digits}` : `v${digits}.0`;
  return `v${digits}`;
}

/** Levels in their order: `7,softfloat` < `v8.0` < `v8.2,lse` < `v9.0`, each within its own architecture. */
function rank(level: string): number {
  return Number(/^v?(\d+(?:\.\d+)?)/.exec(level)?.[1] ?? 0);
}
