/** Decides how speed is measured: by the program's own benchmarks when it has some, else by how long it takes to start. */
import type { Ctx } from '../../core/ctx.ts';
import type { ComparedProgram } from '../program.ts';
import type { CompareRequest } from '../request.ts';
import { findBenchmarks } from './benchmarks.ts';
import type { Elsewhere } from './elsewhere.ts';
import { measureBenchmarks } from './speed.ts';
import type { Runner, Speeds } from './speed.ts';

export interface SpeedTerms {
  readonly program: ComparedProgram;
  readonly request: CompareRequest;
  /** An empty directory, but for an empty `root` in it. */
  readonly directory: string;
  /** Is the program for this machine's architecture? */
  readonly native: boolean;
  readonly sizeOnly: boolean;
  readonly elsewhere?: Elsewhere;
  /** Milliseconds. */
  readonly longest: number;
}

/** @throws ToolError SANDBOX_UNAVAILABLE; NETWORK and the like of compiling */
export async function measureSpeed(ctx: Ctx, runners: readonly Runner[], terms: SpeedTerms): Promise<Speeds> {
  const [first] = runners;
  if (terms.sizeOnly || first === undefined) return unmeasured('only sizes were asked for');
  if (!terms.native) return unmeasured('the program is for another architecture than this machine');
  const { elsewhere } = terms;
  const packages = await findBenchmarks(elsewhere?.ctx ?? ctx, first.settings);
  if (packages.length > 0) {
    const { directory, longest, program } = terms;
    return measureBenchmarks(ctx, runners, packages, {
      ...{ directory, longest, project: program.context },
      ...(elsewhere && { elsewhere }),
    });
  }
  const { measureStartOf } = await import('./start.ts');
  return measureStartOf(ctx, runners, terms);
}

function unmeasured(why: string): Speeds {
  return { method: { kind: 'none', why }, noise: { missing: why }, slowdown: new Map() };
}
