/** What would show that a tree lacks the files of Go's caches: then the build begins again without them. */
import path from 'node:path';
import { ToolError } from '../../core/errors.ts';
import type { LayerIndex } from '../../layer/layer-index.ts';
import type { LayerId, Snapshots, Tree } from '../../snapshot/types.ts';
import type { ExecOp, Snapshot, SolvedLayer } from '../graph.ts';
import { related } from './go-cache-places.ts';
import { layersOf } from './request.ts';
import { resolveIn } from './resolve.ts';

const refusal = Symbol('Go caches refused');

/** To be thrown where a step or a copy turns out to see the caches. Never reaches people as an error. */
export function refused(why: string): ToolError {
  return new ToolError('INTERRUPTED', why, { cause: refusal });
}

export function isRefused(error: unknown): error is ToolError {
  return error instanceof ToolError && error.cause === refusal;
}

/** Paths at which a snapshot is not what it would be; empty for all that has nothing to do with Go's caches. */
export function unseenIn(layers: readonly SolvedLayer[]): string[] {
  return [...new Set(layers.flatMap(({ goCache }) => goCache?.unseen ?? []))];
}

/**
 * Checks what is copied or mounted from a stage.
 * @param sources paths from its root on, or patterns
 * @throws what `isRefused` knows
 */
export async function checkTaken(
  snapshots: Snapshots,
  { layers }: Snapshot,
  sources: readonly string[],
): Promise<void> {
  const unseen = unseenIn(layers);
  if (unseen.length === 0) return;
  const seen = sources.find((source) => mayReach(path.posix.join('/', source), unseen));
  if (seen !== undefined) throw refused(`${seen} of a stage is taken`);
  const ids = layersOf({ layers });
  await checkLinks(snapshots, ids, unseen, await snapshots.tree(ids));
}

/** As `checkTaken`, for the mounts of a step. */
export async function checkMounted(
  snapshots: Snapshots,
  { mounts }: ExecOp,
  inputs: readonly Snapshot[],
): Promise<void> {
  for (const mount of mounts) {
    if (!('source' in mount) || mount.input === undefined) continue;
    const input = inputs[mount.input];
    if (input) await checkTaken(snapshots, input, [mount.source]);
  }
}

/** May a path, or what a pattern matches, show one of the places? Both absolute. */
export function mayReach(pattern: string, places: readonly string[]): boolean {
  const parts = pattern.split('/');
  const special = parts.findIndex((part) => /[*?[\\{]/.test(part));
  const literal = path.posix.normalize((special < 0 ? parts : parts.slice(0, special)).join('/') || '/');
  return related(literal === '/' ? '/' : literal.replace(/\/$/, ''), places);
}

/**
 * A link into the caches, or to a directory that holds them, would show them under a name that nobody reads in a Dockerfile.
 * @throws what `isRefused` knows
 */
export async function checkLinks(
  snapshots: Snapshots,
  layers: readonly LayerId[],
  unseen: readonly string[],
  tree: Tree,
): Promise<void> {
  const real = await Promise.all(unseen.map(async (place) => `/${(await resolveIn(tree, place)).path}`));
  const places = [...new Set([...unseen, ...real])];
  for (const id of layers) {
    for (const { from, to } of linksOf(await snapshots.index(id))) {
      const leads = hasInnerParent(to)
        ? `/${(await resolveIn(tree, path.posix.isAbsolute(to) ? to : `${path.posix.dirname(from)}/${to}`)).path}`
        : path.posix.resolve(path.posix.dirname(from), to);
      if (related(leads, places)) throw refused(`the link ${from} leads to ${leads}`);
    }
  }
}

interface Link {
  readonly from: string;
  readonly to: string;
}

/** Layers are asked again and again in one build. */
const known = new WeakMap<LayerIndex, readonly Link[]>();

function linksOf(index: LayerIndex): readonly Link[] {
  const before = known.get(index);
  if (before) return before;
  const links = index.flatMap(({ path: name, type, linkName }) =>
    type === 'symlink' && linkName !== undefined ? [{ from: `/${name}`, to: linkName }] : [],
  );
  known.set(index, links);
  return links;
}

/** `a/../b`: where that leads depends on where `a` does. Without it, each link can be judged by its own text, as all are. */
function hasInnerParent(to: string): boolean {
  const parts = to.split('/').filter((part) => part !== '' && part !== '.');
  const first = parts.findIndex((part) => part !== '..');
  return first >= 0 && parts.includes('..', first);
}
