import { listFlags } from '../golang/build-flags.ts';
import type { Ctx } from '../core/ctx.ts';
import { goEnvironment, runGo, settingsOf } from '../golang/go-command.ts';
import type { GoCommand } from '../golang/go-command.ts';
import { goError } from '../golang/go-errors.ts';
import { readConcatenated } from '../golang/package-list.ts';

export interface CgoFound {
  /** A package outside the standard library is compiled with C when cgo is on. */
  readonly cgo: boolean;
  /** net or os/user is linked. */
  readonly resolves: boolean;
}

/**
 * What cgo would mean to programs: the go command is asked for their packages as with cgo, for which it needs no C compiler.
 * @param cwd absolute, in the module
 * @param packages directories of main packages
 * @throws ToolError GO_MODULE and others of the go command
 */
export async function findCgo(
  ctx: Ctx,
  go: GoCommand,
  cwd: string,
  packages: readonly string[],
): Promise<CgoFound> {
  const on: GoCommand = { ...go, cgo: 'off' };
  const toolchain = typeof go.toolchain === 'function' ? await go.toolchain() : go.toolchain;
  const goflags = (await settingsOf(ctx, on, toolchain)).get('GOFLAGS');
  const env = { ...(await goEnvironment(ctx, on, cwd)), CGO_ENABLED: '1' };
  const chunks: string[] = [];
  const args = ['list', '-e', '-deps', '-json=ImportPath,Standard,CgoFiles', ...listFlags(on, goflags)];
  const exit = await runGo(ctx, on, [...args, '--', ...packages], {
    ...{ cwd, env },
    onOutput: (stream, text) => stream === 'stdout' && chunks.push(text),
  });
  if (exit.code !== 0) throw goError(packages[0] ?? '.', exit.stderr, cwd, 'list');
  const listed = readConcatenated(chunks.join(''));
  return {
    cgo: listed.some(({ Standard: standard, CgoFiles: files }) => standard !== true && (files?.length ?? 0) > 0),
    resolves: listed.some(({ ImportPath: name }) => name === 'net' || name === 'os/user'),
  };
}
