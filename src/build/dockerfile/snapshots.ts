import type { Ctx } from '../../core/ctx.ts';
import type { Snapshots } from '../../snapshot/types.ts';
import type { Store } from '../../store/store.ts';
import type { BuildRequest } from '../types.ts';

/** The snapshots of this build; where nothing may be mounted, roots are copied. */
export async function snapshotsOf(ctx: Ctx, store: Store, request: BuildRequest): Promise<Snapshots> {
  const [{ createSnapshots }, { idMode }] = await Promise.all([
    import('../../snapshot/snapshots.ts'),
    import('../../sandbox/userns.ts'),
  ]);
  return createSnapshots(ctx, store, {
    // A build that runs nothing unpacks nothing either: an ordinary user needs no ids for it.
    idMode: process.geteuid?.() === 0 ? await idMode() : 'single',
    keepTimes: request.dockerfile.keepTimestamps,
    overlay: request.dockerfile.sandbox === 'chroot' ? 'never' : 'auto',
  });
}
