import { accessOf } from '../access.ts';
import { platformFlag, registryFlags } from '../flags.ts';
import { printCopy } from '../print-copy.ts';
import { defineVerb } from '../verb.ts';

export const push = defineVerb({
  name: 'push',
  summary: 'Push an image to a registry',
  description:
    "Pushes an image of the store to REF, or where its own name says. Only what the registry does not have is sent. A REF without a tag takes the image's.",
  args: [
    { name: 'NAME', help: 'A name in the store, or the beginning of its digest.', completes: 'image' },
    { name: 'REF', help: 'Where to push it, such as registry.example.com/team/api:1.2.', optional: true },
  ],
  flags: [platformFlag, ...registryFlags],
  examples: [
    {
      command: 'coracle push gin-api registry.example.com/team/gin-api:1.2',
      what: 'Push under another name.',
    },
    { command: 'coracle push registry.example.com/team/api:1.2', what: 'Push where the name says.' },
  ],
  async run(ctx, input, out) {
    const { pushImage } = await import('../../images/copy.ts');
    const [from = '', to] = input.args;
    const platform = input.value('platform');
    const result = await pushImage(ctx, {
      from,
      ...(to === undefined ? {} : { to }),
      ...(platform === undefined ? {} : { platform }),
      access: accessOf(input, ctx.cwd),
    });
    await printCopy(result, out, 'pushed');
    return 0;
  },
});
