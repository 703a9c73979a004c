/** What options cost in speed, by the program's own benchmarks: all ways to build run in turn, and the default twice, which tells the noise. */
import path from 'node:path';
import type { Ctx } from '../../core/ctx.ts';
import { step } from '../../build/times.ts';
import { median } from '../measure/median.ts';
import type { Measured } from '../types.ts';
import { openBenchRoom } from './bench-room.ts';
import type { BenchRoom } from './bench-room.ts';
import { compileBenchmarks, readResults } from './benchmarks.ts';
import type { BenchmarkPackage } from './benchmarks.ts';
import { refusalOf } from './build.ts';
import type { Elsewhere } from './elsewhere.ts';
import type { BuildSettings } from './facts.ts';
import type { SpeedMethod } from './types.ts';

/** One way to build that can be run here. The first is the default. */
export interface Runner {
  readonly name: string;
  readonly settings: BuildSettings;
  /** The program, built so. */
  readonly file: string;
}

export interface Speeds {
  readonly method: SpeedMethod;
  readonly noise: Measured;
  /** Of each runner by name. */
  readonly slowdown: ReadonlyMap<string, Measured>;
}

export interface BenchTerms {
  /** An empty directory, for test programs. */
  readonly directory: string;
  /** Absolute: what benchmarks may read. */
  readonly project: string;
  /** Where test programs run in place of this machine's own files. */
  readonly elsewhere?: Elsewhere;
  /** Milliseconds that all may take, compiling not counted. */
  readonly longest: number;
}

const wantedRounds = 5;
/** Milliseconds that one benchmark is given in one round. */
const [shortestTime, longestTime] = [5, 250];

/** Milliseconds that a run has in any case: on a busy machine the sandbox alone takes some. */
const leastTimeout = 15_000;

/** A package's test program, by way of building. */
type Programs = ReadonlyMap<string, ReadonlyMap<BenchmarkPackage, string>>;

/** Measures. @throws ToolError SANDBOX_UNAVAILABLE; NETWORK and the like of compiling */
export async function measureBenchmarks(
  ctx: Ctx,
  runners: readonly Runner[],
  packages: readonly BenchmarkPackage[],
  terms: BenchTerms,
): Promise<Speeds> {
  const leftOut: string[] = [];
  const programs = await compileAll(ctx, runners, packages, terms, leftOut);
  const [first] = runners;
  const own = first && programs.get(first.name);
  if (!own || own.size === 0) return none('the benchmarks do not compile');
  const room = await openBenchRoom(ctx, path.join(terms.directory, 'root'), terms.project, terms.elsewhere);
  try {
    return await step(ctx, 'run benchmarks', async () =>
      rounds(ctx, room, { runners, programs, own, terms, leftOut }),
    );
  } finally {
    await room.close();
  }
}

function none(why: string): Speeds {
  return { method: { kind: 'none', why }, noise: { missing: why }, slowdown: new Map() };
}

async function compileAll(
  ctx: Ctx,
  runners: readonly Runner[],
  packages: readonly BenchmarkPackage[],
  { directory, elsewhere }: BenchTerms,
  leftOut: string[],
): Promise<Programs> {
  const quiet: Ctx = { ...(elsewhere?.ctx ?? ctx), emit: () => undefined };
  const all = new Map<string, Map<BenchmarkPackage, string>>();
  for (const [index, { name, settings }] of runners.entries()) {
    const built = new Map<BenchmarkPackage, string>();
    all.set(name, built);
    await step(ctx, `compile benchmarks: ${name}`, async () => {
      for (const [at, one] of packages.entries()) {
        const output = path.join(directory, `${name}-${at}.test`);
        const refusal = await refusalOf(async () => compileBenchmarks(quiet, settings, one, output));
        if (!refusal) built.set(one, output);
        else if (index === 0) leftOut.push(`${one.importPath}: its tests do not compile`);
      }
    });
  }
  return all;
}

interface Trial {
  readonly runners: readonly Runner[];
  readonly programs: Programs;
  readonly own: ReadonlyMap<BenchmarkPackage, string>;
  readonly terms: BenchTerms;
  readonly leftOut: string[];
}

/** Nanoseconds by benchmark, named with its package. */
type Times = Map<string, number>;

