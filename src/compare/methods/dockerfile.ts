import path from 'node:path';
import type { ImageSettings } from '../../build/types.ts';
import type { ComparedProgram } from '../program.ts';
import { goLine } from './go-words.ts';
import { builderOf } from './recipe.ts';
import type { Recipe } from './recipe.ts';
import { dockerWord, jsonWords } from './words.ts';

/** What surrounds the go command where it runs. */
export interface CompilePlace {
  /** Of ARG: `GOPROXY`, `GOPROXY=off`. */
  readonly args: readonly string[];
  /** Options of RUN. */
  readonly mounts: readonly string[];
  /** Behind the go command where its caches would stay in the image. */
  readonly cleanUp: boolean;
}

/** What differs between places in which the same Dockerfile is built. */
export interface Place {
  /** What comes before the first stage: where bases come from. */
  readonly preamble: readonly string[];
  /** As COPY names the project's source. */
  readonly source: string;
  /** Where COPY finds the `files:` of the program's settings by their number: a named context, or below a directory of the context. */
  readonly files: { readonly from: string } | { readonly below: string };
  readonly compile: CompilePlace;
}

/** The whole Dockerfile of a recipe. @throws ToolError UNSUPPORTED, CONFIG_INVALID */
export function dockerfileOf(program: ComparedProgram, recipe: Recipe, place: Place): string {
  const lines = [
    `# ${recipe.name}: ${recipe.means}`,
    ...(place.preamble.length > 0 ? [...place.preamble] : []),
    '',
    ...(recipe.onto === 'toolchain' ? oneStage(program, recipe, place) : twoStages(program, recipe, place)),
  ];
  return `${lines.join('\n')}\n`;
}

/** The programs of a recipe alone, for whoever wants to read them: the same first stage, and what it made. */
export function programsOnly(program: ComparedProgram, recipe: Recipe, place: Place): string {
  const lines = [...buildStage(program, recipe, place), '', 'FROM scratch', 'COPY --from=build /out/ /'];
  return `${lines.join('\n')}\n`;
}

/** Programs that are compiled already, as a recipe has them. @param from the context in which they lie */
export function aroundPrograms(program: ComparedProgram, recipe: Recipe, place: Place, from: string): string {
  const lines = [`FROM ${recipe.onto}`, `COPY --from=${from} . /app/`, ...settingsOf(program, recipe, place)];
  return `${lines.join('\n')}\n`;
}

function oneStage(program: ComparedProgram, recipe: Recipe, place: Place): string[] {
  return [
    `FROM ${builderOf(recipe)}`,
    ...compiles(program, recipe, place, '/app'),
    ...settingsOf(program, recipe, place),
  ];
}

function twoStages(program: ComparedProgram, recipe: Recipe, place: Place): string[] {
  return [
    ...buildStage(program, recipe, place),
    '',
    `FROM ${recipe.onto}`,
    'COPY --from=build /out/ /app/',
    ...settingsOf(program, recipe, place),
  ];
}

function buildStage(program: ComparedProgram, recipe: Recipe, place: Place): string[] {
  return [`FROM ${builderOf(recipe)} AS build`, ...compiles(program, recipe, place, '/out')];
}

function compiles(
  program: ComparedProgram,
  recipe: Recipe,
  { source, compile: { args, mounts, cleanUp } }: Place,
  output: string,
): string[] {
  const clean = cleanUp && recipe.onto === 'toolchain' ? [`&& ${cleanLine}`] : [];
  return [
    'WORKDIR /src',
    `COPY ${source} ./`,
    ...(program.home === '.' ? [] : [`WORKDIR ${dockerWord(path.posix.join('/src', program.home))}`]),
    ...args.map((arg) => `ARG ${arg}`),
    `RUN ${[...mounts, goLine(program, recipe, output), ...clean].join(' \\\n    ')}`,
  ];
}

/** What one stage keeps for nothing. */
const cleanLine = 'go clean -cache -modcache';

/** What the image says of itself, and the files that belong to the program. */
function settingsOf(program: ComparedProgram, { user }: Recipe, place: Place): string[] {
  const { image } = program.request;
  const named = (word: string, values: Readonly<Record<string, string>>): string[] =>
    Object.entries(values)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, value]) => `${word} ${dockerWord(name)}=${dockerWord(value)}`);
  const runsAs = image.user ?? user;
  const [first] = program.packages;
  return [
    ...image.files.map((file, index) => copyLine(file, place.files, index)),
    ...named('ENV', image.env),
    ...named('LABEL', image.labels),
    ...(image.ports.length > 0 ? [`EXPOSE ${image.ports.join(' ')}`] : []),
    ...(image.volumes.length > 0 ? [`VOLUME ${jsonWords(image.volumes)}`] : []),
    ...(image.stopSignal === undefined ? [] : [`STOPSIGNAL ${image.stopSignal}`]),
    ...healthLines(image.healthcheck),
    ...(image.workdir === undefined ? [] : [`WORKDIR ${dockerWord(image.workdir)}`]),
    ...(runsAs === undefined ? [] : [`USER ${runsAs}`]),
    `ENTRYPOINT ${jsonWords(image.entrypoint ?? [`/app/${first?.name ?? program.name}`])}`,
    ...(image.cmd && image.cmd.length > 0 ? [`CMD ${jsonWords(image.cmd)}`] : []),
  ];
}

function copyLine(
  { to, uid, gid }: ImageSettings['files'][number],
  files: Place['files'],
  index: number,
): string {
  // Modes are those of the files that lie there, as older builders know no --chmod.
  const flags = [
    ...('from' in files ? [`--from=${files.from}`] : []),
    ...(uid === undefined ? [] : [`--chown=${uid}:${gid ?? uid}`]),
  ];
  const from = 'from' in files ? `${index}` : `${files.below}/${index}`;
  return ['COPY', ...flags, jsonWords([from, to === '/' ? to : to.replace(/\/+$/, '')])].join(' ');
}

function healthLines(health: ImageSettings['healthcheck']): string[] {
  if (!health) return [];
  const [kind, ...words] = health.Test;
  if (kind === 'NONE') return ['HEALTHCHECK NONE'];
  const time = (flag: string, nanoseconds: number | undefined): string[] =>
    nanoseconds === undefined ? [] : [`--${flag}=${durationOf(nanoseconds)}`];
  const options = [
    ...time('interval', health.Interval),
    ...time('timeout', health.Timeout),
    ...time('start-period', health.StartPeriod),
    ...time('start-interval', health.StartInterval),
    ...(health.Retries === undefined ? [] : [`--retries=${health.Retries}`]),
  ];
  const command = kind === 'CMD-SHELL' ? words.join(' ') : jsonWords(words);
  return [['HEALTHCHECK', ...options, 'CMD', command].join(' ')];
}

function durationOf(nanoseconds: number): string {
  return nanoseconds % 1e9 === 0 ? `${nanoseconds / 1e9}s` : `${nanoseconds / 1e6}ms`;
}
