import { promises as fs } from 'node:fs';
import path from 'node:path';
import type { Ctx } from '../core/ctx.ts';
import { ToolError, systemCode } from '../core/errors.ts';
import { withTempDir } from '../core/temp.ts';

/**
 * A private directory for sockets. It cannot be below the home, as the path of a socket holds about 104 bytes, of which ssh needs 17 for the name
 * that it binds first. It is removed by `release`, on a signal, or by the next command when this process was killed.
 */
export interface SocketDirectory {
  readonly path: string;
  release(): Promise<void>;
}

/** @throws ToolError FILE_UNWRITABLE when somebody else holds the place */
export async function socketDirectory(ctx: Ctx): Promise<SocketDirectory> {
  const home = await ownPlace(ctx);
  let release = (): void => undefined;
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  return new Promise((resolve, reject) => {
    const removed = withTempDir({ ...ctx, home }, async (directory) => {
      const done = async (): Promise<void> => {
        release();
        await removed;
      };
      resolve({ path: directory, release: done });
      await released;
    });
    removed.catch(reject);
  });
}

/** A directory of our own in the first of these places that lets us have one, and whose name is short and plain enough for ssh. */
async function ownPlace(ctx: Ctx): Promise<string> {
  const uid = process.getuid?.() ?? 0;
  const parents = [ctx.env['XDG_RUNTIME_DIR'], ctx.env['TMPDIR'], '/tmp'];
  let refused: unknown;
  for (const parent of parents) {
    if (parent === undefined || !/^\/[\w./-]{1,20}$/.test(parent)) continue;
    const place = path.join(parent, `coracle-${uid}`);
    try {
      await makeOwn(place, uid);
      return place;
    } catch (error) {
      refused = error;
    }
  }
  throw refused;
}

async function makeOwn(place: string, uid: number): Promise<void> {
  try {
    await fs.mkdir(place, { mode: 0o700 });
  } catch (error) {
    if (systemCode(error) !== 'EEXIST') throw unusable(place, error);
  }
  // Somebody else may have been first, where everybody may write.
  const stat = await fs.lstat(place);
  if (!stat.isDirectory() || stat.uid !== uid || (stat.mode & 0o077) !== 0) throw unusable(place);
}

function unusable(place: string, cause?: unknown): ToolError {
  return new ToolError('FILE_UNWRITABLE', `${place} cannot be used for the sockets of ssh connections`, {
    cause,
    hint: `It must be a directory that only you may enter: remove it, or name another place by TMPDIR.`,
  });
}
