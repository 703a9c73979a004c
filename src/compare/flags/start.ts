/** What options cost in start time, for programs without benchmarks: each build as an image, all started in turn. */
import { promises as fs } from 'node:fs';
import path from 'node:path';
import { step } from '../../build/times.ts';
import type { Ctx } from '../../core/ctx.ts';
import { isToolError } from '../../core/errors.ts';
import { openStore } from '../../store/store.ts';
import type { Store } from '../../store/store.ts';
import { packPrograms } from '../build-method.ts';
import { findProbe } from '../measure/find-probe.ts';
import { measureStarts } from '../measure/starts.ts';
import type { FoundProbe, MeasuredImage } from '../measure/types.ts';
import { nonroot } from '../methods/recipe.ts';
import type { Recipe } from '../methods/recipe.ts';
import { programBase } from '../program-base.ts';
import { methodReference } from '../references.ts';
import type { Measured } from '../types.ts';
import type { SpeedTerms } from './how-fast.ts';
import type { Runner, Speeds } from './speed.ts';

const stepName = 'start each';

/** @throws ToolError SANDBOX_UNAVAILABLE; NETWORK and the like of making bases */
export async function measureStartOf(
  ctx: Ctx,
  runners: readonly Runner[],
  terms: SpeedTerms,
): Promise<Speeds> {
  const images = new Map<string, MeasuredImage>();
  const store = await openStore(ctx);
  try {
    await step(ctx, 'pack each', async () => {
      for (const [index, runner] of runners.entries()) {
        ctx.emit({ kind: 'progress', id: 'pack each', done: index, total: runners.length, unit: 'items' });
        const image = await imageOf(ctx, store, runner, terms);
        if (image) images.set(runner.name, image);
      }
    });
    return await startAll(ctx, images, terms);
  } finally {
    for (const { reference } of images.values()) await store.refs.remove(reference);
  }
}

async function startAll(
  ctx: Ctx,
  images: ReadonlyMap<string, MeasuredImage>,
  { request, longest }: SpeedTerms,
): Promise<Speeds> {
  const own = images.get('default');
  if (!own) return none('the default gives no image to start');
  const { port, path: page, exit } = request.probe;
  const found = await findProbe(ctx, [own], {
    ...(port !== undefined && { port }),
    ...(page !== undefined && { path: page }),
    ...(exit !== undefined && { probe: { kind: 'exit', code: exit, why: 'it was said so' } }),
  });
  // The default once more, at the end: how far it is from itself tells the noise.
  const names = [...images.keys()];
  const all = [...images.values(), own];
  const rounds = await roundsIn(ctx, own, found, { wanted: request.starts, longest, programs: all.length });
  const figures = await step(ctx, stepName, async () =>
    measureStarts(ctx, all, found, rounds, { step: stepName }),
  );
  const starts = figures.map(({ start }) => start);
  const [base, again] = [starts[names.indexOf('default')], starts.at(-1)];
  if (!base || !('value' in base)) return none(base?.missing ?? 'the default does not start');
  const proportion = (start: Measured | undefined): Measured =>
    start && 'value' in start
      ? {
          value: start.value / base.value,
          ...(start.spread && { spread: [start.spread[0] / base.value, start.spread[1] / base.value] }),
          ...(start.of !== undefined && { of: start.of }),
        }
      : { missing: start?.missing ?? 'it could not be started' };
  return {
    method: { kind: 'start', rounds, probe: found.probe.why, milliseconds: base.value },
    noise: noiseOf(base, again),
    slowdown: new Map(names.map((name, index) => [name, proportion(starts[index])])),
  };
}

/** As many as are wanted and as there is time for, by how long one takes; fewer than two tell nothing of the noise. */
async function roundsIn(
  ctx: Ctx,
  own: MeasuredImage,
  found: FoundProbe,
  { wanted, longest, programs }: { wanted: number; longest: number; programs: number },
): Promise<number> {
  const began = ctx.now().getTime();
  // Twice: once that does not count.
  await measureStarts(ctx, [own], found, 1);
  const once = (ctx.now().getTime() - began) / 2;
  return Math.min(wanted, Math.max(2, Math.floor(longest / once / programs) - 1));
}

type Figure = Extract<Measured, { readonly value: number }>;

/** How far two medians of the same are apart, or what each is unsure by for how far its starts lie apart (range / 2√n), if that is more. */
function noiseOf(base: Figure, again: Measured | undefined): Measured {
  if (!again || !('value' in again)) return { missing: 'the default failed' };
  const unsure = [base, again].map(({ spread, of = 1 }) =>
    spread ? (spread[1] - spread[0]) / 2 / Math.sqrt(of) : 0,
  );
  return { value: Math.max(Math.abs(again.value - base.value), ...unsure) / base.value };
}

function none(why: string): Speeds {
  return { method: { kind: 'none', why }, noise: { missing: why }, slowdown: new Map() };
}

/** On the base that the program itself decides. */
const recipe: Recipe = { name: 'coracle', means: '', linking: 'off', onto: 'auto', user: nonroot };

/** The program that was built, on the base that it needs; undefined when there is none for it. */
async function imageOf(
  ctx: Ctx,
  store: Store,
  { name, file }: Runner,
  { program, directory }: SpeedTerms,
): Promise<MeasuredImage | undefined> {
  const [first] = program.packages;
  if (!first) return undefined;
  const one = { ...program, packages: [first] };
  const quiet: Ctx = { ...ctx, emit: () => undefined };
  const reference = methodReference(program.name, 'flags', name);
  const copy = async (to: string): Promise<void> => fs.copyFile(file, path.join(to, first.name));
  const programs = path.join(directory, `image-${name}`);
  try {
    const base = await programBase(quiet, store, one, recipe, copy);
    await fs.mkdir(programs);
    await copy(programs);
    return {
      reference,
      descriptor: await packPrograms(quiet, one, recipe, { base: base.reference, programs, reference }),
    };
  } catch (error) {
    if (!isToolError(error, 'BASE_CANNOT_RUN', 'TOOL_MISSING', 'CONFIG_INVALID', 'UNSUPPORTED')) throw error;
    return undefined;
  } finally {
    await fs.rm(programs, { recursive: true, force: true });
  }
}