async function rounds(ctx: Ctx, room: BenchRoom, trial: Trial): Promise<Speeds> {
  const { runners, own, terms, leftOut } = trial;
  const began = ctx.now().getTime();
  const spent = (): number => ctx.now().getTime() - began;
  // Each once and for a moment: which of them run at all, and how long that takes without measuring.
  const good: BenchmarkPackage[] = [];
  let count = 0;
  for (const [one, file] of own) {
    if (spent() > terms.longest / 3) {
      leftOut.push(`${one.importPath}: no time was left for it`);
      continue;
    }
    const times = await runOnce(room, file, one, '1x', terms.longest / 3);
    if (times === undefined) leftOut.push(`${one.importPath}: its benchmarks fail, or take too long`);
    else if (times.size > 0) {
      good.push(one);
      count += times.size;
    }
  }
  if (count === 0) return none('no benchmark runs to its end in the sandbox');
  const [first] = runners;
  const order = [...runners.map(({ name }) => name), first?.name ?? ''];
  // What was just seen is what each run takes besides; a benchmark takes about three times what it is given, to find out how often that is.
  const each = (terms.longest - spent()) / (wantedRounds * order.length) - spent();
  const time = Math.round(Math.max(shortestTime, Math.min(longestTime, each / (count * 3))));
  const kept: Times[][] = [];
  // A round that would not end in time is not begun; fewer than two tell nothing of the noise.
  while (kept.length < wantedRounds && (kept.length < 2 || spent() * (1 + 1 / kept.length) < terms.longest)) {
    const round: Times[] = [];
    for (const name of order) {
      const all: Times = new Map();
      for (const one of good) {
        const file = trial.programs.get(name)?.get(one);
        const times =
          file === undefined ? undefined : await runOnce(room, file, one, `${time}ms`, terms.longest);
        for (const [benchmark, value] of times ?? []) all.set(`${one.importPath} ${benchmark}`, value);
      }
      round.push(all);
    }
    kept.push(round);
  }
  return {
    method: {
      kind: 'benchmarks',
      benchmarks: count,
      packages: good.map(({ importPath }) => importPath),
      rounds: kept.length,
      leftOut,
    },
    ...compareRounds(runners, kept),
  };
}

async function runOnce(
  room: BenchRoom,
  file: string,
  { dir }: BenchmarkPackage,
  benchtime: string,
  timeout: number,
): Promise<Times | undefined> {
  const args = ['-test.run=^$', '-test.bench=.', `-test.benchtime=${benchtime}`, '-test.count=1'];
  const { ok, output } = await room.run({ file, dir, args, timeout: Math.max(leastTimeout, timeout) });
  return ok ? readResults(output) : undefined;
}

/**
 * The ratio of each way to the default, in each round that of both of its runs; over all rounds the median. Pure.
 * @param kept of each round the times of each runner, and at its end those of the default again
 */
export function compareRounds(
  runners: readonly { readonly name: string }[],
  kept: readonly (readonly Times[])[],
): Pick<Speeds, 'noise' | 'slowdown'> {
  const slowdown = new Map<string, Measured>();
  const apart: number[] = [];
  const ratios = runners.map((): number[] => []);
  for (const round of kept) {
    const [before, after] = [
      round[0] ?? new Map<string, number>(),
      round.at(-1) ?? new Map<string, number>(),
    ];
    const itself = ratio(after, before);
    if (itself !== undefined) apart.push(Math.abs(itself - 1));
    for (const [index] of runners.entries()) {
      const times = round[index] ?? new Map<string, number>();
      const [toBefore, toAfter] = [ratio(times, before), ratio(times, after)];
      if (toBefore !== undefined && toAfter !== undefined) ratios[index]?.push(Math.sqrt(toBefore * toAfter));
    }
  }
  for (const [index, { name }] of runners.entries()) {
    const values = ratios[index] ?? [];
    slowdown.set(name, values.length > 0 ? median(values) : { missing: 'its benchmarks could not be run' });
  }
  return { noise: apart.length > 0 ? median(apart) : { missing: 'too few rounds' }, slowdown };
}

/** Geometric mean over the benchmarks that both have. */
function ratio(times: ReadonlyMap<string, number>, base: ReadonlyMap<string, number>): number | undefined {
  const logs = [...times].flatMap(([name, value]) => {
    const other = base.get(name);
    return other === undefined ? [] : [Math.log(value / other)];
  });
  return logs.length === 0 ? undefined : Math.exp(logs.reduce((sum, log) => sum + log, 0) / logs.length);
}
