import { compareFlags } from '../compare-flags.ts';
import { defineVerb } from '../verb.ts';

export const compare = defineVerb({
  name: 'compare',
  summary: 'Package a program in seven ways and measure each',
  description: `Builds one Go program by seven methods, from a single stage on the whole Go image to Coracle's own image, each in its best fair form; starts every image, and measures: size, what a second release moves, layers, files, packages, setuid files, shells, root or not, time to the first ready answer, memory. Dockerfiles and images of your own are compared with --with. A figure that could not be measured is a dash with its reason; a method that the program cannot use is a row with its cause.

WHAT is a directory with a main package, or a package in a module. --emit writes each method as the Dockerfile it is. --flags compares build options of the program in place of methods.`,
  args: [
    {
      name: 'WHAT',
      help: 'Directory or package. Default: the current directory.',
      optional: true,
      completes: 'directory',
    },
  ],
  flags: compareFlags,
  examples: [
    { command: 'coracle compare examples/gin-api', what: 'All seven, in a table.' },
    {
      command: 'coracle compare --with Dockerfile --with registry.example.com/team/api:1.2 .',
      what: 'And two that are there already.',
    },
    { command: 'coracle compare --html compare.html --build-times .', what: 'A page, with times of builds.' },
    {
      command: "coracle compare --only coracle --gate 'coracle.size<12MB,coracle.start<50ms' .",
      what: 'Exit with 1 when it has grown or become slow.',
    },
    { command: 'coracle compare --emit dockerfiles .', what: 'The seven Dockerfiles.' },
    { command: 'coracle compare --flags --write .', what: 'Find the build options that pay, and keep them.' },
  ],
  async run(ctx, input, out) {
    const { answerCompare } = await import('../compare-answer.ts');
    return answerCompare(ctx, input, out);
  },
});
