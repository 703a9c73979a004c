/**
 * Trees of steps that failed: what the process left behind, and what it takes to open a shell there. In `<home>/store/failed/<id>/`:
 * `record.json` and `upper` (overlayfs form) or `root` (all of it, where overlayfs is refused).
 */
import { createHash } from 'node:crypto';
import { promises as fs } from 'node:fs';
import path from 'node:path';
import { ToolError } from '../../core/errors.ts';
import { fileError, makeDirectory, readJsonIfSound, tempName, writeFileAtomic } from '../../core/files.ts';
import { removeTree } from '../../core/temp.ts';
import type { Platform } from '../../oci/types.ts';
import type { LayerId, WritableRoot } from '../../snapshot/types.ts';
import type { ProcessUser } from './user.ts';

/** How a step ran; holds nothing secret: neither secrets, nor the variables that are in no key. */
export interface FailedStep {
  /** Beneath what the step wrote, lowest first. */
  readonly layers: readonly LayerId[];
  readonly argv: readonly string[];
  readonly env: readonly string[];
  readonly cwd: string;
  readonly user: ProcessUser;
  readonly hostname: string;
  readonly network: 'host' | 'none';
  readonly addHosts: readonly { readonly name: string; readonly address: string }[];
  readonly privileged: boolean;
  readonly platform: Platform;
  readonly mounts: readonly FailedMount[];
  /** Mounts that cannot be had again: secrets and agents. */
  readonly missing: readonly string[];
  readonly code: number;
}

/** What a mount of the step comes down to when the step is over. */
export type FailedMount =
  | {
      readonly type: 'layers';
      readonly target: string;
      readonly layers: readonly LayerId[];
      readonly path: string;
      readonly readOnly: boolean;
    }
  | {
      readonly type: 'directory';
      readonly target: string;
      readonly directory: string;
      readonly readOnly: boolean;
    }
  | { readonly type: 'tmpfs'; readonly target: string; readonly size?: number };

/** A failed step, found again. */
export interface FailedTree {
  readonly step: FailedStep;
  readonly kind: 'upper' | 'root';
  /** Absolute. */
  readonly directory: string;
}

/** Failed trees that stay; older ones go when another step fails. */
const kept = 5;

/**
 * Moves what a failed step wrote to where `openFailed` finds it. The same step failing again takes the place of the one before.
 * @returns its id
 */
export async function keepFailed(home: string, root: WritableRoot, step: FailedStep): Promise<string> {
  const { code: _code, ...identity } = step;
  const id = createHash('sha256').update(JSON.stringify(identity)).digest('hex').slice(0, 12);
  const place = path.join(placeOf(home), id);
  const temp = tempName(place);
  try {
    await makeDirectory(temp);
    if (root.kind === 'overlay') await fs.rename(root.upper, path.join(temp, 'upper'));
    else await fs.rename(root.directory, path.join(temp, 'root'));
    await writeFileAtomic(path.join(temp, 'record.json'), JSON.stringify(step), { sync: false });
    await removeTree(place);
    await fs.rename(temp, place);
  } catch (error) {
    await removeTree(temp);
    throw fileError(error, 'write', place);
  }
  await sweep(home);
  return id;
}

/**
 * The tree of a failed step.
 * @param id as it was told, or its beginning
 * @throws ToolError NOT_FOUND
 */
export async function openFailed(home: string, id: string): Promise<FailedTree> {
  const names = (await listFailed(home)).filter((name) => id !== '' && name.startsWith(id));
  const [name] = names;
  const directory = name === undefined || names.length > 1 ? undefined : path.join(placeOf(home), name);
  const step =
    directory === undefined
      ? undefined
      : await readJsonIfSound<FailedStep>(path.join(directory, 'record.json'));
  if (directory === undefined || !step) {
    throw new ToolError('NOT_FOUND', `there is no failed step ${id}`, {
      hint: `The trees of the last ${kept} are kept. Build again: the error names its id.`,
    });
  }
  const whole = await fs.stat(path.join(directory, 'root')).catch(() => undefined);
  const kind = whole ? 'root' : 'upper';
  return { step, kind, directory: path.join(directory, kind) };
}

/** Ids, newest first. */
async function listFailed(home: string): Promise<string[]> {
  const names = await fs.readdir(placeOf(home)).catch(() => [] as string[]);
  const stats = await Promise.all(
    names
      .filter((name) => /^[0-9a-f]{12}$/.test(name))
      .map(async (name) => {
        const stat = await fs.stat(path.join(placeOf(home), name, 'record.json')).catch(() => undefined);
        return { name, at: stat?.mtimeMs ?? 0 };
      }),
  );
  return stats.toSorted((a, b) => b.at - a.at).map(({ name }) => name);
}

async function sweep(home: string): Promise<void> {
  for (const name of (await listFailed(home)).slice(kept)) {
    await removeTree(path.join(placeOf(home), name)).catch(() => undefined); // the next failure tries again
  }
}

function placeOf(home: string): string {
  return path.join(home, 'store', 'failed');
}
