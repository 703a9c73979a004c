/** Writes methods down for other builders: a directory with their Dockerfiles and all that these copy, which needs no registry. */
import { promises as fs } from 'node:fs';
import path from 'node:path';
import { isBaseReference } from '../bases/references.ts';
import { step } from '../build/times.ts';
import type { Ctx } from '../core/ctx.ts';
import { ToolError, isToolError } from '../core/errors.ts';
import { fileError } from '../core/files.ts';
import { withTempDir } from '../core/temp.ts';
import { compress } from '../layer/compress.ts';
import { mergeLayers } from '../layer/merge.ts';
import { writeTar } from '../layer/tar-write.ts';
import type { Bytes, Image } from '../oci/image.ts';
import { mediaTypes } from '../oci/types.ts';
import { openTarget, platformImage } from '../oci/view.ts';
import { openStore } from '../store/store.ts';
import type { Store } from '../store/store.ts';
import type { MethodBase } from './bases.ts';
import { copySource } from './build-method.ts';
import type { Workshop } from './build-method.ts';
import { archiveName, emitted, emittedFiles, emittedMarker, emittedSource } from './emitted.ts';
import type { EmittedBase } from './emitted.ts';
import { warningOnce } from './events.ts';
import { stageFiles } from './files.ts';
import { recipeOf } from './methods/all.ts';
import { basesOf } from './methods/recipe.ts';
import type { Recipe } from './methods/recipe.ts';
import { findProgram } from './program.ts';
import type { CompareRequest } from './request.ts';
import { openWorkshop } from './workshop.ts';

/**
 * Writes the Dockerfile of each method, their bases as archives, and the program's source.
 * @param directory absolute: not there, empty, or written by an earlier call
 * @returns what was written, relative to it
 * @throws ToolError USAGE, FILE_UNWRITABLE, DISK_FULL; as compare for what bases are made of
 */
export async function emitMethods(outer: Ctx, request: CompareRequest, directory: string): Promise<string[]> {
  const ctx = warningOnce(outer);
  await claim(directory);
  const program = await step(ctx, `program ${request.what}`, async () => findProgram(ctx, request));
  const store = await openStore(ctx);
  return withTempDir(ctx, async (temp) => {
    const shop = await openWorkshop(ctx, store, program, request.access, temp);
    await step(ctx, `copy the source to ${directory}`, async () => {
      const source = path.join(temp, emittedSource);
      await copySource(ctx, shop, source);
      await replace(source, path.join(directory, emittedSource));
      await replace(undefined, path.join(directory, emittedFiles));
      await stageFiles(program.request.image.files, path.join(directory, emittedFiles));
    });
    const written = new Set<string>();
    const archives = new Map<string, EmittedBase>();
    for (const name of request.methods) {
      const recipe = recipeOf(name, program);
      const bases = await basesFor(ctx, store, shop, recipe, directory, archives);
      if (bases === undefined) continue;
      const file = `Dockerfile.${name}`;
      await write(path.join(directory, file), emitted(program, recipe, bases));
      [file, ...bases.flatMap((base) => base.archives)].forEach((one) => written.add(one));
    }
    return [...written];
  });
}

/** Undefined when a base cannot be made: the others are written all the same. */
async function basesFor(
  ctx: Ctx,
  store: Store,
  shop: Workshop,
  recipe: Recipe,
  directory: string,
  known: Map<string, EmittedBase>,
): Promise<EmittedBase[] | undefined> {
  const found: EmittedBase[] = [];
  for (const name of basesOf(recipe)) {
    const archive = archiveName(name, recipe.name);
    const before = known.get(archive);
    if (before) {
      found.push(before);
      continue;
    }
    try {
      const base = await shop.bases.get(ctx, name, recipe);
      const image = await openBase(store, shop, base);
      const archives = await step(ctx, `write ${archive}`, async () =>
        writeArchives(ctx, store, base, image, directory, archive),
      );
      const one = { name, archives, env: base.config.Env ?? [], ...standIn(base) };
      known.set(archive, one);
      found.push(one);
    } catch (error) {
      ctx.signal.throwIfAborted();
      if (!isToolError(error)) throw error;
      const message = `${recipe.name} is not written: ${error.message}`;
      ctx.emit({ kind: 'warning', message, ...(error.hint !== undefined && { hint: error.hint }) });
      return undefined;
    }
  }
  return found;
}

function standIn({ standsFor }: MethodBase): { standsFor?: string } {
  return standsFor === undefined ? {} : { standsFor };
}

async function openBase(store: Store, { program }: Workshop, { reference }: MethodBase): Promise<Image> {
  const found = await store.refs.get(reference);
  if (!found) throw new ToolError('NOT_FOUND', `the store has no ${reference}`, { hint: 'Run it again.' });
  return platformImage(await openTarget(store.blobs, found.descriptor), program.platform);
}

/** Layers of our own hide nothing of those below: each is an archive as it is. Of other images there is one, of what they amount to. */
async function writeArchives(
  ctx: Ctx,
  store: Store,
  { reference }: MethodBase,
  image: Image,
  directory: string,
  name: string,
): Promise<string[]> {
  const layers = await image.layers();
  const asTheyAre =
    isBaseReference(reference) && layers.every(({ mediaType }) => mediaType === mediaTypes.ociLayerGzip);
  if (!asTheyAre) {
    const bytes = compress(writeTar(mergeLayers(layers)), { kind: 'gzip' });
    await writeBytes(ctx, bytes, path.join(directory, name));
    return [name];
  }
  const names = layers.map((_, index) =>
    index === 0 ? name : name.replace('.tar.gz', `-${index + 1}.tar.gz`),
  );
  for (const [index, layer] of layers.entries())
    await writeBytes(ctx, store.blobs.open(layer), path.join(directory, names[index] ?? name));
  return names;
}

async function writeBytes(ctx: Ctx, bytes: Bytes, file: string): Promise<void> {
  await guarded(file, async () => {
    await fs.mkdir(path.dirname(file), { recursive: true });
    await fs.writeFile(`${file}.partial`, bytes, { signal: ctx.signal });
    await fs.rename(`${file}.partial`, file);
  });
}

async function write(file: string, text: string): Promise<void> {
  await guarded(file, async () => fs.writeFile(file, text));
}

async function replace(source: string | undefined, target: string): Promise<void> {
  await guarded(target, async () => {
    await fs.rm(target, { recursive: true, force: true });
    if (source !== undefined) await fs.cp(source, target, { recursive: true, verbatimSymlinks: true });
  });
}

async function guarded(file: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (isToolError(error)) throw error;
    throw fileError(error, 'write', file);
  }
}

/** Nothing of anybody else's is overwritten. */
async function claim(directory: string): Promise<void> {
  const names = await fs.readdir(directory).catch((): string[] => []);
  if (names.length > 0 && !names.includes(emittedMarker)) {
    throw new ToolError('USAGE', `${directory} is not empty`, {
      hint: 'Name a directory that is not there yet.',
    });
  }
  await guarded(directory, async () => {
    await fs.mkdir(directory, { recursive: true });
    await fs.writeFile(path.join(directory, emittedMarker), marker);
  });
}

const marker = `Written by coracle compare --emit, and replaced by the next one.

Each Dockerfile needs nothing but this directory:
  docker build -f Dockerfile.distroless .
Modules come from GOPROXY, as Go has it; --build-arg GOPROXY=… names another.
`;
