/** Builds a program under each option alone, then under all that won, and says what each saves and costs. */
import { promises as fs } from 'node:fs';
import { availableParallelism, cpus, release } from 'node:os';
import path from 'node:path';
import type { Ctx } from '../../core/ctx.ts';
import { withTempDir } from '../../core/temp.ts';
import { formatPlatform } from '../../oci/platform.ts';
import { findProgram, severalPrograms } from '../program.ts';
import type { ComparedProgram } from '../program.ts';
import { buildAndWeigh } from './build.ts';
import type { Weighed } from './build.ts';
import { programFacts, settingsFor } from './facts.ts';
import type { Elsewhere } from './elsewhere.ts';
import type { BuildSettings, ProgramFacts } from './facts.ts';
import { measureSpeed } from './how-fast.ts';
import { buildOptions, defaultSettings } from './options.ts';
import { resultOf, skippedResult, wordsOf } from './results.ts';
import type { Runner, Speeds } from './speed.ts';
import type { FlagsComparison, FlagsRequest, OptionResult } from './types.ts';
import { chooseWinners, costsNothing, leastSaved, togetherSettings, winnersOf } from './winners.ts';
import type { Clock, Tried } from './winners.ts';

/** Milliseconds that benchmarks take at most, where it is not said. */
const longest = 120_000;

/** What all steps of one comparison share. */
interface Bench {
  /** Where this machine has no C compiler for the program. */
  readonly elsewhere?: Elsewhere;
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
  return withTempDir(ctx, async (directory) => {
    await fs.mkdir(path.join(directory, 'root'));
    const bench = { request, program, directory };
    if (!facts.ownC || facts.noCompiler === undefined) {
      const plain = defaultSettings(settingsFor(program), facts);
      return compareIn(ctx, { ...bench, facts, plain });
    }
    const { openElsewhere } = await import('./elsewhere.ts');
    const elsewhere = await openElsewhere(ctx, program, settingsFor(program), request.compare.access);
    try {
      const there: ProgramFacts = { ...facts, noCompiler: undefined, noMusl: undefined };
      const plain = { ...defaultSettings(settingsFor(program), there), elsewhere: true };
      return await compareIn(ctx, { ...bench, facts: there, plain, elsewhere });
    } finally {
      await elsewhere.close();
    }
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
    runnerOf(bench, 'default', plain),
    ...runners.map(({ option }) => runnerOf(bench, option.name, option.change(plain, facts))),
  ]);
  const measured = tried.map(({ option, result }) => ({
    option,
    result: withSpeed(result, speeds, untimed(option, facts)),
  }));
  const baseline = resultOf({ name: 'default', means: meansOf(plain, facts) }, first, first);
  const clock = {
    noise: 'value' in speeds.noise ? speeds.noise.value : undefined,
    work: speeds.method.kind === 'benchmarks',
  };
  const { won, all, result, note } = await together(ctx, bench, {
    ...{ first, baseline, clock },
    won: chooseWinners(measured, baseline, clock),
  });
  return {
    what: request.compare.what,
    program: program.name,
    at: ctx.now().toISOString(),
    machine: { cores: availableParallelism(), processor: cpus()[0]?.model ?? 'unknown', kernel: release() },
    platform: formatPlatform(plain.platform),
    goVersion: plain.toolchain.version,
    cgo: facts.ownC,
    ...{ speed: speeds.method, noise: speeds.noise, threshold: leastSaved },
    baseline: { ...baseline, slowdown: speeds.slowdown.get('default') ?? { value: 1 } },
    options: measured.map(({ result }) => result),
    ...(result && { together: result }),
    winners: winnersOf(won, baseline, facts, all, clock),
    notes: [...notesOf(bench, baseline), ...(note === undefined ? [] : [note])],
  };
}

async function weigh(
  ctx: Ctx,
  { directory, request, elsewhere }: Bench,
  name: string,
  settings: BuildSettings,
): Promise<Weighed> {
  const { compression } = request.compare.build;
  return buildAndWeigh(ctx, name, settings, {
    ...{ directory, compression },
    ...(elsewhere && { compiling: elsewhere.ctx }),
  });
}

