import type { Ctx } from '../core/ctx.ts';
import type { Sandbox } from '../sandbox/types.ts';
import { idMode } from '../sandbox/userns.ts';
import { createSnapshots } from '../snapshot/snapshots.ts';
import type { Snapshots } from '../snapshot/types.ts';
import type { Store } from '../store/store.ts';

/** The snapshots that a sandbox can run on: where nothing may be mounted, roots are copied. */
export async function openSnapshots(ctx: Ctx, store: Store, sandbox: Sandbox): Promise<Snapshots> {
  const overlay = sandbox.name === 'chroot' ? 'never' : 'auto';
  return createSnapshots(ctx, store, { idMode: await idMode(), overlay });
}
