import { promises as fs } from 'node:fs';
import { tmpdir } from 'node:os';
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

/** `/run/user/UID/coracle` where there is one, else a directory of /tmp that must be ours alone. */
async function ownPlace(ctx: Ctx): Promise<string> {
  const uid = process.getuid?.() ?? 0;
  const candidates = [ctx.env['XDG_RUNTIME_DIR'], ctx.env['TMPDIR'], '/tmp', tmpdir()];
  const parent = candidates.find((place) => place !== undefined && /^\/[\w./-]{1,20}$/.test(place)) ?? '/tmp';
  const place = path.join(parent, `coracle-${uid}`);
  try {
    await fs.mkdir(place, { mode: 0o700 });
  } catch (error) {
    if (systemCode(error) !== 'EEXIST') throw unusable(place, error);
  }
  const stat = await fs.lstat(place);
  if (!stat.isDirectory() || stat.uid !== uid || (stat.mode & 0o077) !== 0) throw unusable(place);
  return place;
}

function unusable(place: string, cause?: unknown): ToolError {
  return new ToolError('FILE_UNWRITABLE', `${place} cannot be used for the sockets of ssh connections`, {
    cause,
    hint: `It must be a directory that only you may enter: remove it, or name another place by TMPDIR.`,
  });
}
