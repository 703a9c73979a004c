import type { Ctx } from '../core/ctx.ts';
import { ToolError } from '../core/errors.ts';
import { stageNames } from '../config/schema/ship.ts';
import { endByGoingBack } from './deploy-flags.ts';
import type { Out } from './out.ts';
import { ciCtx } from './ship-ci.ts';
import { reportsOf, showReport } from './ship-report.ts';
import { shipWork, type ShipInput } from './ship-work.ts';

/** Stages after which something is different on hosts or in a registry. */
const changing: ReadonlySet<string> = new Set(['deploy', 'verify']);

/**
 * Answers one command line of `ship`. What was typed wrong is said before anything is run.
 * @returns the exit code: 1 when a check failed, 3 when the release did
 */
export async function answerShip(ctx: Ctx, input: ShipInput, out: Out): Promise<number> {
  const [{ leftOut }, { ship }, { stagesOf }, { openMemory }, { openStore }] = await Promise.all([
    import('../ship/choose.ts'),
    import('../ship/ship.ts'),
    import('../ship/stages.ts'),
    import('../ship/memory.ts'),
    import('../store/store.ts'),
  ]);
  const choice = { skip: input.values('skip'), only: input.values('only'), from: input.value('from') };
  const left = leftOut(choice, stageNames);
  const files = reportsOf(input.values('report'));
  if (out.json && files.some(({ file }) => file === '-'))
    throw new ToolError('USAGE', '--json and --report FORMAT=- both want standard output');
  const work = shipWork(ctx, input, {
    deploys: !left.has('deploy'),
    reports: files.map(({ file }) => file),
  });
  const { environment, directory } = await placeOf(work, ctx.cwd, input);
  const { cache } = await openStore(ctx);
  if (!left.has('deploy')) endByGoingBack();
  const report = await ship(ciCtx(ctx), {
    environment,
    stages: stagesOf(work),
    skipped: async (name) => {
      const typed = left.get(name);
      if (typed !== undefined || choice.only.length > 0) return typed;
      const { config } = await work.loaded();
      return config.ship?.skip?.includes(name) ? 'ship.skip' : undefined;
    },
    memory: openMemory(cache, directory, environment),
    resume: input.flag('resume') ?? false,
  });
  await showReport(ctx, report, out, files);
  if (report.verdict === 'passed') return 0;
  const failed = report.stages.find(({ verdict }) => verdict === 'failed');
  return failed !== undefined && changing.has(failed.name) ? 3 : 1;
}

/** What the run is remembered under. A file that is not valid is the first stage's to tell. */
async function placeOf(
  work: ReturnType<typeof shipWork>,
  cwd: string,
  input: ShipInput,
): Promise<{ readonly environment: string | undefined; readonly directory: string }> {
  try {
    return await work.loaded();
  } catch (error) {
    if (error instanceof ToolError && (error.code === 'USAGE' || error.code === 'FILE_UNREADABLE'))
      throw error;
    return { environment: input.args[0], directory: cwd };
  }
}
