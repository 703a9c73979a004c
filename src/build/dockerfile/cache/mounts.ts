import { promises as fs } from 'node:fs';
import type { Ctx } from '../../../core/ctx.ts';
import { isToolError, messageOf, systemCode } from '../../../core/errors.ts';
import { removeDeep } from '../../../core/remove.ts';
import type { CacheTravel } from '../../../solve/exec/request.ts';
import type { Store } from '../../../store/store.ts';
import { step } from '../../times.ts';
import type { ImportedMount, Imports } from './import.ts';
import { cacheTypes } from './records.ts';
import type { MountRecord } from './records.ts';

/** `--cache-mounts`: what cache mounts hold comes before the first step that mounts them, and goes on when all is built. */
export interface TravellingMounts extends CacheTravel {
  /** Packs what this build's steps used. */
  pack(): Promise<MountRecord[]>;
  /**
   * What came along and was not used, as its steps were cached.
   * @param packed what was used
   * @param mentioned ids of cache mounts in the Dockerfile; of others nothing is kept
   */
  unused(packed: readonly MountRecord[], mentioned: ReadonlySet<string>): Promise<ImportedMount[]>;
}

/** Caches of one id that a cache keeps: other platforms, other bases; the used ones first. */
const mostOfOneId = 4;

/** Times that a cache is packed when somebody else writes to it meanwhile. */
const attempts = 3;

export function travellingMounts(ctx: Ctx, store: Store, imports: Imports | undefined): TravellingMounts {
  const used = new Map<string, { readonly id: string; readonly directory: string }>();
  return {
    used: (name, id, directory) => {
      if (!used.has(name)) used.set(name, { id, directory });
    },
    restore: async (name, directory) => {
      const found = (await imports?.mounts())?.find(({ record }) => record.name === name);
      if (!found) return false;
      try {
        await found.fetch();
        await step(ctx, `restore cache mount ${found.record.id}`, async () =>
          unpackOver(store, found.record, directory, ctx.signal),
        );
        return true;
      } catch (error) {
        if (ctx.signal.aborted || !(isToolError(error) || systemCode(error) !== undefined)) throw error;
        const message = `the cache mount ${found.record.id} begins empty: ${messageOf(error)}`;
        ctx.emit({ kind: 'warning', message });
        return false;
      }
    },
    pack: async () => {
      const packed: MountRecord[] = [];
      for (const [name, { id, directory }] of used) {
        const record = await step(ctx, `pack cache mount ${id}`, async () =>
          pack(ctx, store, { name, id, directory }),
        );
        if (record) packed.push(record);
      }
      return packed;
    },
    unused: async (packed, mentioned) => {
      const kept: ImportedMount[] = [];
      for (const mount of (await imports?.mounts()) ?? []) {
        const { name, id } = mount.record;
        const same = [...packed, ...kept.map(({ record }) => record)].filter((one) => one.id === id);
        if (!used.has(name) && mentioned.has(id) && same.length < mostOfOneId) kept.push(mount);
      }
      return kept;
    },
  };
}

async function pack(
  ctx: Ctx,
  store: Store,
  { name, id, directory }: { readonly name: string; readonly id: string; readonly directory: string },
): Promise<MountRecord | undefined> {
  const [{ packDirectory }, { idMode }] = await Promise.all([
    import('../../../snapshot/packed-directory.ts'),
    import('../../../sandbox/userns.ts'),
  ]);
  for (let attempt = 1; ; attempt++) {
    try {
      const { digest, size } = await packDirectory(directory, await idMode(), store.blobs, ctx.signal);
      return { name, id, blob: { mediaType: cacheTypes.mount, digest, size } };
    } catch (error) {
      if (ctx.signal.aborted || attempt < attempts) {
        ctx.signal.throwIfAborted();
        continue;
      }
      ctx.emit({ kind: 'warning', message: `the cache mount ${id} does not travel: ${messageOf(error)}` });
      return undefined;
    }
  }
}

/** `directory` is there and empty; what is unpacked takes its place when it is whole. */
async function unpackOver(
  store: Store,
  { blob }: MountRecord,
  directory: string,
  signal: AbortSignal,
): Promise<void> {
  const [{ unpackDirectory }, { idMode }] = await Promise.all([
    import('../../../snapshot/packed-directory.ts'),
    import('../../../sandbox/userns.ts'),
  ]);
  const temp = `${directory}-restored`;
  await removeDeep(temp);
  try {
    await unpackDirectory(temp, await idMode(), { blobs: store.blobs, blob }, signal);
    await fs.rename(temp, directory);
  } finally {
    await removeDeep(temp);
  }
}
