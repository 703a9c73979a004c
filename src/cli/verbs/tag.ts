import { defineVerb } from '../verb.ts';

export const tag = defineVerb({
  name: 'tag',
  summary: 'Give an image another name',
  description: 'Gives an image of the store another name; both stand for the same bytes.',
  args: [
    { name: 'NAME', help: 'A name in the store, or the beginning of its digest.', completes: 'image' },
    { name: 'NEW', help: 'The new name, such as registry.example.com/team/api:1.2.' },
  ],
  flags: [],
  examples: [
    { command: 'coracle tag gin-api registry.example.com/team/gin-api:1.2', what: 'A name to push it by.' },
  ],
  async run(ctx, input, out) {
    const { tagImage } = await import('../../images/names.ts');
    const [from = '', to = ''] = input.args;
    const named = await tagImage(ctx, from, to);
    if (out.json) await out.document({ schema: 'coracle.tag/v1', ...named });
    else if (!out.quiet) await out.print(`${named.name} ${out.style.dim(named.digest)}`);
    return 0;
  },
});
