import { defineVerb } from '../verb.ts';

export const rm = defineVerb({
  name: 'rm',
  summary: 'Remove names from the store',
  description:
    'Removes names from the store; a digest, or the beginning of one, means all names that stand for it. The bytes go with the next prune.',
  args: [
    {
      name: 'NAME',
      help: 'A name in the store, or the beginning of a digest.',
      repeatable: true,
      completes: 'image',
    },
  ],
  flags: [],
  examples: [{ command: 'coracle rm gin-api:1.1 gin-api:1.0', what: 'Two names.' }],
  async run(ctx, input, out) {
    const { removeImages } = await import('../../images/names.ts');
    const removed = await removeImages(ctx, input.args);
    if (out.json) await out.document({ schema: 'coracle.rm/v1', removed });
    else if (!out.quiet) await out.print(removed.map((name) => `removed ${name}`).join('\n'));
    return 0;
  },
});
