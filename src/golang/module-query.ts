/** Finds the module and version that `path@query` means, by asking module proxies: before there is any Go toolchain. */
import { isToolError } from '../core/errors.ts';
import type { ToolError } from '../core/errors.ts';
import type { Ctx } from '../core/ctx.ts';
import type { GoEnv } from './goenv.ts';
import { parseDirectives } from './gomod-syntax.ts';
import { candidatesOf, versionFor } from './module-path.ts';
import type { ModuleQuery } from './module-path.ts';
import { escapePath, readFromProxy, viaProxies } from './proxy.ts';
import type { ProxyList } from './proxy.ts';
import { compareVersions, isPseudoVersion, isVersion, parseSemVer } from './semver.ts';

/** A version that exists, with its go.mod. */
export interface FoundModule {
  readonly path: string;
  readonly version: string;
  readonly goMod: string;
  /** When it was made, as the proxy says: RFC 3339. */
  readonly time?: string;
  /** The commit it was made from, where the proxy knows. */
  readonly origin?: { readonly url?: string; readonly hash?: string };
}

/** Reads a path below the module's own place on the proxies; undefined when no proxy has it. */
type Ask = (rest: string) => Promise<string | undefined>;

/**
 * Asks for every module that the path may belong to at once; the longest that has the version is it. A proxy that has the
 * exact version, but no list, is enough. Undefined when no proxy has any.
 * @throws ToolError NETWORK and the like when nothing was found and a proxy failed
 */
export async function queryProxies(
  ctx: Ctx,
  env: GoEnv,
  list: ProxyList,
  { path, query }: ModuleQuery,
): Promise<FoundModule | undefined> {
  let failure: ToolError | undefined;
  const found = await Promise.all(
    candidatesOf(path).map(async (candidate) => {
      const ask: Ask = async (rest) =>
        (
          await viaProxies(list, async (proxy) =>
            readFromProxy(ctx, env, proxy, `${escapePath(candidate)}/${rest}`),
          )
        )?.toString('utf8');
      try {
        return await findVersion(ask, candidate, query);
      } catch (error) {
        // A proxy may refuse what can be no module; only when nothing is found does it matter.
        if (!isToolError(error)) throw error;
        failure ??= error;
        return undefined;
      }
    }),
  );
  const first = found.find((module) => module !== undefined);
  if (!first && failure) throw failure;
  return first;
}

async function findVersion(ask: Ask, path: string, query: string): Promise<FoundModule | undefined> {
  if (isVersion(query)) {
    const version = versionFor(path, query);
    return version === undefined ? undefined : readModule(ask, path, version);
  }
  if (query === 'latest') return latest(ask, path);
  if (parseSemVer(query)) {
    const versions = (await listVersions(ask, path)).filter((version) => version.startsWith(`${query}.`));
    return newest(ask, path, versions);
  }
  const info = readInfo(await ask(`@v/${escapePath(query)}.info`));
  return info && readModule(ask, path, info.version);
}

async function latest(ask: Ask, path: string): Promise<FoundModule | undefined> {
  const listed = await newest(ask, path, await listVersions(ask, path)).catch((error: unknown) => {
    // Some proxies keep no lists and refuse to be asked for one, yet know what is newest.
    if (isToolError(error, 'NETWORK') && !error.retryable) return undefined;
    throw error;
  });
  if (listed) return listed;
  const info = readInfo(await ask('@latest'));
  return info && readModule(ask, path, info.version);
}

/** The highest release that is not retracted, else the highest prerelease. */
async function newest(ask: Ask, path: string, versions: readonly string[]): Promise<FoundModule | undefined> {
  const sorted = versions.toSorted(compareVersions);
  const highest = sorted.at(-1);
  if (highest === undefined) return undefined;
  // Retractions are told by the highest version there is, which may retract itself.
  const retracted = retractions((await ask(`@v/${escapePath(highest)}.mod`)) ?? '');
  const sound = sorted.filter((version) => !retracted(version));
  const best = sound.findLast((version) => parseSemVer(version)?.pre === '') ?? sound.at(-1);
  return best === undefined ? undefined : readModule(ask, path, best);
}

async function listVersions(ask: Ask, path: string): Promise<string[]> {
  const lines = ((await ask('@v/list')) ?? '').split('\n').map((line) => line.split(/\s/)[0] ?? '');
  return lines.filter(
    (version) => isVersion(version) && !isPseudoVersion(version) && versionFor(path, version) === version,
  );
}

async function readModule(ask: Ask, path: string, version: string): Promise<FoundModule | undefined> {
  const [goMod, info] = await Promise.all([
    ask(`@v/${escapePath(version)}.mod`),
    // May be missing, but must not be missed: its time goes into images.
    ask(`@v/${escapePath(version)}.info`),
  ]);
  if (goMod === undefined) return undefined;
  const { time, origin } = readInfo(info) ?? {};
  return { path, version, goMod, ...(time !== undefined && { time }), ...(origin && { origin }) };
}

function readInfo(text: string | undefined): Pick<FoundModule, 'version' | 'time' | 'origin'> | undefined {
  if (text === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    const version = stringIn(value, 'Version');
    if (version === undefined || !isVersion(version)) return undefined;
    const time = stringIn(value, 'Time');
    const origin = field(value, 'Origin');
    const url = stringIn(origin, 'URL');
    const hash = stringIn(origin, 'Hash');
    return {
      version,
      ...(time !== undefined && !Number.isNaN(Date.parse(time)) && { time }),
      ...((url ?? hash) !== undefined && {
        origin: { ...(url !== undefined && { url }), ...(hash !== undefined && { hash }) },
      }),
    };
  } catch {
    return undefined;
  }
}

/** A member of a value from outside. */
export function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null
    ? Object.entries(value).find(([key]) => key === name)?.[1]
    : undefined;
}

/** The same if it is a text. */
export function stringIn(value: unknown, name: string): string | undefined {
  const found = field(value, name);
  return typeof found === 'string' ? found : undefined;
}

/** Reads the `retract` lines of a go.mod: single versions, and `[low, high]`. */
export function retractions(goMod: string): (version: string) => boolean {
  const ranges: [low: string, high: string][] = [];
  try {
    for (const { verb, args } of parseDirectives(goMod, 'go.mod')) {
      if (verb.text !== 'retract') continue;
      const versions = args.map((word) => word.text).filter(isVersion);
      const [low, high = low] = versions;
      if (low !== undefined && high !== undefined) ranges.push([low, high]);
    }
  } catch {
    // The go command will complain about it when it is used.
  }
  return (version) =>
    ranges.some(([low, high]) => compareVersions(low, version) <= 0 && compareVersions(version, high) <= 0);
}
