import { version as number } from '../../core/version.ts';
import { defineVerb } from '../verb.ts';

export const version = defineVerb({
  name: 'version',
  summary: 'Print the version',
  description: 'Prints the version of Coracle, and of the Node that runs it.',
  args: [],
  flags: [],
  examples: [{ command: 'coracle version', what: 'The version.' }],
  async run(_ctx, _input, out) {
    const node = process.versions.node;
    const platform = `${process.platform}/${process.arch === 'x64' ? 'amd64' : process.arch}`;
    if (out.json) await out.document({ schema: 'coracle.version/v1', version: number, node, platform });
    else await out.print(out.quiet ? number : `coracle ${number} (node ${node}, ${platform})`);
    return 0;
  },
});
