import { accessOf } from '../access.ts';
import { platformFlag, registryFlags } from '../flags.ts';
import { printCopy } from '../print-copy.ts';
import { defineVerb } from '../verb.ts';

export const pull = defineVerb({
  name: 'pull',
  summary: 'Pull an image into the store',
  description:
    'Pulls an image, or a whole index, from its registry into the store. Only what the store does not have is fetched, and every byte is checked against its digest.',
  args: [
    { name: 'REF', help: 'What to pull, such as alpine:3.22 or registry.example.com/team/api@sha256:….' },
  ],
  flags: [platformFlag, ...registryFlags],
  examples: [
    { command: 'coracle pull alpine:3.22', what: 'All its platforms.' },
    { command: 'coracle pull --platform linux/arm64 alpine:3.22', what: 'One of them.' },
  ],
  async run(ctx, input, out) {
    const { pullImage } = await import('../../images/copy.ts');
    const platform = input.value('platform');
    const result = await pullImage(ctx, {
      from: input.args[0] ?? '',
      ...(platform === undefined ? {} : { platform }),
      access: accessOf(input, ctx.cwd),
    });
    await printCopy(result, out, 'pulled');
    return 0;
  },
});
