import { accessOf } from '../access.ts';
import { explainFlags } from '../explain-flags.ts';
import { defineVerb } from '../verb.ts';

export const explain = defineVerb({
  name: 'explain',
  summary: 'Say where every byte of an image or program comes from',
  description: `Accounts for all bytes of an image, a program or a directory: which layer, which file, which package of which module put them there, which of them are waste, and what to do about it. Go programs are read from the file alone, stripped or not; a directory of Go source is built first, so that it can also say what each dependency costs.

On a terminal it opens a view to walk through with the keyboard (? lists the keys); pipes and --plain get a text report.`,
  args: [
    {
      name: 'WHAT',
      help: 'An image (a name, oci:PATH, docker-archive:PATH), a program or other ELF file, or a directory.',
      completes: 'image',
    },
  ],
  flags: explainFlags,
  examples: [
    { command: 'coracle explain gin-api', what: 'Walk through an image of the store.' },
    { command: 'coracle explain --plain docker-archive:image.tar', what: 'What docker save wrote, as text.' },
    { command: 'coracle explain ./server', what: 'A compiled program.' },
    { command: 'coracle explain ./cmd/api', what: 'Go source: with what each dependency costs.' },
    {
      command: "coracle explain gin-api --budget 'image<15MB,module:github.com/x/y<1MB'",
      what: 'Exit with 1 when it is too big.',
    },
    { command: 'coracle explain --html report.html gin-api', what: 'A page for a browser.' },
    { command: 'coracle explain --cat /etc/passwd alpine:3.22', what: 'A file inside.' },
  ],
  async run(ctx, input, out) {
    const { answerExplain } = await import('../explain-answer.ts');
    return answerExplain(ctx, input, out, accessOf(input, ctx.cwd));
  },
});
