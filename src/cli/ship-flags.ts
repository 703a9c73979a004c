import { stageNames } from '../config/schema/ship.ts';
import { deployBuildFlags } from './deploy-build.ts';
import { deployFlags } from './deploy-flags.ts';
import type { Flag } from './verb.ts';

/** Forms of a report that can be written into a file. */
export const reportFormats = ['json', 'junit', 'markdown', 'gitlab'] as const;
export type ReportFormat = (typeof reportFormats)[number];

const stages = [
  {
    name: 'skip',
    type: 'string',
    value: 'STAGES',
    repeatable: true,
    help: `Leave these stages out, with commas between them: ${stageNames.join(', ')}.`,
    config: 'ship.skip',
    group: 'Stages',
  },
  {
    name: 'only',
    type: 'string',
    value: 'STAGES',
    repeatable: true,
    help: 'Run only these stages.',
    group: 'Stages',
  },
  {
    name: 'from',
    type: 'string',
    value: 'STAGE',
    choices: stageNames,
    help: 'Begin with this stage.',
    group: 'Stages',
  },
  {
    name: 'resume',
    type: 'boolean',
    help: 'Go on after a failure: what passed is not run again where nothing that it depends on has changed.',
    group: 'Stages',
  },
] as const satisfies readonly Flag[];

const report = [
  {
    name: 'report',
    type: 'string',
    value: 'FORMAT=FILE',
    repeatable: true,
    help: `Also write the report into a file, as ${reportFormats.join(', ')} (GitLab's code quality).`,
    group: 'Output',
    completes: 'file',
  },
] as const satisfies readonly Flag[];

/** The flags of `coracle ship`. */
export const shipFlags = [
  ...stages,
  {
    name: 'image',
    type: 'string',
    value: 'REF',
    help: 'Ship this image in place of building one: a name in the store or a registry, or a digest.',
    group: 'What to deploy',
    completes: 'image',
  },
  ...deployBuildFlags,
  ...deployFlags,
  ...report,
] as const satisfies readonly Flag[];
