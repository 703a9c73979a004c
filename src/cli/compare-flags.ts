import { gateWords } from '../compare/gate.ts';
import { methodNames } from '../compare/types.ts';
import { baseFlags, goFlags, imageFlags } from './build-flags.ts';
import { markdownFlag } from './explain-flags.ts';
import { environmentFlag, registryFlags } from './flags.ts';
import type { Flag } from './verb.ts';

const what = [
  {
    name: 'with',
    type: 'string',
    value: 'WHAT',
    repeatable: true,
    help: 'Compare this too: a Dockerfile, by its path, or an image, by its reference.',
    group: 'What to compare',
    completes: 'file',
  },
  {
    name: 'only',
    type: 'string',
    value: 'NAMES',
    repeatable: true,
    default: 'all',
    help: `Only these methods, with commas between them: ${methodNames.join(', ')}. With --flags, only these options.`,
    group: 'What to compare',
  },
  {
    name: 'main',
    type: 'string',
    value: 'NAME',
    help: 'Which program is started where there are several, by name or package.',
    group: 'What to compare',
  },
  {
    name: 'config',
    type: 'string',
    value: 'FILE',
    help: 'Read this file in place of the coracle.yaml of WHAT.',
    group: 'What to compare',
    completes: 'file',
  },
  { ...environmentFlag, group: 'What to compare' },
  {
    name: 'emit',
    type: 'string',
    value: 'DIR',
    help: 'Only write the Dockerfile of each method there, with all that it needs to be built elsewhere; measure nothing.',
    group: 'What to compare',
    completes: 'directory',
  },
] as const satisfies readonly Flag[];

const measure = [
  {
    name: 'starts',
    type: 'string',
    value: 'N',
    default: '5',
    help: 'Start each image so often, in turn; start and memory are medians.',
    group: 'Measuring',
  },
  {
    name: 'build-times',
    type: 'boolean',
    help: 'Also measure how long each takes to build: cold, after one changed line, unchanged.',
    group: 'Measuring',
  },
  {
    name: 'port',
    short: 'p',
    type: 'string',
    value: 'PORT',
    default: 'found out',
    help: 'The port that the program is ready on.',
    group: 'Measuring',
  },
  {
    name: 'health',
    type: 'string',
    value: 'PATH',
    default: 'found out',
    help: 'The path that it answers on when it is ready: /healthz, or http://localhost:8080/healthz with the port.',
    group: 'Measuring',
  },
  {
    name: 'exit',
    type: 'string',
    value: 'CODE',
    help: 'The program is done when it ends by itself with this code.',
    group: 'Measuring',
  },
] as const satisfies readonly Flag[];

const options = [
  {
    name: 'flags',
    type: 'boolean',
    help: 'Compare build options in place of methods: the program under each alone and under all that save without costing; bytes saved, and cost in speed.',
    group: 'Build options',
  },
  {
    name: 'size-only',
    type: 'boolean',
    help: 'With --flags: do not measure the cost in speed.',
    group: 'Build options',
  },
  {
    name: 'write',
    type: 'boolean',
    help: 'With --flags: write the options that save without costing into coracle.yaml.',
    group: 'Build options',
  },
] as const satisfies readonly Flag[];

const result = [
  {
    name: 'gate',
    type: 'string',
    value: 'CONDITIONS',
    repeatable: true,
    help: `Exit with 1 when one of these does not hold: coracle.size<12MB, coracle.start<50ms, distroless.root=false; several with commas between them. Figures are ${gateWords.join(', ')}.`,
    group: 'Output',
  },
  markdownFlag,
  {
    name: 'html',
    type: 'string',
    value: 'FILE',
    help: 'Write the comparison as one page for a browser, which needs nothing else.',
    group: 'Output',
    completes: 'file',
  },
] as const satisfies readonly Flag[];

/** Flags of `build` that mean the same here: what the program is built of, and what its image says. */
const shared = [
  ...goFlags,
  ...pick(baseFlags, [
    'debian-release',
    'debian-mirror',
    'debian-security-mirror',
    'debian-components',
    'snapshot',
    'alpine-repository',
    'alpine-key',
  ]),
  ...pick(imageFlags, ['add-file', 'add-ca', 'env', 'entrypoint', 'cmd', 'workdir']),
];

/** The flags of `coracle compare`. */
export const compareFlags = [...what, ...measure, ...options, ...result, ...shared, ...registryFlags];

function pick<F extends Flag, N extends F['name']>(
  flags: readonly F[],
  names: readonly N[],
): Extract<F, { readonly name: N }>[] {
  const wanted: readonly string[] = names;
  return flags.filter((flag): flag is Extract<F, { readonly name: N }> => wanted.includes(flag.name));
}
