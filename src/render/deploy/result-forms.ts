import { errorCodes } from '../../core/error-codes.ts';
import { phases } from '../../core/event.ts';
import { digest, list, milliseconds, object, text, whole, type Form } from '../form-words.ts';

/** The forms of what `deploy`, `rollback` and `ship` print with --json; see schemas.ts. */

const answers = object({
  requests: whole,
  errors: { ...whole, description: '5xx and broken answers.' },
  'latency?': { ...milliseconds, description: 'Milliseconds, at the quantile that is judged.' },
});

/** A ToolError as part of a document. */
export const errorForm = object({
  code: { enum: Object.keys(errorCodes), description: 'See docs/errors.md.' },
  message: text,
  'hint?': text,
});

const release = object({
  id: text,
  service: text,
  image: digest,
  version: text,
  by: text,
  at: { ...whole, description: 'When it was made, in milliseconds since the Unix epoch.' },
});

const result = {
  service: text,
  'environment?': text,
  release,
  'from?': { ...text, description: 'The release that served before.' },
  outcome: {
    enum: ['deployed', 'failed', 'went back', 'split'],
    description: 'Only `deployed` is success. After `split`, hosts serve different releases.',
  },
  summary: text,
  'next?': { ...text, description: 'What resolves it, or what to do now.' },
  hosts: list(
    object({
      host: text,
      'serves?': { ...text, description: 'The release that serves there now.' },
      'phase?': { enum: phases, description: 'How far the new release came there.' },
      'error?': errorForm,
      'evidence?': object({ log: text, inspect: text, 'probe?': text }),
    }),
  ),
  steps: list(
    object({
      share: { ...whole, description: 'Percent of the requests that the new release was to get.' },
      hosts: list(text),
      verdict: { enum: ['pass', 'fail', 'no data'] },
      evidence: list(text),
      fresh: answers,
      'old?': answers,
    }),
  ),
  urls: list(text),
  took: milliseconds,
  'firstRequest?': {
    ...milliseconds,
    description: 'From the beginning to the first request that the new release answered through a proxy.',
  },
} as const;

export const deployForm: Form = object(result);

const finding = object({
  rule: text,
  severity: { enum: ['error', 'warning', 'note'] },
  message: text,
  'where?': object({
    file: text,
    line: whole,
    'column?': whole,
    'endLine?': whole,
    'endColumn?': whole,
  }),
  'fix?': text,
});

const stage = object({
  name: text,
  verdict: { enum: ['passed', 'failed', 'skipped', 'not run'] },
  summary: text,
  took: milliseconds,
  before: {
    type: 'boolean',
    description: 'It passed in an earlier run, and nothing that it depends on has changed.',
  },
  findings: list(finding),
  'data?': {
    type: 'object',
    description:
      'What the stage knows besides: of `deploy` what coracle deploy prints, of `tests` each test.',
  },
});

export const shipForm: Form = object({
  'environment?': text,
  verdict: { enum: ['passed', 'failed'] },
  summary: text,
  stages: list(stage),
  undone: { ...list(stage), description: 'What was undone after a failure, newest first.' },
  took: milliseconds,
});
