import { promises as fs } from 'node:fs';
import path from 'node:path';
import type { Ctx } from '../core/ctx.ts';
import { ToolError, type SourceRange } from '../core/errors.ts';
import { readFileIfThere } from '../core/files.ts';
import type { PickEnvironment } from './environments.ts';
import type { Layer } from './merge.ts';
import type { Config } from './types.ts';

/** A configuration file that was read; `layer.config` has absolute paths. */
export interface LoadedConfig {
  /** Absolute. */
  readonly file: string;
  readonly layer: Layer;
  readonly environment?: string | undefined;
  readonly environments?: readonly string[];
  readonly overlay?: SourceRange | undefined;
}

/** What the files beside WHAT say. */
export interface ConfigFiles {
  /** Weakest first. */
  readonly layers: readonly Layer[];
  /** Files and directories that were looked at, there or not; a change of one can change the result. Absolute. */
  readonly consulted: readonly string[];
  /** The coracle.yaml, when there is one. Absolute. */
  readonly file: string | undefined;
  /** The one that was picked, of these. */
  readonly environment: string | undefined;
  readonly environments: readonly string[];
  /** Where the settings of that environment stand. */
  readonly overlay: SourceRange | undefined;
  /** The main packages that the merged config names for WHAT; none when WHAT is not the place that the config describes. */
  mainOf(config: Config): readonly string[];
}

/**
 * Finds and reads the configuration for WHAT: coracle.yaml and .ko.yaml in its directory or the nearest one above it, up to the
 * repository's or module's root. A module@version has none unless `file` names one.
 * @param pick the environment whose settings are laid over the rest; none by default
 * @throws ToolError CONFIG_INVALID, FILE_UNREADABLE; whatever `pick` throws
 */
export async function loadLayers(
  ctx: Ctx,
  what: string,
  file?: string,
  pick: PickEnvironment = () => undefined,
): Promise<ConfigFiles> {
  const start = await directoryOf(what, ctx.cwd);
  if (file !== undefined) {
    const loaded = await readConfig(path.resolve(ctx.cwd, file), ctx.cwd, pick);
    if (!loaded) throw new ToolError('FILE_UNREADABLE', `there is no file ${file}`);
    return result([loaded], [loaded.file], start);
  }
  if (start === undefined) return result([], [], undefined);
  const consulted: string[] = [];
  for (const directory of await upwards(start)) {
    const [own, ko] = [path.join(directory, 'coracle.yaml'), path.join(directory, '.ko.yaml')];
    const misnamed = path.join(directory, 'coracle.yml');
    consulted.push(own, ko, misnamed);
    if (await there(misnamed)) {
      throw new ToolError('CONFIG_INVALID', `${path.relative(ctx.cwd, misnamed)} is not read`, {
        hint: 'Name it coracle.yaml.',
      });
    }
    const layers: LoadedConfig[] = [];
    const koText = await readFileIfThere(ko);
    if (koText) {
      const { readKo } = await import('./ko.ts');
      const read = await readKo(ctx, ko, koText.toString('utf8'), start);
      layers.push(read.loaded);
      consulted.push(...read.consulted);
    }
    const loaded = await readConfig(own, ctx.cwd, pick);
    if (loaded) layers.push(loaded);
    if (layers.length > 0) return result(layers, consulted, start);
  }
  return result([], consulted, start);
}

/** Reads one coracle.yaml; undefined when there is none. @throws ToolError CONFIG_INVALID, FILE_UNREADABLE */
export async function readConfig(
  file: string,
  cwd: string,
  pick?: PickEnvironment,
): Promise<LoadedConfig | undefined> {
  const bytes = await readFileIfThere(file);
  if (!bytes) return undefined;
  const { parseConfig } = await import('./parse.ts');
  const layer = parseConfig(bytes.toString('utf8'), file, shortest(file, cwd), pick);
  return {
    file,
    layer,
    environment: layer.environment,
    environments: layer.environments,
    overlay: layer.overlay,
  };
}

function result(
  loaded: readonly LoadedConfig[],
  consulted: readonly string[],
  start: string | undefined,
): ConfigFiles {
  const own = loaded.find(({ environments }) => environments !== undefined);
  return {
    layers: loaded.map(({ layer }) => layer),
    file: own?.file,
    environment: own?.environment,
    environments: own?.environments ?? [],
    overlay: own?.overlay,
    consulted,
    mainOf({ main }) {
      const home = loaded.findLast(({ layer }) => layer.config.main !== undefined);
      if (main === undefined || start === undefined || home === undefined) return [];
      if (path.dirname(home.file) !== start) return [];
      return typeof main === 'string' ? [main] : main;
    },
  };
}

/** The directory that WHAT means, when it means one on this machine: `./cmd/...` is below `./cmd`. */
async function directoryOf(what: string, cwd: string): Promise<string | undefined> {
  const plain = what.replace(/(^|\/)\.\.\.(\/.*)?$/, '');
  const directory = path.resolve(cwd, plain === '' ? '.' : plain);
  const stat = await fs.stat(directory).catch(() => undefined);
  if (stat?.isDirectory()) return directory;
  if (stat?.isFile()) return path.dirname(directory);
  // An import path inside the module of the current directory (example.com/m/cmd/api).
  return what.includes('@') || what.startsWith('.') || path.isAbsolute(what) ? undefined : cwd;
}

/** A directory and those above it, up to the first that is a repository's or workspace's root, or else a module's. */
async function upwards(start: string): Promise<string[]> {
  const all: string[] = [];
  let lastModule = 0;
  for (let at = start; ; at = path.dirname(at)) {
    all.push(at);
    const [git, work, module] = await Promise.all(
      ['.git', 'go.work', 'go.mod'].map(async (name) => there(path.join(at, name))),
    );
    if (module) lastModule = all.length;
    if (git || work) return all;
    if (at === path.dirname(at)) return all.slice(0, Math.max(1, lastModule));
  }
}

async function there(file: string): Promise<boolean> {
  return (await fs.lstat(file).catch(() => undefined)) !== undefined;
}

/** A file's name as people like to see it: relative when it is below the working directory. */
export function shortest(file: string, cwd: string): string {
  const relative = path.relative(cwd, file);
  return relative.startsWith('..') ? file : relative;
}
