/**
 * Where the go command keeps what it downloads and compiles. The frontend asks with a Dockerfile's variables only, the engine with the files
 * of the step's tree; a step has caches only when both come to the same places.
 */
import path from 'node:path';
import type { Tree } from '../../snapshot/types.ts';
import type { GoCachePlaces } from '../graph.ts';
import { readText, resolveIn } from './resolve.ts';

/** A variable of the go command; undefined or empty when it is not set. */
type Variable = (name: string) => string | undefined;

/**
 * GOMODCACHE and GOCACHE by the rules of `go help environment`.
 * @param home the user's, absolute
 * @returns undefined when one of them is no plain absolute path
 */
export function goCachePlaces(variable: Variable, home: string): GoCachePlaces | undefined {
  const set = (name: string, otherwise: string): string => variable(name) || otherwise;
  const gopath = set('GOPATH', path.posix.join(home, 'go')).split(':').filter(Boolean);
  const modules = set('GOMODCACHE', path.posix.join(gopath[0] ?? '', 'pkg/mod'));
  const builds = set('GOCACHE', path.posix.join(set('XDG_CACHE_HOME', `${home}/.cache`), 'go-build'));
  const settings = set('XDG_CONFIG_HOME', `${home}/.config`);
  const unseen = [
    ...[modules, builds, path.posix.join(settings, 'go/telemetry')],
    // Beside the modules lies what the checksum database said.
    ...gopath.map((directory) => path.posix.join(directory, 'pkg')),
  ].map(plain);
  if (!unseen.every((place) => place !== undefined)) return undefined;
  const [mod, build] = [plain(modules), plain(builds)];
  if (mod === undefined || build === undefined || related(mod, [build])) return undefined;
  return { modules: mod, builds: build, unseen: [...new Set(unseen)].sort() };
}

function plain(place: string): string | undefined {
  const clean = path.posix.normalize(place).replace(/\/$/, '');
  return clean.startsWith('/') && !place.split('/').includes('..') ? clean : undefined;
}

/** One of `places` lies in `one`, or `one` in it, or they are the same. All absolute and clean. */
export function related(one: string, places: readonly string[]): boolean {
  const inside = (inner: string, outer: string): boolean =>
    outer === '/' || inner === outer || inner.startsWith(`${outer}/`);
  return places.some((place) => inside(place, one) || inside(one, place));
}

/** Bytes of a file with settings. */
const largest = 64 * 1024;

/**
 * The go command's own settings in a tree: GOROOT/go.env and what `go env -w` wrote.
 * @param variable of the environment
 * @returns variables that count where the environment says nothing; undefined when there is no go command, or none that is Go's own
 */
export async function goSettings(
  tree: Tree,
  variable: Variable,
  home: string,
): Promise<Variable | undefined> {
  const root = variable('GOROOT') || (await goRoot(tree, variable('PATH') ?? ''));
  if (root === undefined || !(await readText(tree, `${root}/VERSION`, largest))?.startsWith('go'))
    return undefined;
  const user = variable('GOENV') || `${variable('XDG_CONFIG_HOME') || `${home}/.config`}/go/env`;
  const files = await Promise.all([
    user === 'off' ? undefined : readText(tree, user, largest),
    readText(tree, `${root}/go.env`, largest),
  ]);
  const settings = files.map((text) => settingsOf(text ?? ''));
  return (name) => settings.find((each) => each.has(name))?.get(name);
}

async function goRoot(tree: Tree, search: string): Promise<string | undefined> {
  for (const directory of search.split(':')) {
    const { path: found, entry } = await resolveIn(tree, `${directory}/go`);
    if (entry?.type === 'file') return path.posix.dirname(path.posix.dirname(`/${found}`));
  }
  return undefined;
}

function settingsOf(text: string): ReadonlyMap<string, string> {
  const lines = text.split('\n').map((line) => line.trim());
  return new Map(
    lines.flatMap((line) => {
      const [, name, value] = /^(\w+)=(.*)$/.exec(line) ?? [];
      return name === undefined || value === undefined ? [] : [[name, value] as const];
    }),
  );
}
