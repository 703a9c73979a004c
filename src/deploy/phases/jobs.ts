/** What runs once, on one host: jobs before and after a release; and accessories, which a deploy only starts when they are not there. */
import { ToolError } from '../../core/errors.ts';
import type { Ctx } from '../../core/ctx.ts';
import type { Accessory, DeploySettings, Job } from '../types.ts';
import type { StartSpec } from '../host/types.ts';
import { unless } from '../until.ts';
import { everywhere } from './place.ts';
import type { Place } from './place.ts';

export interface JobRun {
  readonly ctx: Ctx;
  readonly settings: DeploySettings;
  readonly places: readonly Place[];
  readonly stop: AbortSignal;
}

/** The host of that name, else the first with that role; the first of all when nothing is asked. @throws ToolError CONFIG_INVALID */
export function chosenPlace(places: readonly Place[], on: string | undefined, what: string): Place {
  const found =
    on === undefined
      ? places[0]
      : (places.find(({ name }) => name === on) ?? places.find(({ host }) => host.host.roles.includes(on)));
  if (found) return found;
  throw new ToolError(
    'CONFIG_INVALID',
    `${what} is to run on ${on ?? 'a host'}, and no host has that name or role`,
  );
}

/** Runs jobs one after the other. @throws ToolError JOB_FAILED with the last lines that it printed */
export async function runJobs(
  run: JobRun,
  jobs: readonly Job[],
  specOf: (place: Place) => StartSpec,
  mask: (text: string) => string,
): Promise<void> {
  for (const job of jobs) await runJob(run, job, specOf, mask);
}

async function runJob(
  run: JobRun,
  job: Job,
  specOf: (place: Place) => StartSpec,
  mask: (text: string) => string,
): Promise<void> {
  const place = chosenPlace(run.places, job.on, `job ${job.name}`);
  const step = { kind: 'step' as const, id: `job ${job.name}`, name: `job ${job.name} on ${place.name}` };
  const at = (): number => run.ctx.now().getTime();
  run.ctx.emit({ ...step, state: 'started', at: at() });
  const lines = lastLines(mask, (text) => run.ctx.emit({ kind: 'log', id: step.id, stream: 'stdout', text }));
  try {
    const exit = await unless(run.stop, place.agent.job(job, specOf(place), lines.add));
    lines.end();
    if (exit.code !== 0) {
      throw new ToolError(
        'JOB_FAILED',
        `job ${job.name} ended with exit code ${exit.code} on ${place.name}`,
        {
          detail: lines.kept(),
        },
      );
    }
    run.ctx.emit({ ...step, state: 'done', at: at() });
  } catch (error) {
    run.ctx.emit({ ...step, state: run.stop.aborted ? 'cancelled' : 'failed', at: at() });
    throw error;
  }
}

/** Lines of a job's output that are repeated when it fails. */
const keptLines = 30;
/** Characters after which a line that does not end is passed on all the same. */
const longestLine = 16_384;

/** Passes output on by whole lines, so that a secret is never cut in two, and keeps the last. */
export function lastLines(
  mask: (text: string) => string,
  each: (text: string) => void,
): { add(text: string): void; end(): void; kept(): string } {
  let rest = '';
  let last: string[] = [];
  const pass = (text: string): void => {
    const masked = mask(text);
    each(masked);
    last = [...last, ...masked.replace(/\n$/, '').split('\n')].slice(-keptLines);
  };
  return {
    add(text) {
      rest += text;
      const end = rest.length > longestLine ? rest.length : rest.lastIndexOf('\n') + 1;
      if (end === 0) return;
      pass(rest.slice(0, end));
      rest = rest.slice(end);
    },
    end() {
      if (rest !== '') pass(`${rest}\n`);
      rest = '';
    },
    kept: () => last.join('\n'),
  };
}

/**
 * Hides the values of secrets in what programs print, of several lines also each line, as output comes by lines. What has fewer than four characters would hide
 * too much else.
 */
export function masker(secrets: Iterable<string>): (text: string) => string {
  const values = [...secrets]
    .flatMap((value) => [value, ...value.split('\n')])
    .filter((value) => value.length >= 4)
    .toSorted((a, b) => b.length - a.length);
  return (text) => values.reduce((masked, value) => masked.replaceAll(value, '***'), text);
}

/** Starts accessories that are not there. One that is there is never touched by a deploy. */
export async function startAccessories(
  run: JobRun,
  accessories: readonly Accessory[],
  valuesOf: (accessory: Accessory) => Readonly<Record<string, string>>,
): Promise<void> {
  for (const accessory of accessories) {
    const place = chosenPlace(run.places, accessory.on, `accessory ${accessory.name}`);
    const step = {
      kind: 'step' as const,
      id: `accessory ${accessory.name}`,
      name: `accessory ${accessory.name} on ${place.name}`,
    };
    const at = (): number => run.ctx.now().getTime();
    run.ctx.emit({ ...step, state: 'started', at: at() });
    const values = valuesOf(accessory);
    try {
      const [started] = await everywhere(run, [place], async () => place.agent.accessory(accessory, values));
      run.ctx.emit({ ...step, state: started ? 'done' : 'cached', at: at() });
    } catch (error) {
      run.ctx.emit({ ...step, state: 'failed', at: at() });
      throw error;
    }
  }
}
