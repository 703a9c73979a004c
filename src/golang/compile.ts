/**
 * golang/: Go toolchains, modules, packages and programs. It must not know images, registries or the command line.
 * This file compiles one main package for one platform, so that the same source gives the same bytes in any directory, for any
 * user, and a compiler's complaint reaches the user unchanged.
 */
import path from 'node:path';
import type { Ctx, Env } from '../core/ctx.ts';
import { withTempDir } from '../core/temp.ts';
import type { Platform } from '../oci/types.ts';
import { buildFlags, linksStatically } from './build-flags.ts';
import type { CgoMode } from './build-flags.ts';
import { plainGit } from './git-config.ts';
import { goEnvironment, runGo, settingsOf } from './go-command.ts';
import { goError } from './go-errors.ts';
import { mustBeStatic, warnOfLoading } from './linked-static.ts';
import type { Toolchain } from './toolchain-types.ts';

export type { CgoMode } from './build-flags.ts';

export interface CompileRequest {
  readonly toolchain: Toolchain;
  /** Absolute. Inside the module (or workspace) that is built. */
  readonly cwd: string;
  /** As said to the go command: an import path, or `.`. */
  readonly package: string;
  /** Absolute path of the program to write. */
  readonly output: string;
  readonly platform: Platform;
  readonly cgo: CgoMode;
  /** Leave out symbol table and debug information. */
  readonly strip: boolean;
  /** Stamp revision, time and dirtiness of the repository. */
  readonly vcs: boolean;
  readonly flags: readonly string[];
  readonly tags: readonly string[];
  readonly ldflags: readonly string[];
  readonly gcflags?: readonly string[];
  /** On top of the surrounding environment. */
  readonly env: Readonly<Record<string, string>>;
  /** As of GoCommand. */
  readonly elsewhere?: boolean;
  /** The step that downloads are shown under. */
  readonly step?: string;
}

/**
 * Runs `go build`. Deterministic: no path of this machine gets into the program, nor the toolchain's build ID, nor the user's
 * git settings.
 * @throws ToolError GO_COMPILE with Go's own lines in `detail`; GO_MODULE, CHECKSUM_MISMATCH or NETWORK for modules;
 *   TOOL_MISSING for a C compiler; CONFIG_INVALID for flags; UNSUPPORTED for a platform; DISK_FULL
 */
export async function compile(ctx: Ctx, request: CompileRequest): Promise<void> {
  const { cwd } = request;
  const goflags = (await settingsOf(ctx, request, request.toolchain)).get('GOFLAGS');
  const args = ['build', ...buildFlags(request, goflags), '-o', request.output, request.package];
  const shown = request.package === '.' ? path.relative(ctx.cwd, cwd) || '.' : request.package;
  // The go command leaves its work behind when a signal ends it; here it goes with our own temporary files.
  await withTempDir(ctx, async (temp) => {
    const base = await goEnvironment(ctx, request, cwd);
    const env: Env = { ...base, GOTMPDIR: base['GOTMPDIR'] || temp, ...(request.vcs ? plainGit(base) : {}) };
    const exit = await runGo(ctx, request, args, {
      cwd,
      env,
      ...(request.step !== undefined && { step: request.step }),
    });
    if (exit.code !== 0) throw goError(shown, exit.stderr, cwd);
    await mustBeStatic(shown, request.output, request.cgo);
    if (linksStatically(request.cgo)) warnOfLoading(ctx, shown, exit.stderr);
    if (exit.stderr.trim() !== '') {
      ctx.emit({
        kind: 'log',
        stream: 'stderr',
        text: exit.stderr,
        ...(request.step !== undefined && { id: request.step }),
      });
    }
  });
}
