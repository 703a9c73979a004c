import { deployCallOf, deployFlags, environmentArg } from '../deploy-flags.ts';
import { defineVerb } from '../verb.ts';

export const down = defineVerb({
  name: 'down',
  summary: 'Remove a service from its hosts',
  description:
    'Shows what runs, asks, and removes the service: its containers, its releases and images, its part of the proxy, and the proxy itself where no service is left. Accessories and volumes stay unless they are named. The journal stays.',
  args: [environmentArg],
  flags: [
    { name: 'accessories', type: 'boolean', help: 'Its accessories too, such as a Redis.' },
    {
      name: 'volumes',
      type: 'boolean',
      help: 'The volumes of what is removed too, with all that is in them. Directories of the host stay.',
    },
    { name: 'yes', short: 'y', type: 'boolean', help: 'Do not ask.' },
    ...deployFlags,
  ],
  examples: [{ command: 'coracle down staging', what: 'Staging is not needed any more.' }],
  async run(ctx, input, out) {
    const { settings, options } = await deployCallOf(ctx, input);
    const request = {
      accessories: input.flag('accessories') ?? false,
      volumes: input.flag('volumes') ?? false,
    };
    const [{ lookBeforeDown, takeDown }, { renderDown, renderStanding }] = await Promise.all([
      import('../../deploy/tidy/down.ts'),
      import('../../render/deploy/down.ts'),
    ]);
    const { fleet, standing } = await lookBeforeDown(ctx, settings, options);
    try {
      if (input.flag('yes') !== true) {
        await out.remark(renderStanding(settings.service, standing, out.style));
        const { askYes } = await import('../ask.ts');
        const also = [
          ...(request.accessories ? ['accessories'] : []),
          ...(request.volumes ? ['volumes with all data'] : []),
        ];
        const question = `Remove it${also.length === 0 ? '' : `, with its ${also.join(' and its ')}`}?`;
        if (!(await askYes(ctx.signal, question, '--yes removes it without asking.'))) return 1;
      }
      const hosts = await takeDown(ctx, fleet, settings, request, options.by);
      if (out.json) await out.document({ schema: 'coracle.down/v1', service: settings.service, hosts });
      else await out.print(renderDown(hosts, out.style));
      return hosts.some(({ error }) => error !== undefined) ? 3 : 0;
    } finally {
      await fleet.close();
    }
  },
});
