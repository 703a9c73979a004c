import { ageLimit, byteCount } from '../../config/values.ts';
import { ToolError } from '../../core/errors.ts';
import { deployFlags, environmentArg } from '../deploy-flags.ts';
import { defineVerb } from '../verb.ts';
import { promises as fs } from 'node:fs';
import path from 'node:path';
import type { Ctx } from '../../core/ctx.ts';

export const prune = defineVerb({
  name: 'prune',
  summary: 'Give back disk space',
  description: `Removes from the store what no name stands for and no recent build used, with unpacked layers, cache mounts and the trees of failed steps. Images that you named always stay; bases that Coracle named by itself go when nobody used them. What goes can be made or fetched again; it only costs time.

With --hosts it is the hosts of a deployed service that are tidied, and not this machine: old releases go, with their images, by number, age and space; never the one that serves, the one before it, or one that is not confirmed yet. Each deploy does so too, by deploy.keep of coracle.yaml.

Kept packages of Debian and Alpine, and the indexes of their archives, go by the same age. How new the newest index was is remembered, so that an older one is refused; only --all forgets that.`,
  args: [{ ...environmentArg, help: 'With --hosts: the environment whose hosts are meant.' }],
  flags: [
    {
      name: 'older-than',
      type: 'string',
      value: 'AGE',
      default: '7d, or any with --keep-storage',
      help: 'Remove what was not used for so long: 7d, 12h. With --hosts: releases that were deployed so long ago.',
    },
    {
      name: 'keep-storage',
      type: 'string',
      value: 'SIZE',
      help: 'Remove what was used longest ago until no more than this is left: 5GB. With --hosts: on each host, of the images of the service.',
    },
    { name: 'all', short: 'a', type: 'boolean', help: 'Remove everything without a name, however new.' },
    { name: 'dry-run', type: 'boolean', help: 'Only tell what would go.' },
    {
      name: 'hosts',
      type: 'boolean',
      help: 'Tidy the hosts of a deployed service, and not this machine.',
      group: 'Hosts',
    },
    {
      name: 'keep',
      type: 'string',
      value: 'RELEASES',
      default: 'deploy.keep of coracle.yaml',
      help: 'With --hosts: releases that stay, with the one that serves.',
      group: 'Hosts',
    },
    ...deployFlags,
  ],
  examples: [
    { command: 'coracle prune --dry-run', what: 'See what it would give back.' },
    { command: 'coracle prune --keep-storage 5GB', what: 'Keep the store small.' },
    { command: 'coracle prune --hosts production --keep 3 --dry-run', what: 'Old releases on the hosts.' },
  ],
  async run(ctx, input, out) {
    if (input.flag('hosts')) {
      const { pruneHostsOf } = await import('../prune-hosts.ts');
      return pruneHostsOf(ctx, input, out);
    }
    if (input.args.length > 0 || input.value('keep') !== undefined) {
      throw new ToolError('USAGE', 'coracle prune tidies this machine', {
        hint: `coracle prune --hosts ${input.args[0] ?? '[ENV]'} tidies the hosts.`,
      });
    }
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
