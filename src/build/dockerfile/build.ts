/**
 * build/dockerfile/ takes a Dockerfile to images: the context, the frontend's graph, one solve for each platform, the image. It must
 * not know flags or terminals, nor how steps run.
 */
import { mapLimit } from '../../core/concurrency.ts';
import type { Ctx } from '../../core/ctx.ts';
import { ToolError, messageOf } from '../../core/errors.ts';
import { withTempDir } from '../../core/temp.ts';
import type { Lowered } from '../../dockerfile/frontend.ts';
import type { Digest } from '../../oci/digest.ts';
import type { Bytes } from '../../oci/image.ts';
import { hostPlatform } from '../../oci/platform.ts';
import { parseReference } from '../../oci/reference.ts';
import type { Reference } from '../../oci/reference.ts';
import type { BlobForm } from '../../snapshot/types.ts';
import { createSolver } from '../../solve/solver.ts';
import type { StepReport } from '../../solve/solver.ts';
import { openStore } from '../../store/store.ts';
import type { Store } from '../../store/store.ts';
import { exportAll } from '../export/index.ts';
import type { Built } from '../build.ts';
import { blobsOf } from '../names.ts';
import { timed } from '../times.ts';
import type { BuildRequest, BuildResult, BuiltImage, Output } from '../types.ts';
import { bringAll, isWhole, layersOf, withArrivals } from './arrivals.ts';
import { enginesOf } from './engines.ts';
import { epochOf } from './epoch.ts';
import { basesOfSteps, refuseInsecure, verticesOf } from './graph.ts';
import { isRefused, withGoCaches, withoutGoCaches } from './go-cache.ts';
import { baseImages } from './images.ts';
import { buildPlatform, imageOf } from './platform.ts';
import { lowerOptions } from './options.ts';
import { remember } from './remembered.ts';
import { resolverOf } from './resolver.ts';
import { secondTime } from './second.ts';
import { snapshotsOf } from './snapshots.ts';
import { stepSandbox } from './step-sandbox.ts';
import type { StepSandbox } from './step-sandbox.ts';
import { verifyAgain } from './verify.ts';
import { openSource } from './source.ts';
import type { OpenedSource } from './source.ts';

/** Platforms that are built side by side. */
const sideBySide = 2;

/** What is known from before the build. */
export interface BeforeDockerfile {
  /** Of markBeginning, before the request was made. */
  readonly began: bigint;
  readonly door: Door;
}

/** What the door can do for a build that is beyond a library. */
export interface Door {
  /** Goes on inside a user namespace when the caller is no root; may replace the process. */
  enterUserNamespace(): Promise<void>;
  /** Standard input; called at most once. */
  stdin(): Bytes;
}

/**
 * Builds what a Dockerfile says, stores it, and sends it on.
 * @throws ToolError DOCKERFILE_INVALID, RUN_FAILED, and any code of contexts, registries or files
 */
export async function buildDockerfile(
  outer: Ctx,
  request: BuildRequest,
  { began, door }: BeforeDockerfile,
): Promise<Built> {
  refuseOnce(request);
  const { ctx, times } = timed(outer);
  const store = await openStore(ctx);
  const source = await openSource(ctx, store, request, door);
  const sandbox = stepSandbox(ctx, request.dockerfile.sandbox);
  if (source.runs && !request.dockerfile.dryRun) sandbox.warm();
  try {
    return await withTempDir(ctx, async (temp) => {
      let broken: unknown;
      const cacheFailed = (error: unknown): void => {
        broken ??= error;
      };
      const place = { began, door, store, source, sandbox, temp, times, cacheFailed };
      try {
        return await buildIn(ctx, request, place);
      } catch (error) {
        if (isRefused(error)) return buildIn(ctx, withoutGoCaches(ctx, request, error), place);
        if (broken === undefined || ctx.signal.aborted) throw error;
        const message = `a cache cannot be used, so the build goes on without: ${messageOf(broken)}`;
        ctx.emit({ kind: 'warning', message });
        const without = { ...request, dockerfile: { ...request.dockerfile, cacheFrom: [] } };
        return buildIn(secondTime(ctx), without, place);
      }
    });
  } finally {
    await sandbox.close();
  }
}

interface Place extends BeforeDockerfile {
  readonly store: Store;
  readonly source: OpenedSource;
  readonly sandbox: StepSandbox;
  /** A private directory for as long as the build runs. */
  readonly temp: string;
  readonly times: Readonly<Record<string, number>>;
  /** Told when something that a cache of another machine promised cannot be had. */
  readonly cacheFailed: (error: unknown) => void;
}

