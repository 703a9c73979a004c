/**
 * bases/distribution/ makes whole small distributions, as images in the store: Debian's minimal system, laid out from verified packages,
 * whose maintainer scripts run in the sandbox; any image made slim; and what stands for an image with the Go toolchain. It must not know
 * flags, YAML, or what the images are used for.
 */
import { createHash } from 'node:crypto';
import path from 'node:path';
import { mapLimit } from '../../core/concurrency.ts';
import type { Ctx } from '../../core/ctx.ts';
import { withLock } from '../../core/lock.ts';
import { openPackage } from '../../base/debian/kept-debs.ts';
import type { PinnedKey } from '../../base/debian/keys.ts';
import { applyLayer } from '../../layer/apply.ts';
import { buildLayer } from '../../layer/build-layer.ts';
import type { BuiltLayer } from '../../layer/build-layer.ts';
import type { Entry } from '../../layer/entry.ts';
import { treeEntries } from '../../layer/tree.ts';
import { formatPlatform } from '../../oci/platform.ts';
import type { Platform } from '../../oci/types.ts';
import { defaultPath } from '../../solve/exec/environment.ts';
import type { Store } from '../../store/store.ts';
import type { BaseImage, BaseSettings, LockedBase, OmittedKind } from '../types.ts';
import { aptSources } from './apt-sources.ts';
import { clean } from './clean.ts';
import { dateOf, keepImage, keptImage } from './image.ts';
import { layOut } from './lay-out.ts';
import { inGoes } from './order.ts';
import { giveOwners } from './owners.ts';
import { choosePackages } from './packages.ts';
import type { Chosen } from './packages.ts';
import { runScripts } from './run-scripts.ts';
import { makeSlim, slimRevision } from '../slim.ts';
import { setuidFiles } from './setuid.ts';
import { step } from './steps.ts';

export interface DistributionOptions {
  readonly platform: Platform;
  readonly locked?: LockedBase;
  /** Besides the minimal system and `settings.packages`. */
  readonly packages?: readonly string[];
  /** Who may sign the archive, in place of Debian. */
  readonly keys?: readonly PinnedKey[];
  readonly sandbox?: 'auto' | 'builtin' | 'runc' | 'chroot';
}

/** Raised when the same packages and settings give other bytes than before. */
const revision = 1;

/** Packages opened at once. */
const lanes = 4;

/**
 * Debian's minimal system ("minbase") and the packages that are asked for, as an image of one layer. The same packages and settings give the
 * same bytes. Wants to be root, of the machine or of a user namespace.
 * @throws ToolError BASE_SCRIPT_FAILED, SANDBOX_UNAVAILABLE, TOOL_MISSING, PACKAGE_UNRESOLVABLE, and what fetching packages gives
 */
export async function distributionBase(
  ctx: Ctx,
  store: Store,
  settings: BaseSettings,
  options: DistributionOptions,
): Promise<BaseImage> {
  const chosen = await choose(ctx, settings, options);
  const key = keyOf(settings, chosen, options.platform);
  const kept = await keptImage(store, key);
  if (kept) return kept;
  // Another process may be at it: waiting is faster than doing it twice.
  const lock = path.join(store.root, 'locks', `distribution-${key}`);
  return withLock(
    ctx,
    lock,
    async () => (await keptImage(store, key)) ?? make(ctx, store, settings, chosen, { ...options, key }),
  );
}

async function make(
  ctx: Ctx,
  store: Store,
  settings: BaseSettings,
  chosen: Chosen,
  { key, ...options }: DistributionOptions & { readonly key: string },
): Promise<BaseImage> {
  const { platform } = options;
  const made = await distributionTree(ctx, store, settings, chosen, options);
  const layer = await writeLayer(ctx, store, made);
  return keepImage(ctx, store, {
    made: {
      name: settings.name,
      key,
      locked: chosen.locked,
      generated: [],
      omitted: made.omitted,
      reasons: [],
      setuid: setuidFiles(made.tree),
    },
    layers: [layer],
    history: [{ created: dateOf(made.epoch), created_by: `coracle base build ${settings.name}` }],
    config: {
      created: dateOf(made.epoch),
      architecture: platform.architecture,
      os: platform.os,
      ...(platform.variant !== undefined && { variant: platform.variant }),
      config: { Env: [`PATH=${defaultPath}`], Cmd: ['bash'] },
    },
  });
}

/** The packages of a distribution; see packages.ts. */
async function choose(
  ctx: Ctx,
  settings: BaseSettings,
  { platform, locked, packages = [], keys }: DistributionOptions,
): Promise<Chosen> {
  return choosePackages(ctx, settings, {
    platform,
    locked,
    packages: [...new Set([...settings.packages, ...packages])],
    keys,
  });
}

function keyOf({ name, slim, omit }: BaseSettings, { locked, source }: Chosen, platform: Platform): string {
  const packages = locked.packages.map((one) => `${one.name} ${one.version} ${one.sha256}`).sort();
  return sha256(
    JSON.stringify([
      revision,
      ...(slim || omit.length > 0 ? [slimRevision] : []),
      name,
      formatPlatform(platform),
      slim,
      omit,
      source.release,
      source.mirrors,
      source.snapshot,
      source.components,
      packages,
    ]),
  );
}

interface DistributionTree {
  readonly tree: Map<string, Entry>;
  /** Seconds since the epoch; see lay-out.ts. */
  readonly epoch: number;
  readonly omitted: readonly OmittedKind[];
}

/** The files of a distribution: its packages, what their scripts made of them, and the traces of that taken away. */
async function distributionTree(
  ctx: Ctx,
  store: Store,
  settings: BaseSettings,
  { source, packages }: Chosen,
  { platform, sandbox = 'auto' }: DistributionOptions,
): Promise<DistributionTree> {
  const opened = await step(
    ctx,
    'distribution unpack',
    `unpacking ${packages.length} packages`,
    async (id) => {
      let done = 0;
      return mapLimit(packages, lanes, async (record) => {
        const one = await openPackage(ctx, record, source);
        done++;
        ctx.emit({ kind: 'progress', id, done, total: packages.length, unit: 'items' });
        return one;
      });
    },
  );
  const laidOut = await layOut(opened, source.architecture);
  const { tree, epoch } = laidOut;
  const changes = await step(ctx, 'distribution scripts', 'running maintainer scripts', async (id) =>
    runScripts(ctx, store, {
      ...{ laidOut, platform, sandbox, id },
      goes: inGoes(opened),
      architecture: source.architecture,
    }),
  );
  await applyLayer(tree, changes);
  await giveOwners(tree);
  await clean(tree, epoch);
  const list = aptSources(source, tree, epoch);
  tree.set(list.path, list);
  return { tree, epoch, omitted: makeSlim(tree, settings) };
}

async function writeLayer(ctx: Ctx, store: Store, { tree }: DistributionTree): Promise<BuiltLayer> {
  return step(ctx, 'distribution layer', 'writing the layer', async () =>
    buildLayer(treeEntries(tree), { compression: { kind: 'gzip' }, mediaTypeFamily: 'oci' }, store.blobs),
  );
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
