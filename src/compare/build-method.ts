/** A recipe as a Method: its Dockerfile is built by our own builder, onto bases that are images in the store. */
import { promises as fs } from 'node:fs';
import path from 'node:path';
import { buildDockerfile } from '../build/dockerfile/build.ts';
import type { Door } from '../build/dockerfile/build.ts';
import { plainDockerfile } from '../build/dockerfile/settings.ts';
import type { BuildRequest, Output } from '../build/types.ts';
import type { Ctx } from '../core/ctx.ts';
import { ToolError } from '../core/errors.ts';
import { readFileIfThere } from '../core/files.ts';
import { withTempDir } from '../core/temp.ts';
import { markBeginning } from '../golang/inputs-recorder.ts';
import type { Bases } from './bases.ts';
import { emittedMarker } from './emitted.ts';
import { labelled } from './events.ts';
import { stageFiles } from './files.ts';
import type { BuildHow, BuiltMethod } from './method.ts';
import { aroundPrograms, dockerfileOf, programsOnly } from './methods/dockerfile.ts';
import type { Place } from './methods/dockerfile.ts';
import { basesOf, builderOf } from './methods/recipe.ts';
import type { Recipe } from './methods/recipe.ts';
import type { ComparedProgram } from './program.ts';
import { methodReference } from './references.ts';

/** What all methods of one comparison share. */
export interface Workshop {
  readonly program: ComparedProgram;
  readonly bases: Bases;
  /** A directory as stageModules makes it. */
  readonly modules: string;
}

/** The named context in which the `files:` of the program's settings lie, by their number. */
const filesContext = 'files';

/** The named context of the program's modules, and where the go command finds it. */
const modulesContext = 'modules';
const modulesTarget = '/modules';

/** Namespaces were entered, if they have to be, before anything was compared. */
const door: Door = {
  enterUserNamespace: () => Promise.resolve(),
  stdin: () => {
    throw new ToolError('INTERNAL', 'a method reads no standard input');
  },
};

/**
 * Builds a recipe.
 * @throws ToolError RUN_FAILED with what the compiler said, and any code of bases
 */
export async function buildRecipe(
  ctx: Ctx,
  shop: Workshop,
  recipe: Recipe,
  how: BuildHow,
): Promise<BuiltMethod> {
  const { program, bases } = shop;
  const place = await placeOf(ctx, shop, recipe, how);
  const needed = await Promise.all(
    basesOf(recipe).map(async (name) => [name, await bases.get(ctx, name, recipe)] as const),
  );
  const reference = referenceOf(program, recipe.name, how);
  const { descriptor } = await buildText(labelled(ctx, recipe.name), shop, how, {
    name: recipe.name,
    text: dockerfileOf(program, recipe, place),
    contexts: Object.fromEntries(needed.map(([name, base]) => [name, `docker-image://${base.reference}`])),
    tags: [reference],
    outputs: [],
  });
  return { reference, descriptor };
}

/** Compiles a recipe's programs as it would, and writes them into a directory. */
export async function compileRecipe(
  ctx: Ctx,
  shop: Workshop,
  recipe: Recipe,
  directory: string,
): Promise<void> {
  const how = { directory: shop.program.context };
  const builder = builderOf(recipe);
  const base = await shop.bases.get(ctx, builder, recipe);
  await buildText(labelled(ctx, recipe.name), shop, how, {
    name: `${recipe.name}-programs`,
    text: programsOnly(shop.program, recipe, await placeOf(ctx, shop, recipe, how)),
    contexts: { [builder]: `docker-image://${base.reference}` },
    tags: [methodReference(shop.program.name, recipe.name, 'programs')],
    outputs: [{ type: 'local', dest: directory }],
  });
}

/**
 * Makes an image of programs that are compiled already: they, and what the program's settings say of its image.
 * @param programs a directory of nothing else
 */
export async function packPrograms(
  ctx: Ctx,
  program: ComparedProgram,
  recipe: Recipe,
  { base, programs, reference }: { base: string; programs: string; reference: string },
): Promise<BuiltMethod['descriptor']> {
  const place: Place = {
    ...{ preamble: [], source: '.', files: { from: filesContext } },
    compile: { args: [], mounts: [], cleanUp: false },
  };
  const shop = { program, modules: programs };
  const { descriptor } = await buildText(
    ctx,
    shop,
    { directory: programs },
    {
      name: 'programs',
      text: aroundPrograms(program, recipe, place, 'programs'),
      contexts: { [recipe.onto]: `docker-image://${base}`, programs },
      tags: [reference],
      outputs: [],
    },
  );
  return descriptor;
}

