/**
 * Steps that run the go command are given GOMODCACHE and GOCACHE that are kept between builds. The frontend chose them such that nobody
 * sees that their layers lack these files; what only the trees can tell is checked here. Knows nothing of scripts.
 */
import { createHash } from 'node:crypto';
import type { Mount, Sandbox } from '../../sandbox/types.ts';
import type { Tree, WritableRoot } from '../../snapshot/types.ts';
import type { ExecOp, GoCacheTaken, GoCacheUse, Snapshot, SolvedLayer } from '../graph.ts';
import type { StepHandle } from '../solver.ts';
import { assignment } from './environment.ts';
import type { FailedMount } from './failed.ts';
import { goCacheDirectory, type GoCacheDirectory } from './go-cache-directory.ts';
import { goCachePlaces, goSettings, related } from './go-cache-places.ts';
import { goCacheScopes } from './go-cache-scope.ts';
import { checkLinks, refused } from './go-cache-seen.ts';
import { execKey } from './key.ts';
import { prepareMounts, type ReadyMounts } from './mounts.ts';
import { layersOf, type MountRequest } from './request.ts';
import { perform } from './run-step.ts';
import { findUser, type ProcessUser } from './user.ts';

/** Said once for each stage that has them. */
export const keptBetweenBuilds =
  'GOMODCACHE and GOCACHE are kept between builds (--no-go-cache turns this off)';

/** A step's caches, held until they are released. */
export interface GoCaches {
  readonly mounts: readonly Mount[];
  /** For a shell in the tree of a step that failed. */
  readonly again: readonly FailedMount[];
  /** To be called when the step has succeeded. @returns what is to be known of its layer */
  done(): Promise<Pick<SolvedLayer, 'goCache'>>;
  release(): Promise<void>;
}

export interface GoCacheRequest extends Omit<MountRequest, 'overlay' | 'subtree'> {
  readonly op: ExecOp;
  readonly sandbox: Sandbox;
  readonly user: ProcessUser;
  readonly root: WritableRoot;
  readonly part: (op: ExecOp, inputs: readonly Snapshot[]) => MountRequest['subtree'];
  readonly step: StepHandle;
}

/**
 * Makes a step's Go caches ready: whatever of the stage's earlier steps is no longer in them, those steps put there again.
 * @returns undefined for a step that has none
 * @throws what `isRefused` knows, when its tree says that it must not have them; RUN_FAILED of an earlier step
 */
export async function openGoCaches(use: GoCacheUse, request: GoCacheRequest): Promise<GoCaches | undefined> {
  const { snapshots, inputs, op } = request;
  const beneath = layersOf(inputs[0]);
  const tree = await snapshots.tree(beneath);
  await checkLinks(snapshots, beneath, use.places.unseen, tree);
  if (!use.takes) return undefined;
  await checkPlaces(use, request, tree);
  const held = await hold(use, use.takes, request, tree);
  const release = async (): Promise<void> => {
    for (const directory of held.values()) await directory.release();
  };
  const mounts = [...held.values()].flatMap((directory) => [...directory.mounts]);
  if (use.takes.tests && held.has('builds')) mounts.push(expired(use, request));
  try {
    await refill(use.takes, held, mounts, request);
  } catch (error) {
    await release();
    throw error;
  }
  return {
    mounts,
    again: [...held.values()].flatMap((directory) => directory.again ?? []),
    done: async () => {
      const share = await shareOf(op, inputs, request.part);
      for (const [which, directory] of held) if (counts(op, which)) await directory.add(share);
      return { goCache: { unseen: use.places.unseen } };
    },
    release,
  };
}

/** A step's own mounts, and then the caches. */
export function withGoCaches(own: ReadyMounts, { mounts, again }: GoCaches): ReadyMounts {
  return { ...own, mounts: [...own.mounts, ...mounts], again: [...own.again, ...again] };
}

type Which = 'modules' | 'builds';

/** What the frontend took for granted. */
async function checkPlaces(
  { places }: GoCacheUse,
  { op, sandbox, user }: GoCacheRequest,
  tree: Tree,
): Promise<void> {
  if (sandbox.name === 'chroot') throw refused('nothing can be mounted in a chroot');
  const env = new Map(op.env.map(assignment));
  const variable = (name: string): string | undefined => env.get(name);
  const home = variable('HOME') || user.home;
  const settings = await goSettings(tree, variable, home);
  if (!settings) throw refused('there is no Go toolchain where PATH looks for the go command');
  if (settings('GOFLAGS') || settings('GOCACHEPROG'))
    throw refused('the image has settings of the go command (go env -w)');
  const found = goCachePlaces((name) => variable(name) || settings(name), home);
  if (JSON.stringify(found) !== JSON.stringify(places))
    throw refused(
      `in its image GOMODCACHE is ${found?.modules ?? 'off'}, and GOCACHE ${found?.builds ?? 'off'}`,
    );
}

