import { promises as fs } from 'node:fs';
import type { Ctx } from '../../core/ctx.ts';
import { statKey } from '../../core/files.ts';
import { markBeginning } from '../../golang/inputs-recorder.ts';
import type { Store } from '../../store/store.ts';

/** What a file held when it was read, and the metadata that tells that it was not written since. */
interface Known {
  readonly stat: string;
  readonly digest: string;
}

const bucket = 'file-digest';

/** SHA-256 in hex of a file that was read before and did not change since; without reading it. */
export async function digestOfUnchanged(store: Store, file: string): Promise<string | undefined> {
  const stat = await metadata(file);
  if (!stat) return undefined;
  const known = await store.cache.get<Known>(bucket, stat.key).catch(() => undefined);
  return known?.stat === stat.whole ? known.digest : undefined;
}

/**
 * Takes note of a file before it is read. @returns what is told the digest afterwards, to remember it; it does not when the file changed
 * meanwhile, or shortly before, when its time stamps prove nothing
 */
export async function digestRecorder(
  ctx: Ctx,
  store: Store,
  file: string,
): Promise<(digest: string) => Promise<void>> {
  const before = await metadata(file);
  const began = await markBeginning(ctx).catch(() => undefined);
  return async (digest) => {
    const after = await metadata(file);
    if (!before || !after || began === undefined) return;
    if (after.whole !== before.whole || after.changed >= began) return;
    const known: Known = { stat: after.whole, digest };
    // What cannot be remembered is read again.
    await store.cache.set(bucket, after.key, known).catch(() => undefined);
  };
}

async function metadata(file: string): Promise<{ key: string; whole: string; changed: bigint } | undefined> {
  const stat = await fs.stat(file, { bigint: true }).catch(() => undefined);
  return stat && { key: `${stat.dev}-${stat.ino}`, whole: statKey(stat), changed: stat.ctimeNs };
}
