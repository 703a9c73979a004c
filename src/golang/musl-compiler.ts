/** The C compiler that takes musl in place of the machine's own C library, for programs with C that need nothing beside them. */
import { onPath } from '../core/on-path.ts';
import { ToolError } from '../core/errors.ts';
import type { Ctx } from '../core/ctx.ts';
import { hostPlatform } from '../oci/platform.ts';
import type { Platform } from '../oci/types.ts';
import type { CompilerWish } from './c-compiler.ts';
import type { GoEnv } from './goenv.ts';
import { portOf } from './go-port.ts';
import { splitQuoted } from './quoted.ts';

/** Code for glibc calls open64 and the like, which musl declares only when it is asked to (since 1.2.4). */
const largeFiles = '-D_LARGEFILE64_SOURCE';
/** The go command's own flags, which stand where CGO_CFLAGS is not set. */
const usual = '-O2 -g';

/**
 * What must be added to the environment so that cgo compiles against musl. A CC that the build's own settings name is taken as it is; one
 * that just stands in the environment, when its name says musl.
 * @throws ToolError TOOL_MISSING
 */
export async function muslCompiler(
  ctx: Ctx,
  settings: GoEnv,
  { platform, env, elsewhere }: Pick<CompilerWish, 'platform' | 'env' | 'elsewhere'>,
): Promise<Record<string, string>> {
  const search = env['PATH'] ?? ctx.env['PATH'] ?? '';
  const flags = muslFlags(settings.get('CGO_CFLAGS'));
  const set = env['CC'] || settings.get('CC');
  if (set !== undefined && (env['CC'] || set.includes('musl'))) {
    const [program = ''] = splitQuoted(set, 'CC');
    if (elsewhere === true || (await onPath(program, search))) return { ...flags, CC: set };
    throw new ToolError('TOOL_MISSING', `cgo needs the C compiler ${program} (CC), which is not there`, {
      hint: 'Install it, or set CC to one that is.',
    });
  }
  const names = namesFor(platform);
  for (const name of names) {
    if (elsewhere !== true && !(await onPath(name, search))) continue;
    // g++ would take glibc's headers; where there is none of musl's, a program with C++ must fail.
    const CXX = env['CXX'] || name.replace(/gcc$/, 'g++');
    return { ...flags, CC: name, CXX };
  }
  throw new ToolError(
    'TOOL_MISSING',
    `cgo with musl for linux/${platform.architecture} needs ${names[0] ?? 'musl-gcc'}, which is not there`,
    { hint: hintFor(platform) },
  );
}

/** What C for musl is compiled with. @param said CGO_CFLAGS as the user has it */
export function muslFlags(said: string | undefined): { readonly CGO_CFLAGS: string } {
  return { CGO_CFLAGS: `${said ?? usual} ${largeFiles}` };
}

/** What such compilers are called: by Debian's musl-tools, by those who build cross compilers, and where musl is the machine's own. */
function namesFor(platform: Platform): string[] {
  const { triplet } = portOf(platform);
  const [cross, alpine] = ['-linux-musl', '-alpine-linux-musl'].map(
    (system) => `${triplet.replace(/-linux-gnu/, system)}-gcc`,
  );
  return [...(isOwn(platform) ? ['musl-gcc'] : []), cross ?? '', ...(isOwn(platform) ? [alpine ?? ''] : [])];
}

function isOwn(platform: Platform): boolean {
  return platform.architecture === hostPlatform().architecture;
}

function hintFor(platform: Platform): string {
  const install = isOwn(platform)
    ? 'On Debian: apt-get install musl-tools (Fedora: musl-gcc; Arch: musl).'
    : 'Install a cross compiler of musl.';
  return `${install} Or set CC in go.env to one that takes musl. Or link glibc in (--cgo static), leave it to the image (--cgo dynamic), or build without C (--cgo off).`;
}
