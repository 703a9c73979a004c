/** Finds a module that no proxy has, such as a private one: the go command fetches it from its own repository, with its credentials. */
import { promises as fs } from 'node:fs';
import { mapLimit } from '../core/concurrency.ts';
import { withTempDir } from '../core/temp.ts';
import type { Ctx } from '../core/ctx.ts';
import { runGo } from './go-command.ts';
import type { GoCommand } from './go-command.ts';
import { goError } from './go-errors.ts';
import { candidatesOf } from './module-path.ts';
import type { ModuleQuery } from './module-path.ts';
import { field, stringIn } from './module-query.ts';
import type { FoundModule } from './module-query.ts';

/** The go command outside of any module. */
export const aloneEnv = { GOWORK: 'off', GO111MODULE: 'on' } as const;

/**
 * Asks `go mod download` for each module that the path may belong to; the longest that there is, is it.
 * @throws ToolError GO_MODULE, NETWORK, CHECKSUM_MISMATCH as the go command says of the shortest
 */
export async function queryDirectly(
  ctx: Ctx,
  go: GoCommand,
  { path, query }: ModuleQuery,
): Promise<FoundModule> {
  const alone = { ...go, env: { ...go.env, ...aloneEnv } };
  return withTempDir(ctx, async (cwd) => {
    const answers = await mapLimit(candidatesOf(path), 2, async (candidate) => {
      const exit = await runGo(ctx, alone, ['mod', 'download', '-json', `${candidate}@${query}`], { cwd });
      return { candidate, answer: parse(exit.stdout), stderr: exit.stderr };
    });
    for (const { candidate, answer } of answers) {
      const version = stringIn(answer, 'Version');
      const file = stringIn(answer, 'GoMod');
      if (stringIn(answer, 'Error') !== undefined || version === undefined || file === undefined) continue;
      const info = stringIn(answer, 'Info');
      const time =
        info === undefined
          ? undefined
          : stringIn(parse(await fs.readFile(info, 'utf8').catch(() => '')), 'Time');
      const origin = field(answer, 'Origin');
      const url = stringIn(origin, 'URL');
      const hash = stringIn(origin, 'Hash');
      return {
        path: candidate,
        version,
        goMod: await fs.readFile(file, 'utf8'),
        ...(time !== undefined && { time }),
        ...((url ?? hash) !== undefined && {
          origin: { ...(url !== undefined && { url }), ...(hash !== undefined && { hash }) },
        }),
      };
    }
    const messages = answers
      .map(({ answer, stderr }) => (stringIn(answer, 'Error') ?? stderr).trim())
      .filter((text) => text !== '');
    throw goError(`${path}@${query}`, messages.join('\n'), cwd, 'list');
  });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
