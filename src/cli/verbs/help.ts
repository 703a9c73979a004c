import { defineVerb } from '../verb.ts';

export const help = defineVerb({
  name: 'help',
  summary: 'Say what a verb does',
  description: 'Prints the list of verbs, or the help of one.',
  args: [{ name: 'VERB', help: 'The verb, and for a family its member.', optional: true, repeatable: true }],
  flags: [],
  examples: [{ command: 'coracle help build', what: 'As coracle build --help.' }],
  async run(_ctx, input, out) {
    const { helpFor } = await import('../help.ts');
    await out.print(await helpFor(input.args));
    return 0;
  },
});
