import { promises as fs } from 'node:fs';
import path from 'node:path';
import { ToolError } from '../core/errors.ts';
import type { Mount } from '../sandbox/types.ts';
import type { LayerId, Snapshots } from '../snapshot/types.ts';
import { showLayers } from '../solve/exec/mount-bind.ts';
import type { ReadyMount } from '../solve/exec/request.ts';
import { resolveIn } from '../solve/exec/resolve.ts';

/**
 * Docker's form of `-v` for what lies on this machine: `HOST:CONTAINER`, with `:ro` behind it read-only.
 * @throws ToolError USAGE for volumes by name, which Coracle does not keep; NOT_FOUND when there is nothing to mount
 */
export async function bindVolume(text: string, cwd: string): Promise<Mount> {
  const [source = '', target = '', options = '', ...more] = text.split(':');
  if (!target.startsWith('/') || more.length > 0) {
    throw new ToolError('USAGE', `-v: ${JSON.stringify(text)} is not HOST:CONTAINER[:ro]`, {
      hint: 'CONTAINER is an absolute path, as in -v ./data:/data.',
    });
  }
  if (!/^(?:\/|\.\.?(?:\/|$))/.test(source)) {
    throw new ToolError(
      'USAGE',
      `-v: ${JSON.stringify(source)} is the name of a volume, and Coracle keeps none`,
      {
        hint: `Name a directory: -v ./${source}:${target}`,
      },
    );
  }
  const file = path.resolve(cwd, source);
  const found = await fs.stat(file).catch(() => undefined);
  if (!found) {
    throw new ToolError('NOT_FOUND', `-v: there is no ${file} to mount`, {
      hint: `Make it first: mkdir -p ${file}`,
    });
  }
  return { kind: 'bind', source: file, target, readOnly: isReadOnly(options, text), recursive: true };
}

/** Labels for SELinux and ways to propagate mounts say nothing that matters here. */
const harmless = /^(?:rw|z|Z|U|[rs]?(?:private|shared|slave)|r?bind|cached|delegated|consistent|nocopy)$/;

function isReadOnly(options: string, text: string): boolean {
  const words = options.split(',').filter((word) => word !== '');
  const unknown = words.find((word) => word !== 'ro' && !harmless.test(word));
  if (unknown === undefined) return words.includes('ro');
  throw new ToolError('USAGE', `-v: ${text} ends in ${JSON.stringify(unknown)}, which is no option`, {
    hint: 'It is ro, rw, or nothing.',
  });
}

/**
 * The image's own VOLUMEs. What is written there is thrown away as all else is; they matter when the root may not be written to.
 */
export async function imageVolumes(
  {
    snapshots,
    image,
  }: { readonly snapshots: Snapshots; readonly image: { readonly layers: readonly LayerId[] } },
  targets: readonly string[],
  readOnlyRoot: boolean,
): Promise<{ readonly mounts: readonly Mount[]; release(): Promise<void> }> {
  const ready: ReadyMount[] = [];
  const release = async (): Promise<void> => {
    for (const mount of ready) await mount.release?.();
  };
  if (!readOnlyRoot) return { mounts: [], release };
  try {
    const tree = await snapshots.tree(image.layers);
    for (const target of targets) {
      const { path: inside, entry } = await resolveIn(tree, target);
      ready.push(
        entry
          ? await showLayers({ snapshots, overlay: true }, image.layers, inside, { target, readOnly: false })
          : { mounts: [{ kind: 'tmpfs', target, mode: 0o755 }] },
      );
    }
  } catch (error) {
    await release();
    throw error;
  }
  return { mounts: ready.flatMap(({ mounts }) => mounts), release };
}