async function buildIn(
  ctx: Ctx,
  request: BuildRequest,
  { began, door, store, source, sandbox, temp, times, cacheFailed }: Place,
): Promise<Built> {
  const epoch = await epochOf(ctx, store, request, source.directory);
  const { dockerfile } = request;
  const snapshots = await snapshotsOf(ctx, store, request);
  const images = baseImages(ctx, store, snapshots, request);
  const arriving = withArrivals(store, snapshots);
  const travels = dockerfile.cacheFrom.length > 0 || dockerfile.cacheTo.length > 0;
  const caches = travels
    ? (await import('./cache/cache.ts')).buildCaches(ctx, request, {
        store: arriving,
        snapshots,
        failed: cacheFailed,
      })
    : undefined;
  let stepCount = 0;
  const engines = enginesOf(ctx, snapshots, images, request, {
    temp,
    source,
    sandbox,
    blobs: store.blobs,
    steps: () => stepCount,
    ...(caches?.mounts && { travel: caches.mounts }),
  });
  try {
    const solver = createSolver(ctx, store, engines, {
      noCache: request.noCache,
      scope: source.scope,
      ...(dockerfile.keepTimestamps ? { variant: 'keep-timestamps' } : {}),
      dryRun: dockerfile.dryRun,
      available: async (layer) => snapshots.available(layer.id),
      ...(caches?.imported && { imported: caches.imported }),
    });
    const { lower } = await import('../../dockerfile/lower.ts');
    const platforms = request.platforms.length > 0 ? request.platforms : [hostPlatform()];
    const resolver = resolverOf(ctx, store, source, images, request);
    const plain = await Promise.all(
      platforms.map(async (platform) =>
        lower(
          source.dockerfile,
          lowerOptions(ctx, request, platform, platforms.length > 1, request.platforms.length === 0),
          resolver,
        ),
      ),
    );
    const lowered =
      dockerfile.goCache && dockerfile.sandbox !== 'chroot'
        ? await withGoCaches(ctx, plain, source.scope)
        : plain;
    const needed = new Set(lowered.flatMap(({ vertex }) => verticesOf(vertex)));
    // What another machine's cache may know need not run here.
    if (!dockerfile.dryRun && dockerfile.cacheFrom.length === 0) basesOfSteps(needed).forEach(images.runsOn);
    stepCount = [...needed].filter(({ op }) => op.kind === 'exec').length;
    // Triggers of a base may run steps where the Dockerfile has none.
    if (!dockerfile.dryRun && stepCount > 0) await door.enterUserNamespace();
    for (const { vertex } of lowered) refuseInsecure(vertex, dockerfile.allow);
    warnOnce(ctx, lowered);
    const form: BlobForm = {
      compression: request.compression,
      mediaTypes: request.mediaTypes,
      ...(dockerfile.keepTimestamps ? {} : { epoch: epoch.seconds }),
    };
    if (dockerfile.dryRun) {
      await Promise.all(lowered.map(async ({ vertex }) => solver.solve(vertex)));
      return { result: resultOf([], times, solver.reports()) };
    }
    const built = await mapLimit(lowered, sideBySide, async (one) =>
      buildPlatform({ store, snapshots, solver, request, form, created: epoch.seconds, caches }, one),
    );
    const outputs: Output[] = [...request.outputs, ...(request.push ? [{ type: 'registry' } as const] : [])];
    const pushes = outputs.some(({ type }) => type === 'registry');
    // What goes to a registry that has it already need not come here first.
    if (!pushes || dockerfile.verify) await bringAll(snapshots, built);
    const image = await imageOf(store, request, source.name, built);
    const homeOf = (digest: Digest): Reference | undefined => caches?.homeOf(digest) ?? images.homeOf(digest);
    await exportAll(ctx, arriving, [image], outputs, request.registries, homeOf);
    const pushed = pushes ? image.references : [];
    const pushedTo = pushed[0] === undefined ? undefined : parseReference(pushed[0]);
    await caches?.send({
      ...{ solver, form, vertices: needed },
      images: await Promise.all(lowered.map(async ({ vertex }) => solver.solve(vertex))),
      homeOf: (digest) => (layersOf(built).has(digest) ? pushedTo : undefined) ?? homeOf(digest),
    });
    const differing = dockerfile.verify
      ? await verifyAgain(ctx, request, image, images.found(), door, async (...call) =>
          imageAgain(began, ...call),
        )
      : undefined;
    const result = {
      ...resultOf([{ ...image, pushed }], times, dockerfile.explain ? solver.reports() : undefined),
      ...(differing ? { differing } : {}),
    };
    // A cache is written each time, as it may be gone and nothing would tell; and who asks wants an answer each time.
    const writes = dockerfile.cacheTo.some(({ type }) => type !== 'inline');
    const asks = dockerfile.explain || dockerfile.verify;
    if (!(await isWhole(store, image)) || writes || asks) return { result };
    const kept = await remember(ctx, source, images.resolved(), epoch, request, began);
    if (!kept) return { result };
    const { registries } = request;
    const blobs = blobsOf(image);
    return { result, remembered: { ...kept, images: [image], outputs, registries, blobs } };
  } finally {
    await engines.close();
    // Also after a failure: the next build reads what changed, and nothing else.
    await Promise.all(source.trees().map(async (tree) => tree.save()));
  }
}

/** @throws ToolError USAGE for a second build of what can be read once only */
function refuseOnce({ what, dockerfile: { file, verify } }: BuildRequest): void {
  if (!verify || (what !== '-' && file !== '-')) return;
  throw new ToolError('USAGE', '--verify builds twice, and standard input can be read once', {
    hint: 'Put it into a file or a directory.',
  });
}

async function imageAgain(
  began: bigint,
  ctx: Ctx,
  request: BuildRequest,
  door: Door,
): Promise<BuiltImage | undefined> {
  return (await buildDockerfile(ctx, request, { began, door })).result.images[0];
}

/** Platforms have mostly the same to say. */
function warnOnce(ctx: Ctx, lowered: readonly Lowered[]): void {
  for (const message of new Set(lowered.flatMap(({ warnings }) => warnings)))
    ctx.emit({ kind: 'warning', message });
}

function resultOf(
  images: readonly BuiltImage[],
  times: Readonly<Record<string, number>>,
  steps: readonly StepReport[] | undefined,
): BuildResult {
  return { images, unchanged: false, times, ...(steps ? { steps } : {}) };
}
