/** What a program named by `module/path@version` is, known before the toolchain that will build it. */
import { ToolError } from '../core/errors.ts';
import type { Ctx } from '../core/ctx.ts';
import type { GoCommand } from './go-command.ts';
import { settingsOf, toolchainOf } from './go-command.ts';
import { parseGoMod } from './gomod.ts';
import type { GoMod } from './gomod.ts';
import type { GoEnv } from './goenv.ts';
import { matchesPrefix, parseModuleQuery } from './module-path.ts';
import type { ModuleQuery } from './module-path.ts';
import { queryProxies } from './module-query.ts';
import type { FoundModule } from './module-query.ts';
import { parseGoProxy } from './proxy.ts';

export interface ResolvedModule {
  /** The main package's import path. */
  readonly package: string;
  /** The module that has it, and its exact version. */
  readonly module: string;
  readonly version: string;
  readonly goMod: GoMod;
  /** The go.mod as it came, to be compared with what the checksum database vouches for. */
  readonly goModText: string;
  /** What it asks of the toolchain: the lines of its go.mod. */
  readonly go?: string;
  readonly toolchain?: string;
  /** When the version was made, in seconds since the epoch. */
  readonly epoch?: number;
  readonly origin?: { readonly url?: string; readonly hash?: string };
}

/**
 * Finds module and version through the proxies of GOPROXY. `settings`: of the environment and, where there is one, of the host's
 * Go. Modules that are private, or that only their own repository has, need a go command: `go.toolchain` is called for it then,
 * and only then.
 * @throws ToolError USAGE, GO_MODULE, NETWORK, CONFIG_INVALID
 */
export async function resolveModule(
  ctx: Ctx,
  settings: GoEnv,
  go: GoCommand,
  text: string,
): Promise<ResolvedModule> {
  const query = parseModuleQuery(text);
  const known =
    settings.get('GOPROXY') === undefined ? await settingsOf(ctx, go, await toolchainOf(go)) : settings;
  const found = await find(ctx, known, go, query);
  const goMod = parseGoMod(found.goMod, `${found.path}@${found.version}/go.mod`);
  const epoch = found.time === undefined ? undefined : Math.floor(Date.parse(found.time) / 1000);
  return {
    package: query.path,
    module: found.path,
    version: found.version,
    goMod,
    goModText: found.goMod,
    ...(goMod.go !== undefined && { go: goMod.go }),
    ...(goMod.toolchain !== undefined && { toolchain: goMod.toolchain }),
    ...(epoch !== undefined && { epoch }),
    ...(found.origin && { origin: found.origin }),
  };
}

async function find(ctx: Ctx, settings: GoEnv, go: GoCommand, query: ModuleQuery): Promise<FoundModule> {
  const list = parseGoProxy(settings.get('GOPROXY') ?? 'direct');
  const direct = settings.get('GONOPROXY') ?? settings.get('GOPRIVATE') ?? '';
  const isPrivate = matchesPrefix(direct, query.path);
  const proxied = !isPrivate && list.proxies.length > 0 && !/[<>=/]/.test(query.query);
  const found = proxied ? await queryProxies(ctx, settings, list, query) : undefined;
  if (found) return found;
  if (proxied && list.end !== 'direct') {
    throw new ToolError('GO_MODULE', `no proxy of GOPROXY has a module for ${query.path}@${query.query}`, {
      hint:
        query.query === 'latest'
          ? 'Check the path, or name an exact version: a proxy may have a version, but no list of them.'
          : 'Check path and version; versions begin with v, and from v2 on the module path ends in /v2.',
    });
  }
  const { queryDirectly } = await import('./module-direct.ts');
  return queryDirectly(ctx, go, query);
}
