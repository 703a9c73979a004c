/** What options cost in start time, for programs without benchmarks: each build as an image, all started in turn. */
import path from 'node:path';
import { build } from '../../build/build.ts';
import { step } from '../../build/times.ts';
import type { BuildRequest, BuiltImage } from '../../build/types.ts';
import type { Ctx } from '../../core/ctx.ts';
import { isToolError } from '../../core/errors.ts';
import { markBeginning } from '../../golang/inputs-recorder.ts';
import { readVcs } from '../../golang/vcs.ts';
import { openStore } from '../../store/store.ts';
import { findProbe } from '../measure/find-probe.ts';
import { measureStarts } from '../measure/starts.ts';
import type { MeasuredImage } from '../measure/types.ts';
import { methodReference } from '../references.ts';
import type { Measured } from '../types.ts';
import type { SpeedTerms } from './how-fast.ts';
import type { Runner, Speeds } from './speed.ts';

/** @throws ToolError SANDBOX_UNAVAILABLE; NETWORK and the like of building */
export async function measureStartOf(
  ctx: Ctx,
  runners: readonly Runner[],
  terms: SpeedTerms,
): Promise<Speeds> {
  const images = new Map<string, MeasuredImage>();
  const store = await openStore(ctx);
  try {
    for (const runner of runners) {
      const image = await imageOf(ctx, runner, terms);
      if (image) images.set(runner.name, image);
    }
    return await startAll(ctx, images, terms);
  } finally {
    for (const { reference } of images.values()) await store.refs.remove(reference);
  }
}

async function startAll(
  ctx: Ctx,
  images: ReadonlyMap<string, MeasuredImage>,
  { request }: SpeedTerms,
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
  const figures = await step(ctx, 'start each', async () =>
    measureStarts(ctx, [...images.values(), own], found, request.starts),
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
    method: { kind: 'start', rounds: request.starts, probe: found.probe.why },
    noise: noiseOf(base, again),
    slowdown: new Map(names.map((name, index) => [name, proportion(starts[index])])),
  };
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

async function buildImages(ctx: Ctx, request: BuildRequest): Promise<readonly BuiltImage[]> {
  const began = await markBeginning(ctx);
  const { result } = await build(ctx, request, {
    ...{ began, earlier: {} },
    readVcs: async (dir) => readVcs(ctx, dir),
    // Whoever compares has entered already, if it had to be.
    door: { enterUserNamespace: async () => Promise.resolve() },
  });
  return result.images;
}

function none(why: string): Speeds {
  return { method: { kind: 'none', why }, noise: { missing: why }, slowdown: new Map() };
}

/** The program built so, on the base that it needs; undefined when there is none for it. */
async function imageOf(
  ctx: Ctx,
  { name, settings }: Runner,
  { program, directory }: SpeedTerms,
): Promise<MeasuredImage | undefined> {
  const reference = methodReference(program.name, 'flags', name);
  const { cgo, strip, flags, tags, env } = settings;
  const request: BuildRequest = {
    ...program.request,
    what: program.packages[0]?.dir ?? program.context,
    main: [],
    ...{ tags: [reference], platforms: [program.platform], outputs: [], push: false, noCache: false },
    go: { ...program.request.go, ...{ cgo, strip, flags, tags, env }, vcs: false },
    // The project's own lock is not to be changed by a comparison.
    lock: { file: path.join(directory, 'coracle.lock'), frozen: false },
  };
  try {
    const [image] = await buildImages({ ...ctx, emit: () => undefined }, request);
    return image && { reference, descriptor: image.descriptor };
  } catch (error) {
    if (!isToolError(error, 'GO_COMPILE', 'BASE_CANNOT_RUN', 'TOOL_MISSING', 'CONFIG_INVALID', 'UNSUPPORTED'))
      throw error;
    return undefined;
  }
}
