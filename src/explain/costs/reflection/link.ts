import { promises as fs } from 'node:fs';
import path from 'node:path';
import { step } from '../../../build/times.ts';
import type { Ctx } from '../../../core/ctx.ts';
import { withTempDir } from '../../../core/temp.ts';
import { buildFlags } from '../../../golang/build-flags.ts';
import { runGo, settingsOf } from '../../../golang/go-command.ts';
import type { BuildSettings } from '../program.ts';
import { methodLookups, packageOfSymbol } from './reasons.ts';
import type { MethodLookup } from './reasons.ts';

/** What a link tells of method look-ups. */
export interface Linked {
  /** Bytes of the program: the linker's talking does not change it. */
  readonly size: number;
  readonly callers: readonly MethodLookup[];
  /**
   * Those in the package reflect. They may follow from others, as all exported methods do; alone, they are the reason: since Go 1.26
   * reflect.Value has a method Methods, which looks up all there are, and stays where something asks for methods of that name.
   */
  readonly inReflect: readonly MethodLookup[];
}

/** More text than the linker writes for the largest programs there are. */
const mostText = 512 * 1024 * 1024;

/**
 * Links the program once more, with the linker telling why it keeps what it keeps.
 * @param name for people: what is done
 * @returns undefined when it cannot be built so, or does not tell
 */
export async function linkWithReasons(
  ctx: Ctx,
  settings: BuildSettings,
  name: string,
): Promise<Linked | undefined> {
  return step(ctx, name, async () =>
    withTempDir(ctx, async (temp) => {
      const output = path.join(temp, 'program');
      const text = await reasonsOf(ctx, settings, output);
      if (text === undefined) return undefined;
      const all = methodLookups(text);
      const isOwn = (lookup: MethodLookup): boolean => packageOfSymbol(lookup.name) === 'reflect';
      return {
        size: (await fs.stat(output)).size,
        callers: all.filter((lookup) => !isOwn(lookup)),
        inReflect: all.filter(isOwn),
      };
    }),
  );
}

async function reasonsOf(ctx: Ctx, settings: BuildSettings, output: string): Promise<Buffer | undefined> {
  const goflags = (await settingsOf(ctx, settings, settings.toolchain)).get('GOFLAGS');
  const flags = buildFlags({ ...settings, flags: [...settings.flags, '-ldflags=-dumpdep'] }, goflags);
  const chunks: Buffer[] = [];
  let size = 0;
  const exit = await runGo(
    { ...ctx, emit: () => undefined },
    settings,
    ['build', ...flags, '-o', output, settings.package],
    {
      cwd: settings.cwd,
      onOutput: (stream, text) => {
        size += text.length;
        if (stream === 'stderr' && size <= mostText) chunks.push(Buffer.from(text, 'latin1'));
      },
    },
  );
  return exit.code !== 0 || chunks.length === 0 || size > mostText ? undefined : Buffer.concat(chunks);
}
