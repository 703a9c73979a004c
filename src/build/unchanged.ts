/**
 * Nothing changed, known without asking Go: a finished build is remembered under what was typed, with the metadata of all that it
 * read. The next one compares, and when nothing differs only proves that the result is still where it should be.
 */
import { createHash } from 'node:crypto';
import type { Ctx } from '../core/ctx.ts';
import { onceMap } from '../core/concurrency.ts';
import { isToolError } from '../core/errors.ts';
import { version } from '../core/version.ts';
import { changedFile, changedRepository } from '../golang/inputs.ts';
import type { ReadVcs } from '../golang/inputs.ts';
import { readVcs } from '../golang/vcs.ts';
import type { VcsState } from '../golang/vcs.ts';
import { markBeginning } from '../golang/inputs-recorder.ts';
import type { Digest } from '../oci/digest.ts';
import { parseReference } from '../oci/reference.ts';
import { openStore } from '../store/store.ts';
import type { Store } from '../store/store.ts';
import type { Door } from './dockerfile/build.ts';
import { isDockerfileBuild } from './dockerfile/detect.ts';
import { basesHold, contextHolds } from './dockerfile/remembered.ts';
import type { RememberedDockerfile } from './dockerfile/remembered.ts';
import type { KeyedInputs } from './watch.ts';
import type { BuildRequest, BuildResult, BuiltImage, Output, RegistrySettings } from './types.ts';

/** What was typed, where, and by which program: the name of a build that may come again. */
export interface Invocation {
  /** The arguments that say what is built, in their order. */
  readonly argv: readonly string[];
  /** Tells one build of Coracle from another: metadata of its own file. */
  readonly program: string;
}

/** All that a finished build depended on, and what came of it. Plain data. */
export interface Remembered {
  readonly inputs: KeyedInputs;
  /** Environment variables that templates read. */
  readonly env: Readonly<Record<string, string>>;
  /** Of a Dockerfile: its context and its bases. */
  readonly dockerfile?: RememberedDockerfile;
  readonly images: readonly BuiltImage[];
  readonly outputs: readonly Output[];
  readonly registries: Readonly<Record<string, RegistrySettings>>;
  /** Without these the result is gone; they also keep the garbage collector away. */
  readonly blobs: readonly Digest[];
}

const bucket = 'builds';

/** Variables that may change what a build gives; those that templates read stand in `Remembered.env`. */
const relevant =
  /^(GO[A-Z0-9_]*|CGO_.*|CC|CXX|AR|FC|PKG_CONFIG.*|SOURCE_DATE_EPOCH|HOME|PATH|XDG_CONFIG_HOME|NETRC|GIT_.*|LIBRARY_PATH|CPATH|C_INCLUDE_PATH|DOCKER_HOST|CONTAINER_HOST)$/;

/**
 * Builds, unless a build of the same invocation is remembered and nothing that it read has changed since.
 * @param makeRequest reads configuration and flags; not called when nothing changed
 */
export async function buildIfChanged(
  ctx: Ctx,
  invocation: Invocation,
  makeRequest: () => Promise<BuildRequest>,
  door: Door,
): Promise<BuildResult> {
  const store = await openStore(ctx);
  const key = invocationKey(ctx, invocation);
  for (let attempt = 1; ; attempt++) {
    try {
      return await attemptBuild(ctx, store, key, makeRequest, door);
    } catch (error) {
      // The store has set the damaged blob aside: it is missing now, and what is missing is made or fetched again.
      if (attempt === mostRepairs || !isToolError(error, 'BLOB_CORRUPT')) throw error;
      ctx.emit({ kind: 'warning', message: `${error.message}; it is made again` });
    }
  }
}

/** Builds of one command when blobs turn out to be damaged; each attempt finds at least one. */
const mostRepairs = 4;

async function attemptBuild(
  ctx: Ctx,
  store: Store,
  key: string,
  makeRequest: () => Promise<BuildRequest>,
  door: Door,
): Promise<BuildResult> {
  const known = await store.cache.get<Remembered>(bucket, key);
  // Before anything is read: what git says now serves the build too, should there be one.
  const began = await markBeginning(ctx);
  const once = onceMap<VcsState>();
  const read: ReadVcs = async (dir) => once(dir, async () => readVcs(ctx, dir));
  const replayed = known && (await replay(ctx, store, known, read));
  if (replayed && 'images' in replayed) return replayed;
  const request = await makeRequest();
  const { result, remembered } = (await isDockerfileBuild(ctx, request))
    ? await (await import('./dockerfile/build.ts')).buildDockerfile(ctx, request, { began, door })
    : await (
        await import('./build.ts')
      ).build(ctx, request, { began, earlier: known?.inputs ?? {}, readVcs: read, door });
  if (remembered) await store.cache.set(bucket, key, remembered);
  else if (!request.dockerfile.dryRun) await store.cache.delete(bucket, key);
  return replayed ? { ...result, because: replayed.because } : result;
}

