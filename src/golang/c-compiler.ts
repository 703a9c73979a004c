/** The C compiler that cgo will call: looked for before Go is started, since its absence has a remedy. */
import { onPath } from '../core/on-path.ts';
import { ToolError } from '../core/errors.ts';
import type { Ctx } from '../core/ctx.ts';
import { hostPlatform } from '../oci/platform.ts';
import type { Platform } from '../oci/types.ts';
import type { CgoMode } from './build-flags.ts';
import type { GoEnv } from './goenv.ts';
import { muslCompiler } from './musl-compiler.ts';
import { portOf } from './go-port.ts';
import { splitQuoted } from './quoted.ts';

/** What is to be compiled, for what. */
export interface CompilerWish {
  readonly platform: Platform;
  readonly cgo: CgoMode;
  /** Set by the user for the build. */
  readonly env: Readonly<Record<string, string>>;
  /** As of GoCommand. */
  readonly elsewhere?: boolean;
}

/**
 * What must be added to the environment so that cgo finds its compiler: nothing where CC is set or where the machine compiles
 * for itself; for another architecture Debian's cross compiler, when it is installed.
 * @throws ToolError TOOL_MISSING
 */
export async function cCompiler(
  ctx: Ctx,
  settings: GoEnv,
  { platform, env, cgo, elsewhere = false }: CompilerWish,
): Promise<Record<string, string>> {
  if (cgo === 'static-musl') return muslCompiler(ctx, settings, { platform, env, elsewhere });
  const search = env['PATH'] ?? ctx.env['PATH'] ?? '';
  const set = settings.get('CC');
  if (set !== undefined) {
    const [program = ''] = splitQuoted(set, 'CC');
    if (elsewhere || (await onPath(program, search))) return {};
    throw new ToolError('TOOL_MISSING', `cgo needs the C compiler ${program} (CC), which is not there`, {
      hint: 'Install it, or set CC to one that is.',
    });
  }
  const here = hostPlatform();
  if (platform.architecture === here.architecture) {
    if (elsewhere || (await onPath('gcc', search))) return {};
    throw new ToolError('TOOL_MISSING', 'cgo needs a C compiler, and gcc is not there', {
      hint: 'On Debian: apt-get install gcc libc6-dev. Or set CC. Or build without cgo (--cgo off).',
    });
  }
  const { triplet, debian } = portOf(platform);
  const triplets = platform.architecture === 'arm' ? [triplet, 'arm-linux-gnueabi'] : [triplet];
  for (const name of triplets) {
    if (!(await onPath(`${name}-gcc`, search))) continue;
    const plus = (await onPath(`${name}-g++`, search)) ? { CXX: `${name}-g++` } : {};
    return { CC: `${name}-gcc`, ...(settings.get('CXX') === undefined ? plus : {}) };
  }
  throw new ToolError(
    'TOOL_MISSING',
    `cgo for linux/${platform.architecture} needs a C cross compiler, and ${triplet}-gcc is not there`,
    {
      hint: `On Debian: apt-get install ${debian}. Or set CC. Or build without cgo (--cgo off).`,
    },
  );
}
