import { listFlags } from '../golang/build-flags.ts';
import type { Ctx } from '../core/ctx.ts';
import { goEnvironment, runGo, settingsOf } from '../golang/go-command.ts';
import type { GoCommand } from '../golang/go-command.ts';
import { goError } from '../golang/go-errors.ts';
import { readConcatenated } from '../golang/package-list.ts';
import type { ListedPackage } from '../golang/package-list.ts';

export interface CgoFound {
  /** A package outside the standard library is compiled with C when cgo is on. */
  readonly cgo: boolean;
  /** net or os/user is linked. */
  readonly resolves: boolean;
}

/**
 * What cgo would mean to programs: the go command is asked for their packages with cgo and without, for which it needs no C compiler, and
 * fetches the modules of either.
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
  const without: GoCommand = { ...go, cgo: 'off' };
  const toolchain = typeof go.toolchain === 'function' ? await go.toolchain() : go.toolchain;
  const goflags = (await settingsOf(ctx, without, toolchain)).get('GOFLAGS');
  const base = await goEnvironment(ctx, without, cwd);
  const list = async (cgo: '0' | '1'): Promise<ListedPackage[]> => {
    const chunks: string[] = [];
    const args = [
      'list',
      '-e',
      '-deps',
      '-json=ImportPath,Standard,CgoFiles',
      ...listFlags(without, goflags),
    ];
    const exit = await runGo(ctx, without, [...args, '--', ...packages], {
      cwd,
      env: { ...base, CGO_ENABLED: cgo },
      onOutput: (stream, text) => stream === 'stdout' && chunks.push(text),
    });
    if (exit.code !== 0) throw goError(packages[0] ?? '.', exit.stderr, cwd, 'list');
    return readConcatenated(chunks.join(''));
  };
  const listed = await list('1');
  await list('0');
  return {
    cgo: listed.some(
      ({ Standard: standard, CgoFiles: files }) => standard !== true && (files?.length ?? 0) > 0,
    ),
    resolves: listed.some(({ ImportPath: name }) => name === 'net' || name === 'os/user'),
  };
}
