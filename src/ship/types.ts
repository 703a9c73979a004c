/**
 * ship/ is the pipeline: stages in a row, one report. It must not know how a stage does its work; a stage is one small interface, so that later checks
 * plug in as a line of stages.ts.
 */
import type { Ctx } from '../core/ctx.ts';
import type { Finding } from './finding.ts';

export type Verdict = 'passed' | 'failed' | 'skipped' | 'not run';

export interface Stage {
  /** One word, as it is skipped by: `tests`. */
  readonly name: string;
  /** What it does, for help. */
  readonly summary: string;
  /** Whether its result may be taken from the last run when its key is the same: what it depends on, as text; undefined runs it always. */
  key?(state: ShipState, ctx: Ctx): Promise<string | undefined>;
  run(state: ShipState, ctx: Ctx): Promise<StageResult>;
  /** Its last result counts also without --resume: what it found depends on nothing but its key. */
  readonly remembers?: boolean;
  /** Undoes it when a later stage failed. */
  undo?(state: ShipState, ctx: Ctx): Promise<StageResult | undefined>;
}

export interface StageResult {
  readonly verdict: Exclude<Verdict, 'not run'>;
  /** One line with figures. */
  readonly summary: string;
  readonly findings: readonly Finding[];
  /** Plain data that later stages and the report read: `state.results.build`. */
  readonly data?: unknown;
}

/** One stage in the report. */
export interface StageReport {
  readonly name: string;
  readonly verdict: Verdict;
  readonly summary: string;
  /** Milliseconds. */
  readonly took: number;
  /** It passed in an earlier run, and nothing that it depends on has changed. */
  readonly before: boolean;
  readonly findings: readonly Finding[];
  readonly data?: unknown;
}

/** What one run came to. Plain data: what is printed, written to files and kept. */
export interface ShipReport {
  readonly environment: string | undefined;
  readonly verdict: 'passed' | 'failed';
  /** A sentence. */
  readonly summary: string;
  readonly stages: readonly StageReport[];
  /** What was undone after a failure, newest first. */
  readonly undone: readonly StageReport[];
  /** Milliseconds. */
  readonly took: number;
}

/** What the stages share. */
export interface ShipState {
  readonly environment: string | undefined;
  readonly results: Readonly<Record<string, StageResult>>;
}
