import { randomBytes } from 'node:crypto';
import { promises as fs } from 'node:fs';
import path from 'node:path';
import type { Ctx } from '../core/ctx.ts';
import { ToolError } from '../core/errors.ts';
import { removeTree } from '../core/temp.ts';
import { copyBack, copyIn, listTree } from './chroot-copy.ts';
import { makeDevices } from './chroot-devices.ts';
import { resolveInside } from './init/targets.ts';
import { isWhereItWas, placeIn, type Placed } from './place.ts';
import type { Mount } from './types.ts';

/** What stands in a directory in place of mounts. */
export interface Emulated {
  /** Files that must not stay whatever happens. */
  readonly secrets: readonly string[];
  /** Takes everything out again, the last first; writes back what was changed in writable ones. No process is left in the root. */
  undo(): Promise<void>;
}

/** What a step writes there is no part of the image. */
const sharedMemory: Mount = { kind: 'tmpfs', target: '/dev/shm', mode: 0o1777 };

/**
 * Puts what would be mounted into a directory: what it hides is set aside.
 * @throws ToolError SANDBOX_FAILED for what only a mount can do
 */
export async function emulateMounts(ctx: Ctx, root: string, mounts: readonly Mount[]): Promise<Emulated> {
  const aside = `${root}.aside-${randomBytes(6).toString('hex')}`;
  const undos: (() => Promise<void>)[] = [async () => removeTree(aside)];
  const secrets: string[] = [];
  const undo = async (): Promise<void> => {
    const failures: unknown[] = [];
    for (const each of undos.splice(0).reverse())
      await each().catch((error: unknown) => failures.push(error));
    if (failures.length > 0) throw failures[0];
  };
  try {
    await fs.mkdir(aside, { mode: 0o700 });
    for (const place of ['/proc', '/sys', '/dev']) {
      const placed = await placeIn(root, place, undefined);
      undos.push(async () => placed.undo(async () => undefined));
    }
    undos.push(await makeDevices(path.join(root, resolveInside(root, '/dev').path)));
    for (const [index, mount] of [sharedMemory, ...mounts].entries()) {
      const placed = await placeIn(root, mount.target, path.join(aside, String(index)));
      let empty = async (): Promise<void> => undefined;
      undos.push(async () => placed.undo(empty));
      if (mount.kind === 'file') secrets.push(placed.file);
      empty = await fill(ctx, mount, placed);
      await placed.filled();
    }
    return { secrets, undo };
  } catch (error) {
    await undo().catch(() => undefined);
    throw error;
  }
}

/** Gives what takes the content out again, after it was written back where that is asked for. */
async function fill(ctx: Ctx, mount: Mount, { file }: Placed): Promise<() => Promise<void>> {
  const remove = async (): Promise<void> => {
    if (await isWhereItWas(file)) await removeTree(file);
  };
  switch (mount.kind) {
    case 'tmpfs':
      await fs.mkdir(file);
      await fs.chmod(file, mount.mode ?? 0o1777);
      return remove;
    case 'file':
      await fs.writeFile(file, mount.bytes, { flag: 'wx', mode: 0o600 });
      await fs.chown(file, mount.uid, mount.gid);
      await fs.chmod(file, mount.mode);
      return remove;
    case 'bind': {
      const before = mount.readOnly ? undefined : await listTree(mount.source);
      await copyIn(ctx, mount.source, file);
      return async () => {
        const type = await fs.lstat(file).catch(() => undefined);
        const sound = (await isWhereItWas(file)) && type?.isSymbolicLink() === false;
        if (before && sound) await copyBack(ctx, file, mount.source, before);
        await remove();
      };
    }
    case 'overlay':
    default:
      throw new ToolError('SANDBOX_FAILED', `${mount.target}: layers cannot be mounted in a chroot`, {
        hint: 'This is a bug in Coracle: please report it.',
      });
  }
}
