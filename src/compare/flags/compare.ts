/** Builds a program under each option alone, then under all that won, and says what each saves and costs. */
import { availableParallelism, cpus, release } from 'node:os';
import type { Ctx } from '../../core/ctx.ts';
import { withTempDir } from '../../core/temp.ts';
import { formatPlatform } from '../../oci/platform.ts';
import { findProgram } from '../program.ts';
import { buildAndWeigh } from './build.ts';
import type { Weighed } from './build.ts';
import { programFacts, settingsFor } from './facts.ts';
import type { BuildSettings, ProgramFacts } from './facts.ts';
import { buildOptions, defaultSettings } from './options.ts';
import type { BuildOption } from './options.ts';
import type { FlagsComparison, FlagsRequest, OptionResult } from './types.ts';

/**
 * Compares the build options of one program. Builds with the machine's toolchain, or a fetched one.
 * @throws ToolError as finding and building a program does, when its default cannot be built
 */
export async function compareFlags(ctx: Ctx, request: FlagsRequest): Promise<FlagsComparison> {
  const { compare } = request;
  const program = await findProgram(ctx, compare);
  const facts = await programFacts(ctx, program);
  const plain = defaultSettings(settingsFor(program), facts);
  return withTempDir(ctx, async (directory) => {
    const where = { directory, compression: compare.build.compression };
    const first = await buildAndWeigh(ctx, 'default', plain, where);
    const results: OptionResult[] = [];
    for (const option of buildOptions) results.push(await alone(option, first));

    async function alone(option: BuildOption, before: Weighed): Promise<OptionResult> {
      const means = option.means(facts);
      const skipped = option.skipped?.(facts, plain);
      if (skipped !== undefined) return { ...nothing(option.name, means, skipped), skipped };
      const weighed = await buildAndWeigh(ctx, option.name, option.change(plain, facts), where);
      return resultOf(option.name, means, weighed, before);
    }

    return {
      what: compare.what,
      program: program.name,
      at: ctx.now().toISOString(),
      machine: { cores: availableParallelism(), processor: cpus()[0]?.model ?? 'unknown', kernel: release() },
      platform: formatPlatform(plain.platform),
      goVersion: plain.toolchain.version,
      cgo: facts.ownC,
      speed: { kind: 'none', why: 'not asked for' },
      noise: { missing: 'nothing was run' },
      threshold: 0.005,
      baseline: resultOf('default', meansOf(plain, facts), first, first),
      options: results,
      winners: [],
      notes: program.notes,
    };
  });
}

function meansOf({ cgo }: BuildSettings, { ownC }: ProgramFacts): string {
  if (cgo === 'off') return 'go build, without cgo';
  return ownC ? 'go build' : 'go build, with cgo as Go has it where there is a C compiler';
}

function nothing(name: OptionResult['name'], means: string, missing: string): OptionResult {
  const none = { missing };
  return {
    ...{ name, means, notes: [] },
    ...{ size: none, compressed: none, saved: none, savedCompressed: none, slowdown: none },
  };
}

function resultOf(
  name: OptionResult['name'],
  means: string,
  weighed: Weighed,
  before: Weighed,
): OptionResult {
  if ('refusal' in weighed)
    return { ...nothing(name, means, 'it could not be built'), refusal: weighed.refusal };
  const { size, compressed, needs } = weighed;
  const less = (was: number | undefined, is: number): OptionResult['saved'] =>
    was === undefined ? { missing: 'the default could not be built' } : { value: was - is };
  const old = 'refusal' in before ? undefined : before;
  return {
    ...{ name, means, notes: [] },
    size: { value: size },
    compressed: { value: compressed },
    saved: less(old?.size, size),
    savedCompressed: less(old?.compressed, compressed),
    slowdown: { missing: 'not measured yet' },
    ...(needs && { needs }),
  };
}
