import type { Ctx } from '../../../core/ctx.ts';
import { gather } from './gather.ts';
import type { Solved } from './gather.ts';
import { inlineKey } from './records.ts';
import type { CacheRecords } from './records.ts';

/** Bytes of records that an image's config takes along. */
const most = 512 * 1024;

/** What an image's config says besides, so that the image is a cache too. */
export async function inlineCache(ctx: Ctx, solved: Solved): Promise<Readonly<Record<string, unknown>>> {
  const records: CacheRecords = { ...(await gather(solved, 'min')), mounts: [] };
  if (JSON.stringify(records).length <= most) return { [inlineKey]: records };
  ctx.emit({
    kind: 'warning',
    message: 'the inline cache would be too large for the image, so it has none',
    hint: 'Write it beside the image with --cache-to type=registry.',
  });
  return {};
}
