import type { Ctx } from '../../core/ctx.ts';
import { isToolError } from '../../core/errors.ts';
import { failureOf } from '../failure.ts';
import type { Failure, Measured } from '../types.ts';
import { median } from './median.ts';
import { startOnce, type Start } from './start/once.ts';
import { onStage, startable, type Stage, type Startable } from './start/stage.ts';
import type { FoundProbe, MeasuredImage, StartFigures, StartTerms } from './types.ts';

/**
 * Starts each image in the sandbox, all of them in turn (A B C A B C …) so that what else the machine does meets all alike, and measures the
 * time to the first ready answer and the memory at that moment. A start of each goes before that does not count: it brings the files into
 * memory, and tells which images fail.
 * @param starts that count, at least 1
 * @returns in the order of the images
 * @throws ToolError SANDBOX_UNAVAILABLE where nothing can be run on this machine; what interrupts it
 */
export async function measureStarts(
  ctx: Ctx,
  images: readonly MeasuredImage[],
  found: FoundProbe,
  starts: number,
  terms: StartTerms = {},
): Promise<StartFigures[]> {
  const { probe } = found;
  if (probe.kind === 'none') return images.map(() => missing(probe.why));
  const quiet = withoutRepetition(ctx);
  return onStage(quiet, terms, async (stage) => {
    const all: Candidate[] = [];
    for (const image of images) all.push(await prepare(quiet, stage, image));
    const tell = (done: number): void => {
      const { step: id } = terms;
      if (id !== undefined)
        ctx.emit({ kind: 'progress', id, done, total: all.length * (starts + 1), unit: 'items' });
    };
    for (let round = 0; round <= starts; round++) {
      for (const [index, candidate] of all.entries()) {
        if (candidate.outcome) continue;
        tell(round * all.length + index);
        await startAgain(quiet, stage, candidate, found, round > 0);
      }
    }
    return all.map((candidate) => candidate.outcome ?? figuresOf(candidate.good));
  });
}

interface Candidate {
  readonly image: MeasuredImage;
  readonly startable: Startable | undefined;
  readonly good: Extract<Start, { ready: true }>[];
  /** Why it is not started any more. */
  outcome: StartFigures | undefined;
}

async function prepare(ctx: Ctx, stage: Stage, image: MeasuredImage): Promise<Candidate> {
  try {
    return { image, startable: await startable(ctx, stage, image), good: [], outcome: undefined };
  } catch (error) {
    return { image, startable: undefined, good: [], outcome: await asOutcome(ctx, stage, image, error) };
  }
}

async function startAgain(
  ctx: Ctx,
  stage: Stage,
  candidate: Candidate,
  found: FoundProbe,
  counts: boolean,
): Promise<void> {
  const { image, startable: program, good } = candidate;
  if (!program) return;
  try {
    const start = await startOnce(ctx, stage, program, found);
    if (!start.ready)
      candidate.outcome = failed(await failureOf(ctx, stage.store, { phase: 'start', start }, image));
    else if (counts) good.push(start);
  } catch (error) {
    candidate.outcome = await asOutcome(ctx, stage, image, error);
  }
}

/** What the image is to blame for is its failure; what the machine is to blame for, a figure that is missing. */
async function asOutcome(
  ctx: Ctx,
  { store }: Stage,
  image: MeasuredImage,
  error: unknown,
): Promise<StartFigures> {
  ctx.signal.throwIfAborted();
  if (!isToolError(error)) throw error;
  if (isToolError(error, 'SANDBOX_UNAVAILABLE', 'SANDBOX_FAILED', 'PORT_UNAVAILABLE'))
    return missing(error.message);
  return failed(await failureOf(ctx, store, { phase: 'start', error }, image));
}

function missing(reason: string): StartFigures {
  return { start: { missing: reason }, memory: { missing: reason } };
}

function failed(failure: Failure): StartFigures {
  return { ...missing(failure.cause), failure };
}

function figuresOf(starts: readonly Extract<Start, { ready: true }>[]): StartFigures {
  const memory = starts.flatMap((start) => (start.memory === undefined ? [] : [start.memory]));
  return {
    start: median(starts.map(({ milliseconds }) => milliseconds)),
    memory: memory.length > 0 ? median(memory) : gone,
  };
}

const gone: Measured = {
  missing: 'the program has ended when it is ready: no memory is left to be measured',
};

/** The same warning for every start is one. */
function withoutRepetition(ctx: Ctx): Ctx {
  const said = new Set<string>();
  return {
    ...ctx,
    emit: (event) => {
      if (event.kind === 'warning') {
        if (said.has(event.message)) return;
        said.add(event.message);
      }
      ctx.emit(event);
    },
  };
}
