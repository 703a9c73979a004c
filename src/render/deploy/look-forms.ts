/** Forms of the documents of the verbs that look at a fleet and tidy it. */
import { bytes, list, milliseconds, object, text, whole, yes, type Form } from '../form-words.ts';

const moment: Form = { ...whole, description: 'Milliseconds since the Unix epoch.' };
const rate: Form = { type: 'number', minimum: 0, description: 'In a second.' };
const failure = object({ code: text, message: text, 'hint?': text });

const release = object({
  id: text,
  service: text,
  image: text,
  version: text,
  by: text,
  at: { ...whole, description: "Milliseconds since the Unix epoch, by the deployer's clock." },
});
const placed = {
  release,
  slot: { enum: ['a', 'b'] },
  container: text,
  port: whole,
  running: yes,
};
const state = object({
  'current?': object(placed),
  'previous?': object(placed),
  'pending?': object({ ...placed, armed: yes, left: milliseconds, prepared: yes }),
  strays: list(text),
  'lock?': object({ by: text, what: text, since: moment }),
});
const facts = object({
  runtime: { enum: ['docker', 'podman'] },
  rootless: yes,
  runtimeVersion: text,
  platform: text,
  os: text,
  cpus: whole,
  memory: bytes,
  freeBytes: bytes,
  clockAhead: { type: 'number', description: "Milliseconds that the host's clock is ahead." },
  boot: text,
  directory: text,
});

export const statusForm = object({
  service: text,
  'environment?': text,
  state: { enum: ['one version', 'not deployed', 'deploying', 'going back', 'split', 'unreachable'] },
  summary: text,
  'next?': { ...text, description: 'The command that resolves it.' },
  hosts: list(
    object({
      host: text,
      'facts?': facts,
      'state?': state,
      'container?': object(
        { running: yes, restarts: whole, startedAt: text },
        { additionalProperties: true },
      ),
      'proxy?': { enum: ['running', 'stopped', 'none'] },
      'error?': failure,
    }),
  ),
});

export const historyForm = object({
  service: text,
  deeds: list(
    object({
      at: moment,
      what: {
        enum: [
          ...[
            'deploy',
            'rollback',
            'revert',
            'confirm',
            'setup',
            'down',
            'prune',
            'job',
            'accessory',
            'proxy',
          ],
        ],
      },
      by: text,
      'release?': text,
      from: list(text),
      to: list(text),
      'verdict?': { enum: ['pass', 'fail', 'no data'] },
      evidence: list(text),
      hosts: list(text),
    }),
  ),
  hosts: list(text),
  unreachable: list(object({ host: text, message: text })),
});

export const logLineForm = object({
  time: { ...text, description: 'ISO 8601, corrected where the clock of the host is far off.' },
  stamp: { ...text, description: "The runtime's time, by the host's clock." },
  host: text,
  release: text,
  'level?': { enum: ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] },
  message: text,
  fields: { type: 'object' },
  text: { ...text, description: 'The line as it was written.' },
});

export const failedReleaseForm = object({
  hosts: list(object({ host: text, release: text, inspect: text, log: text })),
});

const latency = object({ 'p50?': milliseconds, 'p95?': milliseconds, 'p99?': milliseconds });
const traffic = { release: text, 'requests?': rate, 'errors?': rate, latency };

export const statsForm = object({
  service: text,
  at: moment,
  hosts: list(
    object({
      host: text,
      'error?': text,
      releases: list(
        object({
          ...traffic,
          role: { enum: ['current', 'new', 'other'] },
          'cpu?': { type: 'number', minimum: 0, description: 'Percent of one processor.' },
          'memory?': bytes,
          'limit?': bytes,
          restarts: whole,
          'sessions?': { ...whole, description: 'Requests that are being answered.' },
        }),
      ),
    }),
  ),
  releases: list(object(traffic)),
  total: object(traffic),
});

export const setupForm = object({
  dryRun: yes,
  hosts: list(
    object({
      host: text,
      os: text,
      steps: list(object({ title: text, because: text, script: text })),
      hints: list(text),
      'blocked?': text,
      'runtime?': { ...text, description: 'What the host was found to have afterwards.' },
    }),
  ),
});

export const downForm = object({
  service: text,
  hosts: list(object({ host: text, proxied: yes, 'error?': text })),
});

export const pruneHostsForm = object({
  dryRun: yes,
  hosts: list(object({ host: text, releases: list(object({ release: text, image: text, bytes })) })),
});
