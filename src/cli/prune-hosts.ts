import { ageLimit, byteCount } from '../config/values.ts';
import { ToolError } from '../core/errors.ts';
import type { Ctx } from '../core/ctx.ts';
import type { DeploySettings } from '../deploy/types.ts';
import { deployCallOf } from './deploy-flags.ts';
import type { Out } from './out.ts';
import type { Parsed } from './verb.ts';

type PruneInput = Parsed<
  'all' | 'dry-run' | 'hosts',
  'older-than' | 'keep-storage' | 'keep' | 'config' | 'host' | 'ssh-config'
>;

/** `coracle prune --hosts`. @throws ToolError USAGE, and what speaking with hosts may throw */
export async function pruneHostsOf(ctx: Ctx, input: PruneInput, out: Out): Promise<number> {
  if (input.flag('all')) {
    throw new ToolError('USAGE', '--all is for the store of this machine', {
      hint: '--keep 1 leaves the release that serves and the one before it.',
    });
  }
  const { settings, options } = await deployCallOf(ctx, input);
  const dryRun = input.flag('dry-run') ?? false;
  const { pruneHosts } = await import('../deploy/tidy/prune.ts');
  const hosts = await pruneHosts(ctx, settings, options, keepOf(input, settings), dryRun);
  if (out.json) await out.document({ schema: 'coracle.prune-hosts/v1', dryRun, hosts });
  else {
    const { renderHostPruned } = await import('../render/deploy/prune.ts');
    await out.print(renderHostPruned(hosts, dryRun, out.style));
  }
  return 0;
}

/** What the file says, with what the command line says in its place. */
function keepOf(input: PruneInput, { keep }: DeploySettings): DeploySettings['keep'] {
  const releases = input.value('keep');
  const older = input.value('older-than');
  const storage = input.value('keep-storage');
  if (releases !== undefined && !/^\d{1,4}$/.test(releases))
    throw new ToolError('USAGE', `--keep: ${JSON.stringify(releases)} is no number of releases`);
  return {
    ...keep,
    ...(releases === undefined ? {} : { releases: Number(releases) }),
    ...(older === undefined ? {} : { age: ageLimit(older, { name: '--older-than' }) }),
    ...(storage === undefined ? {} : { bytes: byteCount(storage, { name: '--keep-storage' }) }),
  };
}
