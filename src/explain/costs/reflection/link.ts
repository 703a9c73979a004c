import path from 'node:path';
import { step } from '../../../build/times.ts';
import type { Ctx } from '../../../core/ctx.ts';
import { withTempDir } from '../../../core/temp.ts';
import { buildFlags } from '../../../golang/build-flags.ts';
import { runGo, settingsOf } from '../../../golang/go-command.ts';
import type { BuildSettings } from '../program.ts';
import { methodLookups } from './reasons.ts';
import type { MethodLookup } from './reasons.ts';

/** More text than the linker writes for the largest programs there are. */
const mostText = 512 * 1024 * 1024;

/** Links the program once more, with the linker telling why it keeps what it keeps. Undefined when it does not tell. */
export async function findMethodLookups(
  ctx: Ctx,
  settings: BuildSettings,
): Promise<readonly MethodLookup[] | undefined> {
  return step(ctx, 'ask the linker for its reasons', async () =>
    withTempDir(ctx, async (temp) => {
      const goflags = (await settingsOf(ctx, settings, settings.toolchain)).get('GOFLAGS');
      const flags = buildFlags({ ...settings, flags: [...settings.flags, '-ldflags=-dumpdep'] }, goflags);
      const chunks: Buffer[] = [];
      let size = 0;
      const exit = await runGo(
        { ...ctx, emit: () => undefined },
        settings,
        ['build', ...flags, '-o', path.join(temp, 'program'), settings.package],
        {
          cwd: settings.cwd,
          onOutput: (stream, text) => {
            size += text.length;
            if (stream === 'stderr' && size <= mostText) chunks.push(Buffer.from(text, 'latin1'));
          },
        },
      );
      if (exit.code !== 0 || chunks.length === 0 || size > mostText) return undefined;
      return methodLookups(Buffer.concat(chunks));
    }),
  );
}
