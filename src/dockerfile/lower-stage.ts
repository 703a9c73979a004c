import type { Platform } from '../oci/types.ts';
import type { Vertex } from '../solve/graph.ts';
import type { LowerOptions, Resolver } from './frontend.ts';
import { parseTrigger } from './instruction-type.ts';
import { lowerInstruction } from './lower-instruction.ts';
import { baseState, scratch, stateOf, type Origin } from './stage-base.ts';
import type { Plan, PlannedStage } from './stage-plan.ts';
import { keyOf, scopeOf, type Base, type Sources } from './stage-scope.ts';
import { fromsOf, type Origins } from './stage-sources.ts';
import type { StageInstruction, StageState } from './stage.ts';

/** What is the same for all stages. */
export interface Lowering {
  readonly escape: '\\' | '`';
  readonly options: LowerOptions;
  readonly resolver: Resolver;
  readonly plan: Plan;
  readonly origins: Origins;
  /** The base image's vertex with the name of the first stage that begins with it. */
  shownBase(stage: PlannedStage, state: StageState, triggers: readonly StageInstruction[]): Vertex;
  /** A stage of the Dockerfile, lowered once. */
  stage(index: number): Promise<LoweredState>;
}

export interface LoweredState {
  readonly state: StageState;
  /** What `COPY --from` takes: the stage's layers, or the directory that stands in for it. */
  readonly vertex: Vertex;
  readonly steps: readonly Vertex[];
  /** ONBUILD, for stages that begin with this one. */
  readonly triggers: readonly string[];
}

/**
 * Lowers a stage: what it begins with and copies from is made ready side by side, then its instructions are done in order, those of its
 * base's triggers first.
 * @throws ToolError
 */
export async function lowerStage(lowering: Lowering, index: number): Promise<LoweredState> {
  const { plan, origins, options } = lowering;
  const planned = plan.stages[index];
  if (!planned) throw new RangeError(`no stage ${index}`);
  const platform = planned.platform ?? options.platform;
  const name = planned.from.as;
  const instead = name === undefined ? undefined : await origins.instead(name, platform);
  if (instead) return standIn(instead, planned, platform);
  const [base, own] = await Promise.all([
    baseOf(lowering, planned),
    sourcesOf(lowering, index, planned.instructions),
  ]);
  const where = planned.place(planned.from.span);
  const triggers = base.triggers.map((text): StageInstruction => {
    const instruction = parseTrigger(text, where);
    return { instruction, place: () => where, triggered: true };
  });
  const sources = new Map([...own, ...(await sourcesOf(lowering, index, triggers))]);
  const instructions = [...triggers, ...planned.instructions];
  if (base.shown) base.state.vertex = lowering.shownBase(planned, base.state, triggers);
  const scope = scopeOf(lowering, planned, base, { instructions, sources });
  for (const step of instructions) lowerInstruction(scope, step);
  const { state, steps } = scope;
  return { state, vertex: state.vertex, steps, triggers: [...state.config.onBuild] };
}

/** A stage whose place a named context takes: none of its instructions count. */
function standIn(origin: Origin, { from, base }: PlannedStage, platform: Platform): LoweredState {
  const triggers = origin.config?.config?.OnBuild ?? [];
  const state = baseState(origin, from.as ?? base, platform);
  return { state, vertex: origin.vertex, steps: [], triggers };
}

async function baseOf({ origins, options, stage }: Lowering, planned: PlannedStage): Promise<Base> {
  if (planned.baseStage !== undefined) {
    const { state, triggers } = await stage(planned.baseStage);
    return { state: stateOf(state), triggers, shown: false };
  }
  const { base, place, from } = planned;
  if (base === 'scratch')
    return { state: baseState({ vertex: scratch }, base, options.platform), triggers: [], shown: false };
  const platform = planned.platform ?? options.platform;
  const origin = await origins.outside(base, platform, place(from.image.span));
  const triggers = origin.config?.config?.OnBuild ?? [];
  return { state: baseState(origin, base, platform), triggers, shown: origin.vertex.op.kind === 'source' };
}

async function sourcesOf(
  { plan, origins, options, stage }: Lowering,
  index: number,
  instructions: readonly StageInstruction[],
): Promise<Sources> {
  const froms = fromsOf(plan, index, instructions);
  const found = await Promise.all(
    froms.map(async ({ by, word, place, stage: earlier }) => {
      const source =
        earlier === undefined
          ? await origins.outside(word.text, options.platform, place(word.span))
          : await stage(earlier);
      return [keyOf(word.text, by), source.vertex] as const;
    }),
  );
  return new Map(found);
}
