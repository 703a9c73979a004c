/** What decides which options apply: what the program is made of, and what this machine has. */
import { promises as fs } from 'node:fs';
import type { Ctx } from '../../core/ctx.ts';
import { isToolError } from '../../core/errors.ts';
import type { BuildSettings } from '../../explain/costs/program.ts';
import { listFlags } from '../../golang/build-flags.ts';
import { cCompiler } from '../../golang/c-compiler.ts';
import type { CgoMode } from '../../golang/build-flags.ts';
import { goEnvironment, runGo, settingsOf } from '../../golang/go-command.ts';
import { goError } from '../../golang/go-errors.ts';
import { hostPlatform } from '../../oci/platform.ts';

export interface ProgramFacts {
  /** Packages outside the standard library that have C, by import path; without cgo they are left out or do not compile. */
  readonly cPackages: readonly string[];
  /** Packages of the standard library whose C there is a Go for: net, os/user. */
  readonly standardC: readonly string[];
  readonly architecture: string;
  /** Is it this machine's own architecture, so that the program can be run? */
  readonly native: boolean;
  /** Features of the processor, as the kernel names them; undefined where they cannot be read. */
  readonly features: ReadonlySet<string> | undefined;
  /** Why there is no C compiler of a kind; undefined when there is one. */
  readonly noCompiler: string | undefined;
  readonly noMusl: string | undefined;
}

/** Asks the go command and the machine. @throws ToolError GO_MODULE and others of listing packages */
export async function programFacts(ctx: Ctx, settings: BuildSettings): Promise<ProgramFacts> {
  const { platform } = settings;
  const listed = await packagesWithC(ctx, settings);
  return {
    cPackages: listed.filter(({ standard }) => !standard).map(({ name }) => name),
    standardC: listed
      .filter(({ standard, name }) => standard && replaceable.has(name))
      .map(({ name }) => name),
    architecture: platform.architecture,
    native: platform.architecture === hostPlatform().architecture,
    features: await processorFeatures(),
    noCompiler: await lackOf(ctx, settings, 'dynamic'),
    noMusl: await lackOf(ctx, settings, 'static-musl'),
  };
}

/** Those that netgo and osusergo are about. */
const replaceable = new Set(['net', 'os/user']);

async function packagesWithC(
  ctx: Ctx,
  settings: BuildSettings,
): Promise<{ name: string; standard: boolean }[]> {
  const { cwd } = settings;
  const goflags = (await settingsOf(ctx, settings, settings.toolchain)).get('GOFLAGS');
  // Listing needs no C compiler, so none is asked for.
  const env = { ...(await goEnvironment(ctx, { ...settings, cgo: 'off' }, cwd)), CGO_ENABLED: '1' };
  const form = '{{if .CgoFiles}}{{.Standard}} {{.ImportPath}}{{end}}';
  const args = ['list', '-e', '-deps', '-f', form, ...listFlags(settings, goflags), settings.package];
  const exit = await runGo(ctx, settings, args, { cwd, env });
  if (exit.code !== 0) throw goError(settings.package, exit.stderr, cwd, 'list');
  const lines = exit.stdout.split('\n').map((line) => /^(true|false) (\S+)$/.exec(line));
  return lines.flatMap((match) =>
    match?.[2] === undefined ? [] : [{ name: match[2], standard: match[1] === 'true' }],
  );
}

async function lackOf(ctx: Ctx, settings: BuildSettings, cgo: CgoMode): Promise<string | undefined> {
  try {
    await cCompiler(ctx, await settingsOf(ctx, settings, settings.toolchain), { ...settings, cgo });
    return undefined;
  } catch (error) {
    if (!isToolError(error, 'TOOL_MISSING', 'UNSUPPORTED')) throw error;
    return error.message;
  }
}

async function processorFeatures(): Promise<ReadonlySet<string> | undefined> {
  const text = await fs.readFile('/proc/cpuinfo', 'utf8').catch(() => '');
  const found = /^(?:flags|Features)\s*:(.*)$/m.exec(text)?.[1];
  return found === undefined ? undefined : new Set(found.trim().split(/\s+/));
}
