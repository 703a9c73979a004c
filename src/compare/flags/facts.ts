/** What decides which options apply: what the program is made of, and what this machine has. */
import { promises as fs } from 'node:fs';
import path from 'node:path';
import type { Ctx } from '../../core/ctx.ts';
import { isToolError } from '../../core/errors.ts';
import type { CgoMode } from '../../golang/build-flags.ts';
import { cCompiler } from '../../golang/c-compiler.ts';
import type { CompileRequest } from '../../golang/compile.ts';
import { settingsOf } from '../../golang/go-command.ts';
import { hostPlatform } from '../../oci/platform.ts';
import { findCgo } from '../cgo.ts';
import type { ComparedProgram } from '../program.ts';

/** How the program is compiled, but for where to. */
export type BuildSettings = Omit<CompileRequest, 'output'>;

export interface ProgramFacts {
  /** It compiles C of its own or of its modules. */
  readonly ownC: boolean;
  /** It links net or os/user, for which the standard library has both C and Go. */
  readonly resolves: boolean;
  readonly architecture: string;
  /** Is it this machine's own architecture, so that the program can be run? */
  readonly native: boolean;
  /** Features of the processor, as the kernel names them; undefined where they cannot be read. */
  readonly features: ReadonlySet<string> | undefined;
  /** Why there is no C compiler of a kind; undefined when there is one. */
  readonly noCompiler: string | undefined;
  readonly noMusl: string | undefined;
}

/** The program's own settings. No stamp of the repository: a changed one would look like a change of size. */
export function settingsFor({
  context,
  home,
  packages,
  go,
  platform,
  toolchain,
}: ComparedProgram): BuildSettings {
  const { strip, flags, tags, ldflags, gcflags, env, cgo } = go;
  return {
    ...{ toolchain, platform, cgo, strip, flags, tags, ldflags, gcflags, env },
    cwd: path.resolve(context, home),
    package: packages[0]?.path ?? '.',
    vcs: false,
  };
}

/** Asks the machine. */
export async function programFacts(ctx: Ctx, program: ComparedProgram): Promise<ProgramFacts> {
  const settings = settingsFor(program);
  return {
    ...(await ownFacts(ctx, program, settings)),
    architecture: program.platform.architecture,
    native: program.platform.architecture === hostPlatform().architecture,
    features: await processorFeatures(),
    noCompiler: await lackOf(ctx, settings, 'dynamic'),
    noMusl: await lackOf(ctx, settings, 'static-musl'),
  };
}

/** Of several programs, those of the one that is measured. */
async function ownFacts(
  ctx: Ctx,
  { packages, cgo, resolves }: ComparedProgram,
  settings: BuildSettings,
): Promise<Pick<ProgramFacts, 'ownC' | 'resolves'>> {
  if (packages.length === 1) return { ownC: cgo !== false, resolves };
  const found = await findCgo(ctx, settings, settings.cwd, [settings.package]);
  return { ownC: cgo !== false && found.cgo, resolves: found.resolves };
}

async function lackOf(ctx: Ctx, settings: BuildSettings, cgo: CgoMode): Promise<string | undefined> {
  try {
    await cCompiler(ctx, await settingsOf(ctx, settings, settings.toolchain), { ...settings, cgo });
    return undefined;
  } catch (error) {
    if (!isToolError(error, 'TOOL_MISSING', 'UNSUPPORTED')) throw error;
    // The first way out is to install it.
    return [error.message, ...(error.hint ?? '').split('. ').slice(0, 1)]
      .filter((text) => text !== '')
      .join('; ');
  }
}

async function processorFeatures(): Promise<ReadonlySet<string> | undefined> {
  const text = await fs.readFile('/proc/cpuinfo', 'utf8').catch(() => '');
  const found = /^(?:flags|Features)\s*:(.*)$/m.exec(text)?.[1];
  return found === undefined ? undefined : new Set(found.trim().split(/\s+/));
}