/** The name of what a method makes of the project, or of a changed copy of it. */
export function referenceOf({ name, context }: ComparedProgram, method: string, how: BuildHow): string {
  return methodReference(name, method, how.directory === context ? undefined : 'changed');
}

async function placeOf(
  ctx: Ctx,
  { bases }: Workshop,
  recipe: Recipe,
  { fresh = false }: BuildHow,
): Promise<Place> {
  const { config } = await bases.get(ctx, builderOf(recipe), recipe);
  return {
    preamble: [],
    source: '.',
    files: { from: filesContext },
    compile: {
      args: [`GOPROXY=file://${modulesTarget}`],
      mounts: [
        `--mount=type=bind,from=${modulesContext},target=${modulesTarget}`,
        ...goCaches(config.Env ?? []).map(
          (target) => `--mount=type=${fresh ? 'tmpfs' : 'cache'},target=${target}`,
        ),
      ],
      cleanUp: false,
    },
  };
}

/** Where root's go command keeps modules and what it compiled, by the variables of the toolchain's image. */
export function goCaches(env: readonly string[]): string[] {
  const variables = new Map(
    env.map((text) => [text.slice(0, text.indexOf('=')), text.slice(text.indexOf('=') + 1)]),
  );
  return [
    variables.get('GOMODCACHE') ?? path.posix.join(variables.get('GOPATH') ?? '/root/go', 'pkg/mod'),
    variables.get('GOCACHE') ?? '/root/.cache/go-build',
  ];
}

interface Text {
  readonly name: string;
  readonly text: string;
  readonly contexts: Readonly<Record<string, string>>;
  readonly tags: readonly string[];
  readonly outputs: readonly Output[];
}

async function buildText(
  ctx: Ctx,
  { program, modules }: Pick<Workshop, 'program' | 'modules'>,
  { directory, fresh = false }: BuildHow,
  { name, text, contexts, tags, outputs }: Text,
): Promise<{ descriptor: BuiltMethod['descriptor'] }> {
  return withTempDir(ctx, async (temp) => {
    const file = path.join(temp, `Dockerfile.${name}`);
    await fs.writeFile(file, text);
    await writeIgnore(directory, file);
    const files = path.join(temp, filesContext);
    await stageFiles(program.request.image.files, files);
    const request: BuildRequest = {
      ...program.request,
      what: directory,
      main: [],
      frontend: 'dockerfile',
      dockerfile: {
        ...plainDockerfile,
        ...{ file, goCache: false },
        contexts: { ...contexts, [filesContext]: files, [modulesContext]: modules },
      },
      tags,
      platforms: [program.platform],
      image: { env: {}, ports: [], labels: {}, annotations: {}, volumes: [], files: [] },
      outputs,
      push: false,
      noCache: fresh,
    };
    const began = await markBeginning(ctx);
    const { result } = await buildDockerfile(ctx, request, { began, door });
    const [image] = result.images;
    if (!image) throw new ToolError('INTERNAL', `${name} gave no image`);
    return { descriptor: image.descriptor };
  });
}

/** Where the project does not say what is left out, its history is; and methods that were written down there never belong to the program. */
async function writeIgnore(directory: string, file: string): Promise<void> {
  const own = await readFileIfThere(path.join(directory, '.dockerignore'));
  const names = await fs.readdir(directory);
  const ours = await Promise.all(
    names.map(async (name) => fs.stat(path.join(directory, name, emittedMarker)).catch(() => undefined)),
  );
  const written = names.filter((_, index) => ours[index]);
  const lines = [own === undefined ? '.git' : own.toString('utf8'), ...written];
  await fs.writeFile(`${file}.dockerignore`, `${lines.join('\n')}\n`);
}

/** Writes what methods copy of the project into a directory. */
export async function copySource(ctx: Ctx, shop: Workshop, directory: string): Promise<void> {
  await buildText(
    labelled(ctx, 'source'),
    shop,
    { directory: shop.program.context },
    {
      ...{ name: 'source', text: 'FROM scratch\nCOPY . /\n', contexts: {} },
      tags: [methodReference(shop.program.name, 'source')],
      outputs: [{ type: 'local', dest: directory }],
    },
  );
}
