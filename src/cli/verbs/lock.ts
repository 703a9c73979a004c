import { baseFlags, buildFlags } from '../build-flags.ts';
import { registryFlags } from '../flags.ts';
import { defineVerb } from '../verb.ts';

/** Flags of build that matter for what is pinned; the others are taken too, so that the same line serves both. */
const shown = new Set<string>([
  'frontend',
  'config',
  'environment',
  'lock',
  'locked',
  'platform',
  'go-version',
  ...baseFlags.map((flag) => flag.name),
  ...registryFlags.map((flag) => flag.name),
]);
const shared = buildFlags
  .filter((flag) => flag.name !== 'dry-run')
  .map((flag) => Object.assign({}, flag, { hidden: !shown.has(flag.name) }));

export const lock = defineVerb({
  name: 'lock',
  summary: 'Pin the inputs of a project',
  description: `Writes coracle.lock: the exact Go toolchain and its hash, the CA bundle, the time zones, the digest of the base image, or the packages that the base is composed from. Builds obey it, so that the same source gives the same image anywhere.

Without --update what the lock pins already stays as it is. --update pins the newest again, and shows what changed.`,
  args: [
    {
      name: 'WHAT',
      help: 'Directory of the project. Default: the current directory.',
      optional: true,
      completes: 'directory',
    },
  ],
  flags: [
    { name: 'update', type: 'boolean', help: 'Pin everything anew, the newest there is.' },
    { name: 'dry-run', type: 'boolean', help: 'Only show what would change.' },
    ...shared,
  ],
  examples: [
    { command: 'coracle lock --update --dry-run', what: 'See what newer inputs there are.' },
    { command: 'coracle lock --update', what: 'Take them.' },
  ],
  async run(ctx, input, out) {
    const [{ requestOf }, { relock }] = await Promise.all([
      import('../build-request.ts'),
      import('../../build/relock.ts'),
    ]);
    const options = { update: input.flag('update') ?? false, dryRun: input.flag('dry-run') ?? false };
    const result = await relock(ctx, await requestOf(ctx, input, []), options);
    if (out.json) await out.document({ schema: 'coracle.lock/v1', ...result });
    else if (!out.quiet) {
      const { renderRelocked } = await import('../../render/lock.ts');
      await out.print(renderRelocked(result, options.dryRun, out.style));
    }
    return 0;
  },
});
