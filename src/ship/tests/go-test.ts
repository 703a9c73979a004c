import path from 'node:path';
import { locate } from '../../build/locate.ts';
import { planLock } from '../../build/lock.ts';
import { goCommand } from '../../build/prepare-local.ts';
import type { BuildRequest } from '../../build/types.ts';
import type { Ctx } from '../../core/ctx.ts';
import { isToolError } from '../../core/errors.ts';
import { goEnvironment, runGo, type GoCommand } from '../../golang/go-command.ts';
import { findProject } from '../../golang/project.ts';
import { hostPlatform } from '../../oci/platform.ts';
import { stepId } from '../ship.ts';
import { testReader, type Tested } from './events.ts';
import type { TestSettings } from './settings.ts';

/** How a module is tested: with the Go that builds it, for this machine. */
export interface GoTests {
  /** The module's directory, where it runs. */
  readonly root: string;
  /** The module's path, when it has one. */
  readonly module: string | undefined;
  readonly go: GoCommand;
  readonly args: readonly string[];
}

/**
 * Finds the Go of the project as a build does.
 * @returns undefined where there is no Go module
 * @throws ToolError as a build that looks for its toolchain
 */
export async function goTestsOf(
  ctx: Ctx,
  request: BuildRequest,
  settings: TestSettings,
): Promise<GoTests | undefined> {
  const directory = path.resolve(ctx.cwd, request.what);
  try {
    const { root, lock } = await locate(ctx, request, directory, ['.']);
    const { goMod } = await findProject(ctx, root);
    const { toolchain } = await planLock(ctx, lock);
    const own = goCommand(request, toolchain);
    // The race detector is a C library.
    const cgo = settings.race && own.cgo === 'off' ? 'dynamic' : own.cgo;
    const tags = own.tags.length === 0 ? [] : [`-tags=${own.tags.join(',')}`];
    return {
      root,
      module: goMod.module,
      go: { ...own, platform: hostPlatform(), cgo },
      args: [
        'test',
        '-json',
        ...tags,
        ...(settings.race ? ['-race'] : []),
        ...settings.flags,
        ...settings.packages,
      ],
    };
  } catch (error) {
    if (isToolError(error, 'NO_GO_MOD')) return undefined;
    throw error;
  }
}

export interface GoTested extends Tested {
  readonly code: number;
  readonly stderr: string;
}

/** Runs them. What failed tests print is shown as it comes, and each package when it is through. */
export async function runGoTests(ctx: Ctx, { root, go, args }: GoTests): Promise<GoTested> {
  const id = stepId('tests');
  const reader = testReader((text) => ctx.emit({ kind: 'log', id, stream: 'stdout', text }));
  const exit = await runGo(ctx, go, args, {
    cwd: root,
    env: await goEnvironment(ctx, go, root),
    step: id,
    onOutput(stream, text) {
      if (stream === 'stdout') reader.take(text);
    },
  });
  return { ...reader.result(), code: exit.code, stderr: exit.stderr };
}

/** The directory of a package, relative to where people are. */
export function packageDirectory(ctx: Ctx, { root, module }: GoTests): (name: string) => string | undefined {
  return (name) => {
    if (module === undefined || (name !== module && !name.startsWith(`${module}/`))) return undefined;
    const directory = path.join(root, name.slice(module.length));
    return path.relative(ctx.cwd, directory) || '.';
  };
}
