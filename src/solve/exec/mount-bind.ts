import path from 'node:path';
import type { Mount, Root } from '../../sandbox/types.ts';
import type { LayerId, WritableRoot } from '../../snapshot/types.ts';
import { layersOf, type MountOf, type MountRequest, type ReadyMount } from './request.ts';
import { resolveIn } from './resolve.ts';
import { mounted, notThere } from './subtree.ts';

/**
 * RUN --mount=type=bind: a part of a stage, an image or a context. What is written goes where it is thrown away.
 * @throws ToolError NOT_FOUND when there is no such part
 */
export async function bindMount(mount: MountOf<'bind'>, request: MountRequest): Promise<ReadyMount> {
  const [layers, inside] = await shownBy(mount, request);
  const { target, readOnly } = mount;
  const ready = await showLayers(request, layers, inside, mount);
  return { ...ready, again: { type: 'layers', target, layers, path: inside, readOnly } };
}

/** Layers, and the path below them that is shown; no links in it. */
async function shownBy(
  { input, source }: MountOf<'bind'>,
  request: MountRequest,
): Promise<[readonly LayerId[], string]> {
  const from = request.inputs[input];
  if (from?.tree) {
    const part = await request.subtree(input, source);
    return [[await part.layer(request.snapshots)], mounted];
  }
  const layers = layersOf(from);
  const found = await resolveIn(await request.snapshots.tree(layers), source);
  if (!found.entry) throw notThere(source, request.where);
  return [layers, found.path];
}

/** A stack of layers mounted at a place, from a path below its root on. */
export async function showLayers(
  { snapshots, overlay }: Pick<MountRequest, 'snapshots' | 'overlay'>,
  layers: readonly LayerId[],
  inside: string,
  { target, readOnly }: { readonly target: string; readonly readOnly: boolean },
): Promise<ReadyMount> {
  if (overlay && readOnly && layers.length > 0) {
    const lower = await Promise.all(layers.toReversed().map(async (id) => snapshots.directory(id)));
    return { mounts: [{ kind: 'overlay', lower, path: inside, target }] };
  }
  const root = await snapshots.writable(layers);
  return { mounts: [over(root, inside, target, readOnly)], release: async () => root.discard() };
}

function over(root: WritableRoot, inside: string, target: string, readOnly: boolean): Mount {
  if (root.kind === 'copy')
    return { kind: 'bind', source: path.join(root.directory, inside), target, readOnly };
  const { lower, upper, work } = root;
  return { kind: 'overlay', lower, upper, work, path: inside, target };
}

/** The root file system as the sandbox takes it. */
export function sandboxRoot(root: WritableRoot): Root {
  if (root.kind === 'copy') return { kind: 'directory', directory: root.directory };
  const { kind, lower, upper, work, userxattr } = root;
  return { kind, lower, upper, work, userxattr };
}
