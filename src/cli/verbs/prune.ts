import { ageLimit, byteCount } from '../../config/values.ts';
import { defineVerb } from '../verb.ts';
import { promises as fs } from 'node:fs';
import path from 'node:path';
import type { Ctx } from '../../core/ctx.ts';

export const prune = defineVerb({
  name: 'prune',
  summary: 'Give back disk space',
  description: `Removes from the store what no name stands for and no recent build used, with unpacked layers, cache mounts and the trees of failed steps. Images that you named always stay; bases that Coracle named by itself go when nobody used them. What goes can be made or fetched again; it only costs time.

Kept packages of Debian and Alpine, and the indexes of their archives, go by the same age. How new the newest index was is remembered, so that an older one is refused; only --all forgets that.`,
  args: [],
  flags: [
    {
      name: 'older-than',
      type: 'string',
      value: 'AGE',
      default: '7d, or any with --keep-storage',
      help: 'Remove what was not used for so long: 7d, 12h.',
    },
    {
      name: 'keep-storage',
      type: 'string',
      value: 'SIZE',
      help: 'Remove what was used longest ago until no more than this is left: 5GB.',
    },
    { name: 'all', short: 'a', type: 'boolean', help: 'Remove everything without a name, however new.' },
    { name: 'dry-run', type: 'boolean', help: 'Only tell what would go.' },
  ],
  examples: [
    { command: 'coracle prune --dry-run', what: 'See what it would give back.' },
    { command: 'coracle prune --keep-storage 5GB', what: 'Keep the store small.' },
  ],
  async run(ctx, input, out) {
    // Files of subordinate ids can be removed only where those ids are ours.
    if (await hasUnpacked(ctx)) await (await import('../user-namespace.ts')).enterIfNeeded(ctx);
    const { pruneAll } = await import('../../bases/prune.ts');
    const older = input.value('older-than');
    const keep = input.value('keep-storage');
    const dryRun = input.flag('dry-run') ?? false;
    const pruned = await pruneAll(ctx, {
      ...(older === undefined ? {} : { olderThan: ageLimit(older, { name: '--older-than' }) }),
      ...(keep === undefined ? {} : { keepBytes: byteCount(keep, { name: '--keep-storage' }) }),
      all: input.flag('all') ?? false,
      dryRun,
    });
    if (out.json) await out.document({ schema: 'coracle.prune/v1', dryRun, ...pruned });
    else {
      const { renderPruned } = await import('../../render/prune.ts');
      await out.print(renderPruned(pruned, dryRun, out.quiet));
    }
    return 0;
  },
});

/** Steps have run here: the store holds more than this user's own files. */
async function hasUnpacked({ home }: Ctx): Promise<boolean> {
  const found = await Promise.all(
    ['layers', 'cache-mounts', 'failed'].map(async (name) =>
      fs.stat(path.join(home, 'store', name)).then(
        () => true,
        () => false,
      ),
    ),
  );
  return found.includes(true);
}
