/**
 * build/ takes a request to images: the targets, the lock, the toolchain, one graph for each platform, the image, the exporters.
 * It must not know flags, YAML or terminals.
 */
import { baseKind } from '../bases/names.ts';
import type { BaseSettings } from '../bases/types.ts';
import { mapLimit } from '../core/concurrency.ts';
import type { Ctx } from '../core/ctx.ts';
import { ToolError } from '../core/errors.ts';
import { withTempDir } from '../core/temp.ts';
import type { ReadVcs } from '../golang/inputs.ts';
import { hostPlatform } from '../oci/platform.ts';
import { createSolver } from '../solve/solver.ts';
import { fileEngine } from '../solve/engines/file.ts';
import { goEngine } from '../solve/engines/go.ts';
import { mergeEngine } from '../solve/engines/merge.ts';
import { openStore } from '../store/store.ts';
import { prewarm } from '../layer/compress.ts';
import type { Door } from './dockerfile/build.ts';
import { exportAll } from './export/index.ts';
import { blobsOf, referencesOf } from './names.ts';
import { assembleIndex } from './image.ts';
import { prepare } from './prepare.ts';
import type { Prepared } from './prepare.ts';
import { buildProgram } from './program.ts';
import type { Program, ProgramBuild } from './program.ts';
import { sourceEngine } from './source-engine.ts';
import { timed } from './times.ts';
import type { Remembered } from './unchanged.ts';
import { watchInputs } from './watch.ts';
import type { KeyedInputs } from './watch.ts';
import type { BuildRequest, BuildResult, BuiltImage, Output } from './types.ts';

/** Milliseconds in which the compiler has the cores for itself, before we get ready for what follows it. */
const headStart = 100;

/** Builds of several programs or platforms that run side by side; the compiler and gzip use all cores by themselves. */
const sideBySide = 2;

export interface Built {
  readonly result: BuildResult;
  /** Undefined when it cannot be known what the build depended on, or when it should not be remembered. */
  readonly remembered?: Remembered;
}

/** What is known from before the build. */
export interface Before {
  /** Of markBeginning, before the request was made. */
  readonly began: bigint;
  /** The inputs of an earlier build of the same, which save a look at all packages when only code changed. */
  readonly earlier: KeyedInputs;
  /** Asked since `began` at the earliest. */
  readonly readVcs: ReadVcs;
  readonly door: Pick<Door, 'enterUserNamespace'>;
}

/**
 * Builds, stores, and sends on what the request asks for.
 * @throws ToolError with any code of Go, registries, files or bases; nothing half-written is left
 */
export async function build(outer: Ctx, request: BuildRequest, before: Before): Promise<Built> {
  const { ctx, times } = timed(outer);
  if (runsInside(request.base)) await before.door.enterUserNamespace();
  const store = await openStore(ctx);
  const watch = watchInputs(ctx, request, before.began, before.earlier);
  const images = await withTempDir(ctx, async (directory) => {
    const prepared = await prepare(ctx, store, request, watch, before.readVcs);
    refuseSeveral(request, prepared.programs);
    const solver = createSolver(
      ctx,
      store,
      {
        go: goEngine(directory),
        file: fileEngine(
          store,
          { compression: request.compression, mediaTypes: request.mediaTypes },
          ctx.signal,
        ),
        merge: mergeEngine,
        source: sourceEngine(ctx, store, request),
      },
      { noCache: request.noCache },
    );
    const common = {
      ctx,
      store,
      solver,
      request,
      watch,
      toolchain: prepared.toolchain,
      bases: prepared.bases,
    };
    setTimeout(getReady, headStart, request).unref();
    const built = await mapLimit(prepared.programs, sideBySide, async (program) =>
      buildImage(common, program, prepared),
    );
    if (await prepared.baseLock.keep()) await watch.markAgain();
    return built;
  });
  const outputs: Output[] = [...request.outputs, ...(request.push ? [{ type: 'registry' } as const] : [])];
  await exportAll(ctx, store, images, outputs, request.registries);
  const pushed = outputs.some((output) => output.type === 'registry');
  const inputs = await watch.finish();
  return {
    result: {
      images: images.map((image) => (pushed ? { ...image, pushed: image.references } : image)),
      unchanged: false,
      times,
    },
    ...(inputs
      ? {
          remembered: {
            ...inputs,
            images,
            outputs,
            registries: request.registries,
            blobs: images.flatMap(blobsOf),
          },
        }
      : {}),
  };
}

/** Whether programs of the base run here: its scripts, or the tests that it must pass before it is used. */
function runsInside(base: BaseSettings): boolean {
  const kind = baseKind(base);
  return kind === 'distribution' || (kind === 'image' && (base.slim || base.omit.length > 0));
}

/** Said before anything is compiled, not when the result has nowhere to go. */
function refuseSeveral({ outputs }: BuildRequest, programs: readonly Program[]): void {
  if (programs.length === 1 || !outputs.some(({ type }) => type === 'tar')) return;
  const names = programs.map(({ importPath }) => importPath).join(', ');
  throw new ToolError(
    'SEVERAL_MAIN_PACKAGES',
    `a tar holds the files of one program, and these are several: ${names}`,
    {
      hint: 'Name one of them, or write directories: --output type=local,dest=DIR',
    },
  );
}

/** While the compiler works: what comes after it would otherwise be waited for then. */
function getReady(request: BuildRequest): void {
  if (request.compression.kind === 'gzip') prewarm();
  if (request.push) {
    const load = Promise.all([import('../core/http.ts'), import('./export/registry.ts')]);
    load.then(([{ loadHttp }]) => loadHttp()).catch(() => undefined); // whoever needs it says what is wrong
  }
}

async function buildImage(common: ProgramBuild, program: Program, prepared: Prepared): Promise<BuiltImage> {
  const { request, store } = common;
  const wanted = request.platforms.length > 0 ? request.platforms : [hostPlatform()];
  const platforms = await mapLimit(wanted, sideBySide, async (platform) =>
    buildProgram(common, program, platform),
  );
  const [only] = platforms;
  const descriptor =
    platforms.length === 1 && only
      ? only.descriptor
      : await assembleIndex(
          store,
          platforms.map((built) => built.descriptor),
          request.image.indexAnnotations ?? {},
          request.mediaTypes,
        );
  const references = referencesOf(request, program, prepared.programs.length);
  for (const reference of references) await store.refs.set(reference, descriptor);
  return {
    program: program.name,
    package: program.importPath,
    references,
    descriptor,
    platforms,
    pushed: [],
    notes: [...prepared.notes, ...program.notes],
  };
}
