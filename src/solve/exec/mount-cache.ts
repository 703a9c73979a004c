import { createHash } from 'node:crypto';
import { promises as fs } from 'node:fs';
import path from 'node:path';
import type { Ctx } from '../../core/ctx.ts';
import { ToolError, systemCode } from '../../core/errors.ts';
import { writeFileAtomic } from '../../core/files.ts';
import { holdCache } from './cache-slots.ts';
import type { MountOf, MountRequest, ReadyMount } from './request.ts';
import { mounted } from './subtree.ts';

/** What a cache mount is, beside its directory, for those who list, export or prune them. */
export interface CacheRecord {
  readonly id: string;
  readonly scope: string;
}

/** Where caches of a scope are kept; each has a directory there with `record.json`, and `0`, `1` … with what steps wrote. */
export function cacheMountsOf(home: string, scope: string): string {
  return path.join(home, 'store', 'cache-mounts', scope);
}

/** One of two caches of the same id that began with other contents or owners is another cache. */
export function cacheName(mount: MountOf<'cache'>, begins: string | undefined): string {
  const parts = [mount.id, begins ?? null, mount.mode ?? null, mount.uid ?? null, mount.gid ?? null];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32);
}

/** RUN --mount=type=cache: a directory that outlives the step, shared between builds as `sharing` says. */
export async function cacheMount(mount: MountOf<'cache'>, request: MountRequest): Promise<ReadyMount> {
  const { ctx } = request;
  const scope = request.services.cacheScope ?? 'shared';
  const begins = mount.input === undefined ? undefined : await request.subtree(mount.input, mount.source);
  const name = cacheName(mount, begins?.digest);
  const cache = path.join(cacheMountsOf(ctx.home, scope), name);
  const { target, readOnly } = mount;
  const show = (directory: string): Pick<ReadyMount, 'mounts' | 'again'> => ({
    mounts: [{ kind: 'bind', source: directory, target, readOnly }],
    again: { type: 'directory', target, directory, readOnly },
  });
  const ours = request.caches.get(cache);
  if (ours) return show(ours.directory);
  const held = await holdCache(
    ctx,
    cache,
    mount.sharing,
    async (directory) => {
      await writeFileAtomic(
        path.join(cache, 'record.json'),
        JSON.stringify({ id: mount.id, scope } satisfies CacheRecord),
        { sync: false },
      );
      if (await request.services.travel?.restore(name, directory)) return;
      if (begins) {
        const from = await request.snapshots.directory(await begins.layer(request.snapshots));
        await copyTree(ctx, path.join(from, mounted), directory);
      } else await own(directory, mount);
    },
    () => request.say(`waiting for the cache ${mount.id}, which another step has locked\n`),
  );
  request.caches.set(cache, held);
  request.services.travel?.used(name, mount.id, held.directory);
  return {
    ...show(held.directory),
    release: async () => {
      const now = ctx.now();
      await fs.utimes(path.join(cache, 'record.json'), now, now).catch(() => undefined); // pruning looks at it
      await held.release();
    },
  };
}

async function own(directory: string, { mode, uid, gid }: MountOf<'cache'>): Promise<void> {
  await fs.chmod(directory, mode ?? 0o755);
  if (uid === undefined && gid === undefined) return;
  await fs.chown(directory, uid ?? 0, gid ?? 0).catch((error: unknown) => {
    // With a single id there is nobody else to own it, and nobody else to run the step.
    if (systemCode(error) !== 'EINVAL') throw error;
  });
}

/** With owners, modes, times, links and attributes: what `cp` knows and Node does not. */
async function copyTree(ctx: Ctx, from: string, to: string): Promise<void> {
  const { code, stderr } = await ctx.exec({ argv: ['cp', '-a', '--', `${from}/.`, to], env: ctx.env });
  if (code !== 0) {
    throw new ToolError('COMMAND_FAILED', 'cp could not copy what a cache mount begins with', {
      detail: stderr,
      hint: 'Is the disk full? Remove the from= of the mount to begin with an empty cache.',
    });
  }
}
