import type { Ctx } from '../../core/ctx.ts';
import { semaphore } from '../../core/concurrency.ts';
import type { BlobSource } from '../../oci/image.ts';
import type { Descriptor } from '../../oci/types.ts';
import type { Store } from '../../store/store.ts';
import { step } from '../times.ts';

/** Layers that come at once; more only share the line. */
const lanes = semaphore(4);

/** Brings one layer into the store, proven against its digest; shown as a step. */
export async function download(
  ctx: Ctx,
  store: Store,
  source: BlobSource,
  descriptor: Descriptor,
  name: string,
): Promise<void> {
  const { digest, size } = descriptor;
  if ((await store.blobs.has(digest)) === size) return;
  const id = `pull ${name} ${digest.slice(7, 19)}`;
  await lanes.run(async () =>
    step(ctx, id, async () => {
      const counted = async function* (): AsyncGenerator<Uint8Array> {
        let done = 0;
        for await (const chunk of source.open(descriptor)) {
          yield chunk;
          done += chunk.byteLength;
          ctx.emit({ kind: 'progress', id, done, total: size, unit: 'bytes' });
        }
      };
      await store.blobs.put(counted(), { digest, size });
    }),
  );
}
