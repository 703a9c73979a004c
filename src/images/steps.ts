import type { Ctx } from '../core/ctx.ts';
import type { BlobEvent } from '../registry/transfer.ts';

/** Turns what happens to blobs into steps: one each, with its bytes; one that is there already is not worth a line. */
export function blobSteps(ctx: Ctx): (event: BlobEvent) => void {
  return ({ descriptor, state, done }) => {
    const id = `blob ${descriptor.digest}`;
    const name = `${kindOf(descriptor.mediaType)} ${descriptor.digest.slice(7, 19)}`;
    const at = ctx.now().getTime();
    if (state === 'progress') {
      if (done === 0) return;
      ctx.emit({ kind: 'progress', id, done, total: descriptor.size, unit: 'bytes' });
    } else if (state === 'started') ctx.emit({ kind: 'step', id, name, state: 'started', at });
    else if (state === 'copied') ctx.emit({ kind: 'step', id, name, state: 'done', at });
    else
      ctx.emit({
        kind: 'step',
        id,
        name,
        state: 'cached',
        at,
        note: state === 'mounted' ? 'mounted' : 'there already',
      });
  };
}

function kindOf(mediaType: string): string {
  if (/layer|rootfs/.test(mediaType)) return 'layer';
  return /config|container\.image/.test(mediaType) ? 'config' : 'blob';
}
