import type { Ctx } from '../core/ctx.ts';
import { isToolError } from '../core/errors.ts';
import { findingsOf } from './error-findings.ts';
import type { Memory } from './memory.ts';
import type { ShipReport, ShipState, Stage, StageReport, StageResult } from './types.ts';

export interface ShipPlan {
  readonly environment: string | undefined;
  readonly stages: readonly Stage[];
  /** Why a stage is left out, in a word; undefined runs it. Asked when its turn comes. */
  skipped(name: string): Promise<string | undefined>;
  /** Results of the last run; `resume` takes whatever passed with the same key. */
  readonly memory: Memory;
  readonly resume: boolean;
}

/**
 * Runs the stages one after the other until one fails; then what passed and can be undone is, newest first. A stage that throws has failed.
 * @throws ToolError INTERRUPTED; what was done until then is remembered
 */
export async function ship(ctx: Ctx, plan: ShipPlan): Promise<ShipReport> {
  const began = performance.now();
  const results: Record<string, StageResult> = {};
  const state: ShipState = { environment: plan.environment, results };
  const stages: StageReport[] = [];
  for (const stage of plan.stages) {
    const failed = stages.some(({ verdict }) => verdict === 'failed');
    const report = failed ? notRun(stage) : await runStage(ctx, plan, stage, state);
    stages.push(report);
    if (report.verdict === 'passed' || report.verdict === 'skipped' || report.verdict === 'failed')
      results[stage.name] = resultOf(report, report.verdict);
  }
  const undone = stages.some(({ verdict }) => verdict === 'failed')
    ? await undoAll(ctx, plan, stages, state)
    : [];
  return {
    environment: plan.environment,
    ...sumUp(stages, undone),
    stages,
    undone,
    took: performance.now() - began,
  };
}

async function runStage(ctx: Ctx, plan: ShipPlan, stage: Stage, state: ShipState): Promise<StageReport> {
  const why = await plan.skipped(stage.name).catch(() => undefined);
  if (why !== undefined) return reportOf(stage, { verdict: 'skipped', summary: why, findings: [] }, 0);
  const began = performance.now();
  const key = await stage.key?.(state, ctx);
  const known =
    plan.resume || stage.remembers === true ? await plan.memory.recall(stage.name, key) : undefined;
  if (known) {
    tell(ctx, stage, 'cached', 'passed before');
    return { ...reportOf(stage, known, performance.now() - began), before: true };
  }
  tell(ctx, stage, 'started');
  const result = await attempt(stage, async () => stage.run(state, ctx));
  tell(ctx, stage, result.verdict === 'failed' ? 'failed' : 'done', result.summary);
  if (result.verdict === 'passed' && key !== undefined) await plan.memory.keep(stage.name, key, result);
  else await plan.memory.forget(stage.name);
  return reportOf(stage, result, performance.now() - began);
}

async function undoAll(
  ctx: Ctx,
  plan: ShipPlan,
  stages: readonly StageReport[],
  state: ShipState,
): Promise<StageReport[]> {
  const undone: StageReport[] = [];
  for (const stage of plan.stages.toReversed()) {
    const passed = stages.some(
      ({ name, verdict, before }) => name === stage.name && verdict === 'passed' && !before,
    );
    const { undo } = stage;
    if (!passed || undo === undefined) continue;
    await plan.memory.forget(stage.name);
    const began = performance.now();
    const result = await attempt(stage, async () => undo.call(stage, state, ctx));
    if (result) undone.push(reportOf(stage, result, performance.now() - began));
  }
  return undone;
}

/** What a stage gives, or what it threw as findings. */
async function attempt<R extends StageResult | undefined>(
  stage: Stage,
  work: () => Promise<R>,
): Promise<R | StageResult> {
  try {
    return await work();
  } catch (error) {
    if (!isToolError(error) || error.code === 'INTERRUPTED') throw error;
    return { verdict: 'failed', summary: error.message, findings: findingsOf(stage.name, error) };
  }
}

function tell(
  ctx: Ctx,
  { name }: Stage,
  state: 'started' | 'done' | 'cached' | 'failed',
  note?: string,
): void {
  ctx.emit({
    kind: 'step',
    id: stepId(name),
    name,
    state,
    at: ctx.now().getTime(),
    ...(note === undefined ? {} : { note }),
  });
}

/** The step that stands for a stage, for whoever folds logs by stages. */
export function stepId(name: string): string {
  return `ship ${name}`;
}

function reportOf(stage: Stage, result: StageResult, took: number): StageReport {
  return { name: stage.name, took, before: false, ...result };
}

function notRun(stage: Stage): StageReport {
  return { name: stage.name, verdict: 'not run', summary: '', took: 0, before: false, findings: [] };
}

function resultOf(report: StageReport, verdict: StageResult['verdict']): StageResult {
  return { verdict, summary: report.summary, findings: report.findings, data: report.data };
}

function sumUp(
  stages: readonly StageReport[],
  undone: readonly StageReport[],
): Pick<ShipReport, 'verdict' | 'summary'> {
  const failed = stages.find(({ verdict }) => verdict === 'failed');
  if (!failed) {
    const ran = stages.filter(({ verdict }) => verdict === 'passed');
    const last = stages.findLast(({ verdict }) => verdict === 'passed');
    return {
      verdict: 'passed',
      summary:
        last === undefined
          ? 'no stage was run'
          : `${ran.length === 1 ? '1 stage' : `${ran.length} stages`} passed; ${last.name}: ${last.summary}`,
    };
  }
  const back = undone.map(({ name, summary }) => `; ${name} undone: ${summary}`).join('');
  return { verdict: 'failed', summary: `${failed.name} failed: ${failed.summary}${back}` };
}
