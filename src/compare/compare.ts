import { availableParallelism, cpus, release } from 'node:os';
import type { Ctx } from '../core/ctx.ts';
import { isToolError } from '../core/errors.ts';
import { withTempDir } from '../core/temp.ts';
import { formatPlatform } from '../oci/platform.ts';
import { openStore } from '../store/store.ts';
import type { Store } from '../store/store.ts';
import { step } from '../build/times.ts';
import { decide } from './decision.ts';
import { failureOf } from './failure.ts';
import { makeMethod } from './make-methods.ts';
import type { BuiltMethod, Method } from './method.ts';
import { buildTimes, recallBuildTimes } from './measure/build-times.ts';
import type { TimedProgram } from './measure/build-times.ts';
import { withCopy } from './measure/copy.ts';
import { figuresOf } from './measure/figures.ts';
import { findProbe } from './measure/find-probe.ts';
import { secondRelease } from './measure/second-release.ts';
import { measureStarts } from './measure/starts.ts';
import type { BuildTimes, FoundProbe, ImageFigures, StartFigures } from './measure/types.ts';
import { recipeOf } from './methods/all.ts';
import { basesOf } from './methods/recipe.ts';
import { findProgram } from './program.ts';
import type { ComparedProgram } from './program.ts';
import type { CompareRequest } from './request.ts';
import type { Comparison, Failure, Figures, Measured, MethodResult } from './types.ts';
import { withMethod } from './with.ts';
import type { Workshop } from './build-method.ts';
import { openWorkshop } from './workshop.ts';

/** One method on its way to a result. */
interface Row {
  readonly method: Method & { readonly apart?: boolean };
  built?: BuiltMethod;
  failure?: Failure;
  figures?: ImageFigures;
  started?: StartFigures;
  second?: Measured;
  times?: BuildTimes;
}

/**
 * Builds one program by several methods, starts each result, and measures. A method that fails is a result with its cause. Wants to be root, of
 * the machine or of a user namespace.
 * @throws ToolError when the program cannot be found, or nothing can be run on this machine; what interrupts it
 */
export async function compare(ctx: Ctx, request: CompareRequest): Promise<Comparison> {
  const at = ctx.now().toISOString();
  const program = await step(ctx, `program ${request.what}`, async () => findProgram(ctx, request));
  const store = await openStore(ctx);
  return withTempDir(ctx, async (temp) => {
    const { insecure, ca } = request.access;
    const access = { insecure, ...(ca !== undefined && { ca }) };
    const shop = await openWorkshop(ctx, store, program, access, temp);
    const own = request.methods.map((name): Row => ({ method: makeMethod(shop, name) }));
    const others: Row[] = [];
    for (const name of request.with) others.push({ method: await withMethod(ctx, program, access, name) });
    const rows = [...own, ...others];
    await buildAll(ctx, store, shop, rows);
    const found = await measureAll(ctx, store, program, request, rows);
    const statements = await statementsOf(ctx, shop, rows);
    const results = rows.map((row) => resultOf(row, statements.get(row)));
    return {
      ...{ what: request.what, program: program.name, at, machine: machineOf() },
      platform: formatPlatform(program.platform),
      goVersion: program.toolchain.version,
      cgo: program.cgo !== false,
      ...{ probe: found.probe, starts: request.starts, results },
      decision: await decide(ctx, store, program, results),
      notes: [
        ...program.notes,
        ...new Set(results.flatMap(({ statement }) => (statement === undefined ? [] : [statement]))),
        ...found.notes,
      ],
    };
  });
}

/** What uses nothing of the others is built beside them; these one after the other, as each finds what the one before has compiled. */
async function buildAll(ctx: Ctx, store: Store, shop: Workshop, rows: readonly Row[]): Promise<void> {
  prepareBases(ctx, shop, rows);
  const build = async (row: Row): Promise<void> => {
    try {
      row.built = await row.method.build(ctx, { directory: shop.program.context });
    } catch (error) {
      ctx.signal.throwIfAborted();
      if (!isToolError(error)) throw error;
      row.failure = await failureOf(ctx, store, { phase: 'build', error });
    }
  };
  const apart = rows.filter(({ method }) => method.apart === true);
  const queue = rows.filter((row) => !apart.includes(row));
  await Promise.all([
    ...apart.map(build),
    (async () => {
      for (const row of inOrder(shop.program, queue)) await build(row);
    })(),
  ]);
}