function invocationKey(ctx: Ctx, invocation: Invocation): string {
  const env = Object.entries(ctx.env).filter(([name]) => relevant.test(name));
  return createHash('sha256')
    .update(
      JSON.stringify([
        version,
        invocation.program,
        invocation.argv,
        ctx.cwd,
        ctx.home,
        env.sort(([a], [b]) => (a < b ? -1 : 1)),
      ]),
    )
    .digest('hex');
}

/**
 * The remembered result, if all still holds; else the first thing that does not. What is not where it should be any more (a tag, a file)
 * is put back.
 */
async function replay(
  ctx: Ctx,
  store: Store,
  known: Remembered,
  read: ReadVcs,
): Promise<BuildResult | { because: string }> {
  const variable = Object.entries(known.env).find(([name, value]) => (ctx.env[name] ?? '') !== value);
  if (variable) return { because: `the environment variable ${variable[0]} changed` };
  const inputs = Object.values(known.inputs);
  // Git works while the files are looked at, and goes on while the registry is asked; what a changed file makes vain is not begun.
  for (const { vcs } of inputs) if (vcs) read(vcs.dir).catch(() => undefined);
  for (const one of inputs) {
    const changed = changedFile(ctx, one);
    if (changed !== undefined) return { because: changed };
  }
  const bases = known.dockerfile && basesHold(ctx, store, known.dockerfile, known.registries);
  bases?.catch(() => undefined);
  const moved = known.dockerfile && (await contextHolds(known.dockerfile));
  if (moved !== undefined) return { because: moved };
  const pushes = known.outputs.some((output) => output.type === 'registry');
  const atRegistry = pushes ? tagsStand(ctx, known) : true;
  if (pushes) void Promise.resolve(atRegistry).catch(() => undefined);
  for (const one of inputs) {
    const changed = await changedRepository(ctx, one, read);
    if (changed !== undefined) return { because: changed };
  }
  const base = await bases;
  if (base !== undefined) return { because: base };
  const blobs = await Promise.all(known.blobs.map(async (digest) => store.blobs.has(digest)));
  if (blobs.includes(undefined)) return { because: 'a layer is not in the store any more' };
  for (const image of known.images) {
    for (const reference of image.references) {
      if ((await store.refs.get(reference))?.descriptor.digest !== image.descriptor.digest) {
        await store.refs.set(reference, image.descriptor);
      }
    }
  }
  const standing = await atRegistry;
  const outputs = known.outputs.filter((output) => output.type !== 'registry' || !standing);
  if (outputs.length > 0) {
    const { exportAll } = await import('./export/index.ts');
    await exportAll(ctx, store, known.images, outputs, known.registries);
  }
  const images = known.images.map((image) => reused(image, pushes));
  return standing
    ? { images, unchanged: true, times: {} }
    : {
        images,
        unchanged: false,
        because: 'the registry did not have it under its name any more',
        times: {},
      };
}

/** One HEAD a name proves that the registry still has just this image under it. */
async function tagsStand(ctx: Ctx, known: Remembered): Promise<boolean> {
  const { openRegistry } = await import('./registries.ts');
  const registry = await openRegistry(ctx, known.registries);
  const stands = async (reference: string, image: BuiltImage): Promise<boolean> =>
    (await registry.head(parseReference(reference)))?.digest === image.descriptor.digest;
  const all = await Promise.all(
    known.images.flatMap((image) => image.references.map(async (name) => stands(name, image))),
  );
  return all.every(Boolean);
}

function reused(image: BuiltImage, pushed: boolean): BuiltImage {
  return {
    ...image,
    pushed: pushed ? image.references : [],
    platforms: image.platforms.map((platform) => ({
      ...platform,
      layers: platform.layers.map((layer) => ({ ...layer, reused: true })),
    })),
  };
}
