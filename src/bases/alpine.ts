import { composeAlpine, alpineRevision } from '../base/alpine/compose.ts';
import { openAlpineIndex } from '../base/alpine/index.ts';
import { resolveAlpine } from '../base/alpine/resolve.ts';
import type { AlpineSource } from '../base/alpine/types.ts';
import { withDirectories } from '../base/entries.ts';
import { fileEntry } from '../base/parts/entry.ts';
import { contentOf, resolvePath } from '../base/tree.ts';
import type { BaseTree } from '../base/tree.ts';
import type { Composition } from '../base/debian/types.ts';
import { onceMap } from '../core/concurrency.ts';
import type { Ctx } from '../core/ctx.ts';
import { ToolError, isToolError } from '../core/errors.ts';
import type { Binary } from '../golang/binary/read.ts';
import type { Entry } from '../layer/entry.ts';
import { compareNames } from '../layer/names.ts';
import { formatPlatform, normalizePlatform } from '../oci/platform.ts';
import type { Platform } from '../oci/types.ts';
import { digestOf } from './debian.ts';
import { leaveOut, slimRevision } from './slim.ts';
import { alpineWanted } from './packages.ts';
import { composedBase } from './plan.ts';
import type { BasePlan, PlanOptions } from './plan.ts';
import type { BaseSettings, LockedBase } from './types.ts';

/** Base layers stand on no clock. */
const mtime = 0;

/** Alpine's names, by Go's. */
const architectures: Readonly<Record<string, string>> = {
  amd64: 'x86_64',
  arm64: 'aarch64',
  'arm/v7': 'armv7',
  'arm/v6': 'armhf',
  '386': 'x86',
  ppc64le: 'ppc64le',
  s390x: 's390x',
  riscv64: 'riscv64',
  loong64: 'loongarch64',
};

/**
 * Where Alpine's packages for a platform come from.
 * @throws ToolError UNSUPPORTED for a platform that Alpine has not
 */
export function alpineSource({ alpine }: Pick<BaseSettings, 'alpine'>, platform: Platform): AlpineSource {
  const { os, architecture, variant } = normalizePlatform(platform);
  const name = architecture === 'arm' ? `arm/${variant ?? 'v7'}` : architecture;
  const found = os === 'linux' ? architectures[name] : undefined;
  if (found === undefined) {
    throw new ToolError('UNSUPPORTED', `Alpine has no packages for ${formatPlatform(platform)}`, {
      hint: `It has them for: ${Object.keys(architectures).join(', ')}.`,
    });
  }
  return { repositories: alpine.repositories, keys: alpine.keys, architecture: found };
}

/**
 * A base from the packages of Alpine repositories. With a lock no index is opened: it says which versions, and which bytes.
 * @throws ToolError PACKAGE_UNRESOLVABLE, LOCK_MISMATCH; as openAlpineIndex, composeAlpine
 */
export async function planAlpine(ctx: Ctx, settings: BaseSettings, options: PlanOptions): Promise<BasePlan> {
  const { name, slim, omit } = settings;
  const { extraCa = [] } = options;
  const once = onceMap<Composition>();
  const wanted = alpineWanted(settings);
  const make = async (): Promise<Composition> =>
    once('', async () => makeAlpine(ctx, settings, wanted, options));
  const locked = options.locked ?? lockedOf(await make(), wanted);
  const key = digestOf([
    ...['alpine', alpineRevision, slimRevision, settings.alpine.ignoreScripts],
    ...[locked.packages.map(({ sha256 }) => sha256), slim, omit, extraCa],
    // apk, where it is there, is told of them.
    ...(locked.packages.some((one) => one.name === 'apk-tools')
      ? [wanted, settings.alpine.repositories]
      : []),
  ]);
  const plan = { name, key, locked };
  return {
    ...plan,
    compose: async () => {
      const made = await make();
      const entries = await withAuthorities(made.entries, extraCa);
      return composedBase(plan, made, leaveOut(entries, { slim, omit }));
    },
  };
}

/** The packages of a program of musl: each is named by the library that it provides. */
export function alpinePackagesFor({ needed }: Pick<Binary, 'needed'>): string[] {
  return ['musl', ...needed.filter((name) => !name.startsWith('libc.')).map((name) => `so:${name}`)];
}

/** The files of packages, to pick from. @throws ToolError as planAlpine */
export async function alpineTree(
  ctx: Ctx,
  settings: BaseSettings,
  wanted: readonly string[],
  options: PlanOptions,
): Promise<{ readonly locked: LockedBase; readonly tree: BaseTree }> {
  const made = await makeAlpine(ctx, settings, wanted, options);
  const tree = new Map(made.entries.map((entry) => [entry.path, entry]));
  return { locked: options.locked ?? lockedOf(made, wanted), tree };
}

function lockedOf({ packages }: Composition, wanted: readonly string[]): LockedBase {
  return { source: 'alpine', wanted, packages };
}

async function makeAlpine(
  ctx: Ctx,
  settings: BaseSettings,
  wanted: readonly string[],
  { platform, locked }: PlanOptions,
): Promise<Composition> {
  const source = alpineSource(settings, platform);
  const options = { mtime, world: wanted, ignoreScripts: settings.alpine.ignoreScripts };
  if (!locked)
    return composeAlpine(ctx, resolveAlpine(await openAlpineIndex(ctx, source), wanted), source, options);
  try {
    return await composeAlpine(ctx, locked.packages, source, options);
  } catch (error) {
    throw goneFromRepository(error);
  }
}

const bundle = 'etc/ssl/certs/ca-certificates.crt';
const largestBundle = 16 * 1024 * 1024;

/** The bundle with what the user adds; a new one where no package brings any. */
async function withAuthorities(
  entries: readonly Entry[],
  extraCa: readonly string[],
): Promise<readonly Entry[]> {
  if (extraCa.length === 0) return entries;
  const tree = new Map(entries.map((entry) => [entry.path, entry]));
  const found = resolvePath(tree, bundle);
  const before = (found && (await contentOf(found.entry, largestBundle)))?.toString('latin1') ?? '';
  const text = [before.trimEnd(), ...extraCa.map((pem) => pem.trim())].filter(Boolean).join('\n');
  const path = found?.path ?? bundle;
  tree.set(path, fileEntry(path, `${text}\n`, mtime));
  return withDirectories([...tree.values()], mtime).sort((one, other) => compareNames(one.path, other.path));
}

/** A pinned package that no repository has any more: they keep only the newest of each. */
function goneFromRepository(error: unknown): unknown {
  if (!isToolError(error, 'NOT_FOUND')) return error;
  return new ToolError('NOT_FOUND', `a package that was pinned is not to be had any more: ${error.message}`, {
    hint: 'Take what is there now with coracle lock --update, or name a repository that keeps it (alpine.repositories).',
    cause: error,
  });
}
