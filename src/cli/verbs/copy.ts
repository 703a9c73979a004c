import { accessOf } from '../access.ts';
import { platformFlag, registryFlags } from '../flags.ts';
import { printCopy } from '../print-copy.ts';
import { defineVerb } from '../verb.ts';

export const copy = defineVerb({
  name: 'copy',
  summary: 'Copy an image between registries, archives and the store',
  description: `Copies an image or a whole index, only what is missing at the destination, in a stream.

SRC and DST are a name, oci:PATH[:TAG] (a layout directory, or a tar) or docker-archive:PATH[:REF]. As SRC a name is looked for in the store, then at its registry; as DST it is a registry when it begins with a host, else the store. docker://REF and store:NAME say which is meant.`,
  args: [
    { name: 'SRC', help: 'What to copy.', completes: 'image' },
    { name: 'DST', help: 'Where to.' },
  ],
  flags: [platformFlag, ...registryFlags],
  examples: [
    {
      command: 'coracle copy ghcr.io/team/api:1.2 registry.example.com/team/api:1.2',
      what: 'From registry to registry.',
    },
    { command: 'coracle copy gin-api oci:image.tar', what: 'From the store to an OCI archive.' },
    {
      command: 'coracle copy docker-archive:saved.tar registry.example.com/team/api:1.2',
      what: 'What docker save wrote, to a registry.',
    },
  ],
  async run(ctx, input, out) {
    const { copyImage } = await import('../../images/copy.ts');
    const [from = '', to = ''] = input.args;
    const platform = input.value('platform');
    const result = await copyImage(ctx, {
      from,
      to,
      ...(platform === undefined ? {} : { platform }),
      access: accessOf(input, ctx.cwd),
    });
    await printCopy(result, out, 'copied');
    return 0;
  },
});
