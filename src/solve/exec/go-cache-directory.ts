/** One of Go's caches as it is kept: its files, and marks that say which steps have put theirs there. */
import { promises as fs } from 'node:fs';
import path from 'node:path';
import { writeFileAtomic } from '../../core/files.ts';
import type { Mount } from '../../sandbox/types.ts';
import type { Tree, WritableRoot } from '../../snapshot/types.ts';
import { holdCache } from './cache-slots.ts';
import type { GoCacheName } from './go-cache-scope.ts';
import { refused } from './go-cache-seen.ts';
import { cacheMountsOf, type CacheRecord } from './mount-cache.ts';
import type { MountRequest, ReadyMount } from './request.ts';
import { resolveIn } from './resolve.ts';
import type { ProcessUser } from './user.ts';

export interface GoCacheDirectory extends ReadyMount {
  /** Has the step of this name put its share here? */
  has(share: string): Promise<boolean>;
  add(share: string): Promise<void>;
  release(): Promise<void>;
}

interface Wanted {
  /** GOMODCACHE or GOCACHE, for those who list caches. */
  readonly what: string;
  /** Of the directory; see go-cache-scope.ts. */
  readonly name: GoCacheName;
  /** Absolute, inside. */
  readonly target: string;
  readonly user: ProcessUser;
  readonly root: WritableRoot;
  /** What the step runs on. */
  readonly tree: Tree;
}

/**
 * Where the tree holds nothing at the place, the directory itself is mounted: Go's caches may be used by many at once. Otherwise what is
 * there shows through, and one step after the other has it, as overlayfs shares no place to write to.
 * @throws what `isRefused` knows
 */
export async function goCacheDirectory(
  { ctx, services, say }: Pick<MountRequest, 'ctx' | 'services' | 'say'>,
  { what, name, target, user, root, tree }: Wanted,
): Promise<GoCacheDirectory> {
  const place = await resolveIn(tree, target);
  const covers = place.entry !== undefined && (await tree.list(place.path)).length > 0;
  if (covers && root.kind !== 'overlay')
    throw refused(`there is something at ${target}, and no overlayfs to show it`);
  const scope = services.cacheScope ?? 'shared';
  const cache = path.join(cacheMountsOf(ctx.home, scope), covers ? `${name.here}-over` : name.here);
  const held = await holdCache(
    ctx,
    cache,
    covers ? 'locked' : 'shared',
    async (directory) => {
      const record = JSON.stringify({ id: what, scope } satisfies CacheRecord);
      await writeFileAtomic(path.join(cache, 'record.json'), record, { sync: false });
      if (!covers) await services.travel?.restore(name.anywhere, directory);
      for (const part of ['files', 'work', 'done'])
        await fs.mkdir(path.join(directory, part), { recursive: true });
      if (!covers) await fs.chown(path.join(directory, 'files'), user.uid, user.gid);
    },
    () => say(`waiting for ${what}, which another step has\n`),
  );
  if (!covers) services.travel?.used(name.anywhere, what, held.directory);
  const files = path.join(held.directory, 'files');
  const mark = (share: string): string => path.join(held.directory, 'done', share);
  return {
    ...show(root, files, path.join(held.directory, 'work'), target, covers, user),
    has: async (share) =>
      fs.access(mark(share)).then(
        () => true,
        () => false,
      ),
    add: async (share) => fs.writeFile(mark(share), ''),
    release: async () => {
      const now = ctx.now();
      await fs.utimes(path.join(cache, 'record.json'), now, now).catch(() => undefined); // pruning looks at it
      await held.release();
    },
  };
}

function show(
  root: WritableRoot,
  files: string,
  work: string,
  target: string,
  covers: boolean,
  { uid, gid }: ProcessUser,
): Pick<ReadyMount, 'mounts' | 'again'> {
  if (covers && root.kind === 'overlay') {
    const mount: Mount = { kind: 'overlay', lower: root.lower, upper: files, work, path: target, target };
    return { mounts: [mount] };
  }
  return {
    mounts: [{ kind: 'bind', source: files, target, readOnly: false, madeFor: { uid, gid } }],
    again: { type: 'directory', target, directory: files, readOnly: false },
  };
}
