import { ToolError } from '../core/errors.ts';
import { environmentFlag, platformFlag, registryFlags } from './flags.ts';
import type { Flag } from './verb.ts';

export const explainPlatformFlag = {
  ...platformFlag,
  default: "this machine's, else the first",
  help: 'Of an index, the image to explain, such as linux/arm64.',
} as const satisfies Flag;

export const binariesFlag = {
  name: 'binaries',
  type: 'boolean',
  on: true,
  help: 'Do not open the programs in an image or directory: layers, files and waste only.',
} as const satisfies Flag;

export const markdownFlag = {
  name: 'markdown',
  type: 'boolean',
  help: 'Print the result in Markdown.',
  group: 'Output',
} as const satisfies Flag;

export const topFlag = {
  name: 'top',
  type: 'string',
  value: 'N',
  default: '10',
  help: 'Rows of each list. 0 shows all.',
  group: 'Output',
} as const satisfies Flag;

/** Rows of each list. @throws ToolError USAGE */
export function topOf(text: string | undefined): number {
  if (text === undefined) return 10;
  if (/^\d{1,7}$/.test(text)) return Number(text);
  throw new ToolError('USAGE', `--top: ${JSON.stringify(text)} is no number of rows`, {
    hint: 'Write it as --top 20; 0 shows all.',
  });
}

/** Flags of `explain`. */
export const explainFlags = [
  explainPlatformFlag,
  environmentFlag,
  binariesFlag,
  {
    name: 'plain',
    type: 'boolean',
    help: 'Print the report in lines of text, also on a terminal.',
    group: 'Output',
  },
  markdownFlag,
  {
    name: 'html',
    type: 'string',
    value: 'FILE',
    help: 'Write the report as one page for a browser, which needs nothing else.',
    group: 'Output',
    completes: 'file',
  },
  topFlag,
  {
    name: 'budget',
    type: 'string',
    value: 'LIMITS',
    repeatable: true,
    help: 'Exit with 1 when a limit is broken, and say by what and since which change: image<15MB, unpacked, size, layer, layer:2, layers<6, file:/PATH, files, binary, binary:/PATH, module:PATH<1MB, modules, package:PATH, packages, waste<1MB, waste:KIND, secrets<1, efficiency>95%. Several with commas between them.',
    config: 'budget',
    group: 'Budget',
  },
  {
    name: 'against',
    type: 'string',
    value: 'WHAT',
    help: 'Compare with this image, program or directory when a limit is broken, in place of what was last explained under the same name.',
    group: 'Budget',
    completes: 'image',
  },
  {
    name: 'source',
    type: 'string',
    value: 'DIR',
    help: 'Where the Go source of the program is: so that it can be said what each dependency and import costs, and measured what would shrink it.',
    completes: 'directory',
  },
  {
    name: 'measure',
    type: 'boolean',
    on: true,
    help: 'With the source at hand, do not build the program in other ways to measure what would shrink it.',
  },
  {
    name: 'why',
    type: 'string',
    value: 'MODULE',
    help: 'Print the import chains that bring a module or package into the program. It takes the source: a directory as WHAT, or --source.',
    group: 'Questions',
  },
  {
    name: 'dockerfile',
    type: 'boolean',
    help: 'Print a Dockerfile that would make the like of the image, reconstructed from its history.',
    group: 'Questions',
  },
  {
    name: 'cat',
    type: 'string',
    value: 'PATH',
    help: 'Print a file of the image.',
    group: 'Questions',
  },
  {
    name: 'extract',
    type: 'string',
    value: 'PATH=DEST',
    repeatable: true,
    help: 'Write a file or directory of the image to this machine.',
    group: 'Questions',
  },
  ...registryFlags,
] as const satisfies readonly Flag[];
