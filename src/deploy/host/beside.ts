import { createHash } from 'node:crypto';
import type { Ctx } from '../../core/ctx.ts';
import { ToolError } from '../../core/errors.ts';
import type { Exit } from '../../core/exec.ts';
import type { Accessory, HostFacts, Job } from '../types.ts';
import { accessoryArguments, releaseArguments, wholeSeconds } from './arguments.ts';
import type { Call } from './call.ts';
import { clientEnvironment } from './environment.ts';
import { quoteAll } from './quote.ts';
import type { StartSpec } from './types.ts';

interface Place {
  readonly host: string;
  readonly facts: HostFacts;
  readonly service: string;
}

/**
 * Runs a job to its end with the release's environment and settings; it has no ports.
 * @throws ToolError JOB_FAILED when it took too long
 */
export async function runJob(
  call: Call,
  { host, facts, service }: Place,
  job: Job,
  spec: StartSpec,
  onOutput: (text: string) => void,
): Promise<Exit> {
  const environment = clientEnvironment(spec.values);
  const labels = { service, kind: 'job', release: spec.release.id } as const;
  // An image of its own may have to be fetched.
  const words = releaseArguments(facts, labels, spec.settings, environment.arguments).filter(
    (word) => job.image === undefined || word !== '--pull=never',
  );
  const exit = await call(
    'op_job',
    {
      ...environment.values,
      job: `${service}-${job.name}-${spec.release.id}`,
      network: spec.settings.network,
      seconds: String(wholeSeconds(job.timeout)),
      arguments: quoteAll([...words, job.image ?? spec.image, ...job.command]),
    },
    {
      onOutput: (stream, text) => {
        if (stream === 'stdout') onOutput(text);
      },
    },
  );
  const code = /^exit (timeout|\d{1,3})$/m.exec(exit.stderr)?.[1];
  if (code === undefined)
    throw new ToolError('JOB_FAILED', `${host} does not say how the job ${job.name} ended`);
  if (code !== 'timeout') return { ...exit, code: Number(code), stderr: '' };
  throw new ToolError(
    'JOB_FAILED',
    `the job ${job.name} took longer than ${job.timeout / 1000} s on ${host}`,
    {
      hint: 'Give it a longer `timeout`.',
      detail: exit.stdout.slice(-2000),
    },
  );
}

/** Starts an accessory that is not there. One whose settings have changed is left as it is, with a warning. */
export async function ensureAccessory(
  ctx: Ctx,
  call: Call,
  { host, facts, service }: Place,
  accessory: Accessory,
  values: Readonly<Record<string, string>>,
): Promise<boolean> {
  const environment = clientEnvironment(values);
  const words = accessoryArguments(facts, service, accessory, environment.arguments);
  const { stdout } = await call('op_accessory', {
    ...environment.values,
    accessory: accessory.name,
    settings: createHash('sha256').update(JSON.stringify(accessory)).digest('hex').slice(0, 16),
    arguments: quoteAll([...words, accessory.image, ...(accessory.command ?? [])]),
  });
  const state = stdout.trim();
  if (state === 'changed') {
    ctx.emit({
      kind: 'warning',
      message: `${host}: the accessory ${accessory.name} runs with other settings than the file has now; a deploy never restarts it`,
      hint: `Remove its container ${service}-${accessory.name} at a time that suits you; the next deploy starts it anew.`,
    });
  }
  return state === 'started';
}
