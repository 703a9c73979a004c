import { createHash } from 'node:crypto';
import { formatPlatform } from '../../oci/platform.ts';
import type { ExecMount, ExecOp, Snapshot } from '../graph.ts';
import type { KeyParts } from '../solver.ts';
import { assignment } from './environment.ts';
import { layersOf } from './request.ts';
import type { Subtree } from './subtree.ts';

/** The version of what a step sees beyond its op: raise it when the same key would give another layer. */
const format = '1';

/**
 * All that the layer of a step depends on, under names for people. Of what is mounted only the part that is shown counts; of secrets and
 * agents that they are asked for, never what they are.
 */
export async function execKey(
  op: ExecOp,
  inputs: readonly Snapshot[],
  subtree: (input: number, source: string) => Promise<Subtree>,
): Promise<KeyParts> {
  const variables = op.env.map((text) => {
    const [name, value] = assignment(text);
    return [`variable ${name}`, digest(value)] as const;
  });
  const mounts = await Promise.all(op.mounts.map(async (mount) => mountParts(mount, inputs, subtree)));
  return {
    format,
    'the files beneath': digest(layersOf(inputs[0])),
    'the command': digest(op.argv),
    ...Object.fromEntries(variables),
    'the user': op.user,
    'the directory': op.cwd,
    'the network': JSON.stringify([op.network, op.hostname, op.addHosts]),
    'the security mode': op.privileged ? 'insecure' : 'sandbox',
    'the limits': JSON.stringify([op.shmSize ?? null, op.ulimits]),
    'the platform': formatPlatform(op.platform),
    // Where one mount hides another, the order counts.
    'the order of the mounts': JSON.stringify(op.mounts.map((mount) => placeOf(mount))),
    ...Object.fromEntries(mounts.flat()),
    // Its layer lacks what it put there.
    ...(op.goCache?.takes && { 'the Go cache': JSON.stringify(op.goCache.places.unseen) }),
  };
}

async function mountParts(
  mount: ExecMount,
  inputs: readonly Snapshot[],
  subtree: (input: number, source: string) => Promise<Subtree>,
): Promise<(readonly [string, string])[]> {
  const { input, ...options } = 'input' in mount ? mount : { ...mount, input: undefined };
  const place = placeOf(mount);
  const parts: (readonly [string, string])[] = [[`the mount ${place}`, JSON.stringify(options)]];
  if (input === undefined || !('source' in mount)) return parts;
  const shown = isRoot(mount.source) && !inputs[input]?.tree;
  const content = shown ? digest(layersOf(inputs[input])) : (await subtree(input, mount.source)).digest;
  return [...parts, [`the files mounted at ${place}`, content]];
}

/** All of a stack of layers: their names say what they hold, and nothing has to be listed. */
function isRoot(source: string): boolean {
  return source.split('/').every((part) => part === '' || part === '.');
}

function placeOf(mount: ExecMount): string {
  return mount.target ?? (mount.type === 'secret' ? `secret ${mount.id}` : '');
}

function digest(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex');
}