async function alone(ctx: Ctx, bench: Bench, option: Tried['option'], first: Weighed): Promise<OptionResult> {
  const { facts, plain } = bench;
  const words = wordsOf(option, facts);
  const skipped = option.skipped?.(facts, plain);
  if (skipped !== undefined) return skippedResult(words, skipped);
  return resultOf(words, await weigh(ctx, bench, option.name, option.change(plain, facts)), first);
}

interface Wanted {
  readonly won: readonly Tried[];
  readonly first: Weighed;
  readonly baseline: OptionResult;
  readonly clock: Clock;
}

interface Whole {
  readonly won: readonly Tried[];
  readonly all: BuildSettings;
  readonly result?: OptionResult;
  readonly note?: string;
}

/** All winners in one program. What costs nothing alone may cost together: then those are left that leave the code as it is. */
async function together(ctx: Ctx, bench: Bench, wanted: Wanted): Promise<Whole> {
  const { won, first, clock } = wanted;
  const all = togetherSettings(bench.plain, won, bench.facts);
  if (won.length === 0) return { won, all };
  const result = await timeTogether(ctx, bench, { won, all, first });
  if (result.sameCode === true || costsNothing(result.slowdown, clock.noise)) return { won, all, result };
  const calm = won.filter(({ option }) => option.sameCode === true);
  const others = won.filter(({ option }) => option.sameCode !== true).map(({ option }) => option.name);
  const why =
    'value' in result.slowdown
      ? `cost ${((result.slowdown.value - 1) * 100).toFixed(1)} % in time together, though not alone`
      : 'gave no program together that can be timed';
  return {
    ...(await together(ctx, bench, { ...wanted, won: calm })),
    note: `${won.map(({ option }) => option.name).join(', ')} ${why}: ${others.join(', ')} ${others.length === 1 ? 'was' : 'were'} left out.`,
  };
}

/** Its speed is measured beside the default's alone. */
async function timeTogether(
  ctx: Ctx,
  bench: Bench,
  { won, all, first }: Required<Pick<Whole, 'won' | 'all'>> & { readonly first: Weighed },
): Promise<OptionResult> {
  const of = won.map(({ option }) => option.name);
  const words = { name: 'together', means: of.join(' + '), of } as const;
  const result = resultOf(words, await weigh(ctx, bench, 'together', all), first);
  if (won.every(({ option }) => option.sameCode === true))
    return { ...result, slowdown: { missing: sameCode }, sameCode: true };
  if (!('value' in result.size)) return result;
  const speeds = await speedOf(ctx, bench, [
    runnerOf(bench, 'default', bench.plain),
    runnerOf(bench, 'together', all),
  ]);
  return withSpeed(result, speeds, undefined);
}

async function speedOf(
  ctx: Ctx,
  { request, program, facts, directory, elsewhere }: Bench,
  runners: Parameters<typeof measureSpeed>[1],
): Promise<Speeds> {
  return measureSpeed(ctx, runners, {
    ...{ program, directory, request: request.compare, native: facts.native },
    sizeOnly: request.sizeOnly === true,
    longest: request.longest ?? longest,
    ...(elsewhere && { elsewhere }),
  });
}

function runnerOf({ directory }: Bench, name: string, settings: BuildSettings): Runner {
  return { name, settings, file: path.join(directory, name) };
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

function notesOf(
  { request, program, facts, plain: { cgo }, elsewhere }: Bench,
  { needs }: OptionResult,
): string[] {
  const linked = needs
    ? [
        'What a dynamic program leaves to its image, the loader and the C library, comes on top of it: 2 MB and more.',
      ]
    : [];
  const looked =
    !facts.ownC && facts.resolves && cgo !== 'off'
      ? [
          'With cgo off, Go itself looks up names and users: it obeys /etc/hosts and DNS, and no other source.',
        ]
      : [];
  const where = elsewhere ? [elsewhere.note] : [];
  return [
    ...severalPrograms(request.compare.what, program, 'measured'),
    ...[...program.notes, ...where, ...linked, ...looked],
  ];
}