/** They are made while the first programs are compiled. What one cannot be made for, the method that asks for it says. */
function prepareBases(ctx: Ctx, { bases, program }: Workshop, rows: readonly Row[]): void {
  for (const { method } of rows) {
    const recipe = nameOf(method) === undefined ? undefined : recipeOf(nameOf(method) ?? 'coracle', program);
    if (recipe === undefined || method.apart === true) continue;
    for (const base of basesOf(recipe))
      if (base !== 'libraries' && base !== 'auto') bases.get(ctx, base, recipe).catch(() => undefined);
  }
}

function nameOf({ kind, name }: Method): MethodNameOrNone {
  return kind === 'method' ? (name as MethodNameOrNone) : undefined;
}
type MethodNameOrNone = Parameters<typeof recipeOf>[0] | undefined;

const linkings = ['off', 'dynamic', 'static', 'musl'];

/** Those that link alike together, the static ones first: all others share most of what they compile. */
function inOrder(program: ComparedProgram, rows: readonly Row[]): Row[] {
  const place = ({ method }: Row): number => {
    const name = nameOf(method);
    return name === undefined ? linkings.length : linkings.indexOf(recipeOf(name, program).linking);
  };
  return rows.toSorted((one, other) => place(one) - place(other));
}

/** Each measurement has the machine for itself. */
async function measureAll(
  ctx: Ctx,
  store: Store,
  program: ComparedProgram,
  request: CompareRequest,
  rows: readonly Row[],
): Promise<FoundProbe> {
  const images = rows.flatMap((row) => (row.built ? [{ row, built: row.built }] : []));
  for (const { row, built } of images) row.figures = await figuresOf(ctx, store, built);
  const found = await step(ctx, 'find out when the program is ready', async () =>
    findProbe(
      ctx,
      images.map(({ built }) => built),
      request.probe,
    ),
  );
  const starts = await step(ctx, 'start each in turn', async () =>
    measureStarts(
      ctx,
      images.map(({ built }) => built),
      found,
      request.starts,
      { step: 'start each in turn' },
    ),
  );
  images.forEach(({ row }, index) => {
    const started = starts[index];
    if (!started) return;
    row.started = started;
    if (started.failure) row.failure = started.failure;
  });
  const source = sourceOf(program);
  await step(ctx, 'build a second release of each', async () =>
    withCopy(ctx, source, async (copy) => {
      await copy.change();
      for (const { row, built } of images) row.second = await secondRelease(ctx, row.method, built, copy);
    }),
  );
  for (const row of rows) {
    const times = request.buildTimes
      ? await step(ctx, `${row.method.name}: measure builds`, async () => buildTimes(ctx, row.method, source))
      : await recallBuildTimes(ctx, row.method, source);
    if (times) row.times = times;
  }
  return found;
}

function sourceOf({ context, packages, toolchain, go, cgo, request }: ComparedProgram): TimedProgram {
  const [first] = packages;
  return {
    directory: context,
    main: first?.dir ?? '.',
    key: JSON.stringify([toolchain.version, packages.map(({ path }) => path), go, cgo, request.image]),
  };
}

/** What has to be said of the bases that each stands on. */
async function statementsOf(
  ctx: Ctx,
  { bases, program }: Workshop,
  rows: readonly Row[],
): Promise<ReadonlyMap<Row, string>> {
  const said = new Map<Row, string>();
  for (const row of rows) {
    const name = nameOf(row.method);
    if (name === undefined || !row.built || row.method.apart === true) continue;
    const recipe = recipeOf(name, program);
    if (recipe.onto === 'scratch') continue;
    const { statement } = await bases.get(ctx, recipe.onto, recipe);
    if (statement !== undefined) said.set(row, statement);
  }
  return said;
}

function resultOf({ method, ...row }: Row, statement: string | undefined): MethodResult {
  const { name, kind, means, dockerfile } = method;
  const none = { missing: row.failure?.cause ?? 'it was not built' };
  return {
    ...{ name, kind, means },
    ...(statement !== undefined && { statement }),
    ...(row.failure && { failure: row.failure }),
    ...(row.built && { image: row.built }),
    ...(dockerfile !== undefined && { dockerfile }),
    figures: figuresFor(row, none),
    holds: row.figures?.holds ?? [],
  };
}

function figuresFor(row: Omit<Row, 'method'>, none: { readonly missing: string }): Figures {
  const still = row.figures?.figures ?? {
    ...{ size: none, unpacked: none, layers: none, files: none, packages: none, setuid: none },
    ...{ shells: none, packageManagers: none, root: none },
  };
  return {
    ...still,
    secondRelease: row.second ?? none,
    ...row.times,
    start: row.started?.start ?? none,
    memory: row.started?.memory ?? none,
  };
}

function machineOf(): Comparison['machine'] {
  return {
    cores: availableParallelism(),
    processor: cpus()[0]?.model ?? 'unknown',
    kernel: release(),
  };
}