/** Those of a step's caches for which it has no mount of its own. */
async function hold(
  { places }: GoCacheUse,
  takes: GoCacheTaken,
  request: GoCacheRequest,
  tree: Tree,
): Promise<ReadonlyMap<Which, GoCacheDirectory>> {
  const { op, snapshots, inputs, user, root } = request;
  const beneath = inputs[0]?.layers ?? [];
  const scope = { op, taken: takes, user, beneath, subtree: request.part(op, inputs) };
  const scopes = await goCacheScopes(snapshots, scope);
  const held = new Map<Which, GoCacheDirectory>();
  try {
    for (const which of ['modules', 'builds'] as const) {
      if (hasOwn(op, places[which])) continue;
      const what = which === 'modules' ? 'GOMODCACHE' : 'GOCACHE';
      const wanted = { what, name: scopes[which], target: places[which], user, root, tree };
      held.set(which, await goCacheDirectory(request, wanted));
    }
    return held;
  } catch (error) {
    for (const directory of held.values()) await directory.release();
    throw error;
  }
}

function hasOwn({ mounts }: ExecOp, place: string): boolean {
  return mounts.some(({ target }) => target !== undefined && related(target, [place]));
}

/** Does a step's share of the cache matter to later steps? */
function counts(op: ExecOp, which: Which): boolean {
  const use = op.goCache;
  return (
    use?.takes !== undefined && (which === 'modules' || use.takes.compiles) && !hasOwn(op, use.places[which])
  );
}

/** Go's own sign that results of tests from before now do not count (`go clean -testcache` writes it). */
function expired({ places }: GoCacheUse, { ctx, user: { uid, gid } }: GoCacheRequest): Mount {
  const nanoseconds = BigInt(ctx.now().getTime()) * 1_000_000n;
  return {
    kind: 'file',
    target: `${places.builds}/testexpire.txt`,
    bytes: Buffer.from(`${nanoseconds}\n`),
    ...{ mode: 0o644, uid, gid, readOnly: false },
  };
}

/** Runs earlier steps again whose share is gone, each on what it ran on, for what they put into the caches only. */
async function refill(
  { earlier }: GoCacheTaken,
  held: ReadonlyMap<Which, GoCacheDirectory>,
  mounts: readonly Mount[],
  request: GoCacheRequest,
): Promise<void> {
  const beneath = request.inputs[0]?.layers ?? [];
  for (const { op, inputs: numbers, above } of earlier) {
    const own = numbers.flatMap((number) => request.inputs[number] ?? []);
    const inputs = [{ layers: beneath.slice(0, beneath.length - above) }, ...own];
    const share = await shareOf(op, inputs, request.part);
    const gone: GoCacheDirectory[] = [];
    for (const [which, directory] of held)
      if (counts(op, which) && !(await directory.has(share))) gone.push(directory);
    if (gone.length === 0) continue;
    await runAgain({ ...request, op, inputs }, mounts);
    for (const directory of gone) await directory.add(share);
  }
}

/** Names what a step puts into the caches: all that it depends on. */
async function shareOf(
  op: ExecOp,
  inputs: readonly Snapshot[],
  part: GoCacheRequest['part'],
): Promise<string> {
  const key = await execKey(op, inputs, part(op, inputs));
  return createHash('sha256').update(JSON.stringify(key)).digest('hex');
}

/** The root that the step leaves is thrown away. */
async function runAgain(request: GoCacheRequest, caches: readonly Mount[]): Promise<void> {
  const { ctx, snapshots, sandbox, op, inputs, part, step } = request;
  const beneath = layersOf(inputs[0]);
  request.say(`its share of Go's caches is gone, so this runs again first: ${op.argv.at(-1) ?? ''}\n`);
  const user = await findUser(await snapshots.glance(beneath), op.user);
  const root = await snapshots.writable(beneath);
  try {
    const ready = {
      ...request,
      subtree: part(op, inputs),
      overlay: root.kind === 'overlay',
      caches: new Map(),
    };
    const own = await prepareMounts(op.mounts, ready);
    try {
      const mounts = { ...own, mounts: [...own.mounts, ...caches] };
      await perform(ctx, sandbox, { op, beneath, root, user, mounts, step, prepareNext: () => undefined });
    } finally {
      await own.release();
    }
  } finally {
    await root.discard();
  }
}
