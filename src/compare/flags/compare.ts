/** Builds a program under each option alone, then under all that won, and says what each saves and costs. */
import { promises as fs } from 'node:fs';
import { availableParallelism, cpus, release } from 'node:os';
import path from 'node:path';
import type { Ctx } from '../../core/ctx.ts';
import { withTempDir } from '../../core/temp.ts';
import { formatPlatform } from '../../oci/platform.ts';
import { findProgram } from '../program.ts';
import type { ComparedProgram } from '../program.ts';
import { buildAndWeigh } from './build.ts';
import type { Weighed } from './build.ts';
import { programFacts, settingsFor } from './facts.ts';
import type { BuildSettings, ProgramFacts } from './facts.ts';
import { measureSpeed } from './how-fast.ts';
import { buildOptions, defaultSettings } from './options.ts';
import { resultOf, skippedResult, wordsOf } from './results.ts';
import type { Speeds } from './speed.ts';
import type { FlagsComparison, FlagsRequest, OptionResult } from './types.ts';
import { chooseWinners, leastSaved, togetherSettings, winnersOf } from './winners.ts';
import type { Tried } from './winners.ts';

/** Milliseconds that benchmarks take at most, where it is not said. */
const longest = 120_000;

/** What all steps of one comparison share. */
interface Bench {
  readonly request: FlagsRequest;
  readonly program: ComparedProgram;
  readonly facts: ProgramFacts;
  readonly plain: BuildSettings;
  /** For programs; gone when the comparison is made. */
  readonly directory: string;
}

/**
 * Compares the build options of one program. Nothing is written into the project.
 * @throws ToolError as finding a program does; NETWORK, DISK_FULL and what else is no answer about an option; SANDBOX_UNAVAILABLE where
 *   nothing can be run, unless sizes alone are asked for
 */
export async function compareFlags(ctx: Ctx, request: FlagsRequest): Promise<FlagsComparison> {
  const program = await findProgram(ctx, request.compare);
  const facts = await programFacts(ctx, program);
  const plain = defaultSettings(settingsFor(program), facts);
  return withTempDir(ctx, async (directory) => {
    await fs.mkdir(path.join(directory, 'root'));
    return compareIn(ctx, { request, program, facts, plain, directory });
  });
}

async function compareIn(ctx: Ctx, bench: Bench): Promise<FlagsComparison> {
  const { request, program, facts, plain } = bench;
  const first = await weigh(ctx, bench, 'default', plain);
  const tried: Tried[] = [];
  const options = buildOptions.filter(({ name }) => request.only?.includes(name) ?? true);
  for (const option of options) tried.push({ option, result: await alone(ctx, bench, option, first) });

  const runners = tried.filter(({ result }) => 'value' in result.size).filter((one) => isTimed(one, facts));
  const speeds = await speedOf(ctx, bench, [
    { name: 'default', settings: plain },
    ...runners.map(({ option }) => ({ name: option.name, settings: option.change(plain, facts) })),
  ]);
  const measured = tried.map(({ option, result }) => ({
    option,
    result: withSpeed(result, speeds, untimed(option, facts)),
  }));
  const baseline = resultOf({ name: 'default', means: meansOf(plain, facts) }, first, first);
  const won = chooseWinners(measured, baseline, 'value' in speeds.noise ? speeds.noise.value : undefined);
  const all = togetherSettings(plain, won, facts);
  return {
    what: request.compare.what,
    program: program.name,
    at: ctx.now().toISOString(),
    machine: { cores: availableParallelism(), processor: cpus()[0]?.model ?? 'unknown', kernel: release() },
    platform: formatPlatform(plain.platform),
    goVersion: plain.toolchain.version,
    cgo: facts.ownC,
    ...{ speed: speeds.method, noise: speeds.noise, threshold: leastSaved },
    baseline: { ...baseline, slowdown: { value: 1 } },
    options: measured.map(({ result }) => result),
    ...(won.length > 0 && { together: await together(ctx, bench, { won, all, first }) }),
    winners: winnersOf(won, baseline, facts, all),
    notes: notesOf(program, baseline, plain),
  };
}

