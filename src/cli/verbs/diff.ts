import { accessOf } from '../access.ts';
import { binariesFlag, explainPlatformFlag, markdownFlag, topFlag, topOf } from '../explain-flags.ts';
import { registryFlags } from '../flags.ts';
import { defineVerb } from '../verb.ts';

export const diff = defineVerb({
  name: 'diff',
  summary: 'Say what differs between two images or programs, and what grew',
  description:
    'Compares two images, programs or directories, of whatever place: layers, files, modules and packages of the programs in them, config; what grew, and by which change. --markdown is made for a comment on a pull request. The exit code is 0 whether they differ or not; to fail on growth, set a budget (coracle explain --budget).',
  args: [
    { name: 'BEFORE', help: 'An image, a program or a directory.', completes: 'image' },
    { name: 'AFTER', help: 'What to compare with it.', completes: 'image' },
  ],
  flags: [explainPlatformFlag, binariesFlag, markdownFlag, topFlag, ...registryFlags],
  examples: [
    { command: 'coracle diff api:1.1 api:1.2', what: 'Two versions of an image.' },
    {
      command: 'coracle diff --markdown registry.example.com/team/api:main api',
      what: 'For a pull request.',
    },
    { command: 'coracle diff ./server.old ./server', what: 'Two builds of a program.' },
  ],
  async run(ctx, input, out) {
    const [before = '', after = ''] = input.args;
    const platform = input.value('platform');
    const request = {
      ...(platform === undefined ? {} : { platform }),
      access: accessOf(input, ctx.cwd),
      binaries: input.flag('binaries') ?? true,
    };
    const form = { markdown: input.flag('markdown') ?? false, top: topOf(input.value('top')) };
    const { explainForBytes } = await import('../../explain/with-costs.ts');
    const { compare } = await import('../../explain/diff/compare.ts');
    const { warnOfNamesake } = await import('../../explain/namesake.ts');
    for (const text of [before, after]) await warnOfNamesake(ctx, text);
    const old = await explainForBytes(ctx, { ...request, what: before });
    const difference = compare(old, await explainForBytes(ctx, { ...request, what: after }));
    if (out.json) {
      const { diffDocument } = await import('../../render/explain/documents.ts');
      const { jsonText } = await import('../../render/explain/json-text.ts');
      await out.print(jsonText(diffDocument(difference)));
    } else {
      const { renderDifference } = await import('../../render/explain/written.ts');
      await out.print(renderDifference(difference, form, out.style, out.columns));
    }
    return 0;
  },
});
