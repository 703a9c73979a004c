/**
 * The settings that the go command would see: the environment, then the file of `go env -w`, then GOROOT/go.env. Read here and not
 * by running `go env`, which costs more than the rest of a build in which nothing changed.
 */
import { constants, promises as fs } from 'node:fs';
import path from 'node:path';
import type { Ctx, Env } from '../core/ctx.ts';

export interface GoEnv {
  /** The value of a setting; undefined when it is nowhere set, or set to nothing. */
  get(name: string): string | undefined;
  /** Where `go env -w` keeps its settings, whether or not the file is there; undefined with GOENV=off or without a home. */
  readonly file: string | undefined;
  /** Every file that was looked at: when none of them changed, nor the environment, neither did the settings. */
  readonly files: readonly string[];
}

/** Reads the go command's settings. Without `toolchain`, GOROOT/go.env is left out. */
export async function readGoEnv(ctx: Ctx, toolchain?: { readonly goroot: string }): Promise<GoEnv> {
  const file = goEnvFile(ctx.env);
  const defaults = toolchain && path.join(toolchain.goroot, 'go.env');
  const user = file === undefined ? new Map<string, string>() : await readSettings(file);
  const built = defaults === undefined ? new Map<string, string>() : await readSettings(defaults);
  return {
    file,
    files: [file, defaults].filter((name) => name !== undefined),
    // An empty environment variable counts as none; a setting written empty by `go env -w` hides that of go.env.
    get: (name) => ctx.env[name] || (user.get(name) ?? built.get(name)) || undefined,
  };
}

function goEnvFile(env: Env): string | undefined {
  if (env['GOENV'] === 'off') return undefined;
  if (env['GOENV']) return env['GOENV'];
  const config = userDirectory(env, 'XDG_CONFIG_HOME', '.config');
  return config && path.join(config, 'go', 'env');
}

async function readSettings(file: string): Promise<Map<string, string>> {
  // A file that may not be read is passed over in silence, as the go command does: HOME may be another user's.
  const text = await fs.readFile(file, 'utf8').catch(() => '');
  const settings = new Map<string, string>();
  for (const line of text.split('\n')) {
    const equals = line.indexOf('=');
    if (equals > 0 && /^[A-Z]/.test(line)) settings.set(line.slice(0, equals), line.slice(equals + 1));
  }
  return settings;
}

function userDirectory(env: Env, xdg: string, under: string): string | undefined {
  const named = env[xdg];
  if (named) return path.isAbsolute(named) ? named : undefined;
  return env['HOME'] ? path.join(env['HOME'], under) : undefined;
}

/** The directories that a build writes to, by the names of the settings: to be put into the go command's environment. */
export interface GoCacheDirs {
  readonly GOCACHE: string;
  readonly GOMODCACHE: string;
  readonly GOPATH: string;
}

/**
 * Where the go command keeps its build cache, module cache and workspace: its own places, shared with the user's other
 * builds; where it has none, because HOME is missing or cannot be written, a place under Coracle's home. What the user set is
 * never replaced.
 */
export async function goCacheDirs(ctx: Ctx, env: GoEnv): Promise<GoCacheDirs> {
  const own = path.join(ctx.home, 'go');
  const cache = userDirectory(ctx.env, 'XDG_CACHE_HOME', '.cache');
  const set = env.get('GOPATH');
  const GOPATH = set ?? (await usable(ctx.env['HOME'] && path.join(ctx.env['HOME'], 'go'))) ?? own;
  const first = GOPATH.split(path.delimiter).find((directory) => directory !== '') ?? own;
  const modules = path.join(first, 'pkg', 'mod');
  return {
    GOPATH,
    GOCACHE:
      env.get('GOCACHE') ?? (await usable(cache && path.join(cache, 'go-build'))) ?? path.join(own, 'build'),
    GOMODCACHE: env.get('GOMODCACHE') ?? (await usable(modules)) ?? path.join(own, 'pkg', 'mod'),
  };
}

/** `directory` if we may write to it, or to what is there of the path to it. */
async function usable(directory: string | undefined): Promise<string | undefined> {
  if (!directory || !path.isAbsolute(directory)) return undefined;
  for (let at = directory; ; at = path.dirname(at)) {
    const stat = await fs.stat(at).catch(() => undefined);
    if (stat) {
      if (!stat.isDirectory()) return undefined;
      const allowed = await fs.access(at, constants.W_OK | constants.X_OK).then(
        () => true,
        () => false,
      );
      return allowed ? directory : undefined;
    }
    if (at === path.dirname(at)) return undefined;
  }
}