async function weigh(
  ctx: Ctx,
  { directory, request }: Bench,
  name: string,
  settings: BuildSettings,
): Promise<Weighed> {
  const { compression } = request.compare.build;
  return buildAndWeigh(ctx, name, settings, { directory, compression });
}

async function alone(ctx: Ctx, bench: Bench, option: Tried['option'], first: Weighed): Promise<OptionResult> {
  const { facts, plain } = bench;
  const words = wordsOf(option, facts);
  const skipped = option.skipped?.(facts, plain);
  if (skipped !== undefined) return skippedResult(words, skipped);
  return resultOf(words, await weigh(ctx, bench, option.name, option.change(plain, facts)), first);
}

interface Whole {
  readonly won: readonly Tried[];
  readonly all: BuildSettings;
  readonly first: Weighed;
}

/** All winners in one program; its speed is measured beside the default's alone. */
async function together(ctx: Ctx, bench: Bench, { won, all, first }: Whole): Promise<OptionResult> {
  const of = won.map(({ option }) => option.name);
  const words = { name: 'together', means: of.join(' + '), of } as const;
  const result = resultOf(words, await weigh(ctx, bench, 'together', all), first);
  if (!('value' in result.size)) return result;
  if (won.every(({ option }) => option.sameCode === true))
    return { ...result, slowdown: { missing: sameCode }, sameCode: true };
  const speeds = await speedOf(ctx, bench, [
    { name: 'default', settings: bench.plain },
    { name: 'together', settings: all },
  ]);
  return withSpeed(result, speeds, undefined);
}

async function speedOf(
  ctx: Ctx,
  { request, program, facts, directory }: Bench,
  runners: Parameters<typeof measureSpeed>[1],
): Promise<Speeds> {
  return measureSpeed(ctx, runners, {
    ...{ program, directory, request: request.compare, native: facts.native },
    sizeOnly: request.sizeOnly === true,
    longest: request.longest ?? longest,
  });
}

function isTimed({ option }: Tried, facts: ProgramFacts): boolean {
  return option.sameCode !== true && option.cannotRun?.(facts) === undefined;
}

/** Why an option's speed is not measured though others' is. */
function untimed(option: Tried['option'], facts: ProgramFacts): string | undefined {
  if (option.sameCode === true) return sameCode;
  const cannot = option.cannotRun?.(facts);
  return cannot === undefined ? undefined : `it cannot be run here: ${cannot}`;
}

const sameCode = 'its code is that of the default, so it is as fast';

function withSpeed(result: OptionResult, speeds: Speeds, unmeasured: string | undefined): OptionResult {
  if (!('value' in result.size)) return result;
  const why = speeds.method.kind === 'none' ? speeds.method.why : 'it could not be run';
  const slowdown =
    unmeasured === undefined
      ? (speeds.slowdown.get(result.name) ?? { missing: why })
      : { missing: unmeasured };
  return { ...result, slowdown };
}

function meansOf({ cgo }: BuildSettings, { ownC }: ProgramFacts): string {
  if (cgo === 'off') return 'go build, without cgo';
  return ownC ? 'go build' : 'go build (cgo is on where there is a C compiler)';
}

function notesOf(program: ComparedProgram, { needs }: OptionResult, { cgo }: BuildSettings): string[] {
  const linked = needs
    ? [
        'A dynamic program is smaller for what it leaves to its image: the loader and the C library, 2 MB and more, come on top of it.',
      ]
    : [];
  const looked =
    program.cgo === false && program.resolves && cgo !== 'off'
      ? [
          'With cgo off, Go itself looks up names and users: it obeys /etc/hosts and DNS, and no other source.',
        ]
      : [];
  return [...program.notes, ...linked, ...looked];
}
