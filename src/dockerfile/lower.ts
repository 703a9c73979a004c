/** The Dockerfile as a graph: the stages that the target needs, each instruction as an op or a change of the image's config. */
import { onceMap } from '../core/concurrency.ts';
import { formatPlatform } from '../oci/platform.ts';
import type { Platform } from '../oci/types.ts';
import type { Vertex } from '../solve/graph.ts';
import { configOf } from './config-draft.ts';
import type { LowerOptions, Lowered, LoweredStage, Resolver } from './frontend.ts';
import { parseTrigger } from './instruction-type.ts';
import { lowerInstruction } from './lower-instruction.ts';
import { resultPlatform } from './lower-platform.ts';
import { baseNames, counted, labelOf, stepName } from './lower-names.ts';
import { baseState, scratch, stateOf, type Origin } from './stage-base.ts';
import { planStages, type Plan, type PlannedStage } from './stage-plan.ts';
import { fromsOf, originsOf, type From, type Origins } from './stage-sources.ts';
import type { StageInstruction, StageScope, StageState } from './stage.ts';
import type { Dockerfile } from './syntax.ts';

/** What is the same for all stages. */
interface Lowering {
  readonly dockerfile: Dockerfile;
  readonly options: LowerOptions;
  readonly resolver: Resolver;
  readonly plan: Plan;
  readonly origins: Origins;
  /** The base image's vertex with the name of the first stage that begins with it. */
  shownBase(stage: PlannedStage, state: StageState, triggers: readonly StageInstruction[]): Vertex;
  /** A stage of the Dockerfile, lowered once. */
  stage(index: number): Promise<LoweredState>;
}

interface LoweredState {
  readonly state: StageState;
  /** What `COPY --from` takes: the stage's layers, or the directory that stands in for it. */
  readonly vertex: Vertex;
  readonly steps: readonly Vertex[];
  /** ONBUILD, for stages that begin with this one. */
  readonly triggers: readonly string[];
}

/**
 * Lowers one platform's build to a graph and an image config, as BuildKit 0.25 does. Stages that the target does not need are neither
 * lowered nor resolved; what is needed is resolved side by side.
 * @throws ToolError DOCKERFILE_INVALID at a place, USAGE for a target that is not there, and what the resolver throws
 */
export async function lower(
  dockerfile: Dockerfile,
  options: LowerOptions,
  resolver: Resolver,
): Promise<Lowered> {
  const plan = planStages(dockerfile, options);
  // What is wrong with a stage's sources is wrong whether or not it is needed.
  for (const { index, instructions } of plan.stages) fromsOf(plan, index, instructions);
  const once = onceMap<LoweredState>();
  const needed = new Set<number>();
  const lowering: Lowering = {
    dockerfile,
    options,
    resolver,
    plan,
    origins: originsOf(resolver, plan),
    shownBase: baseNames(plan, options),
    stage: async (index) => {
      needed.add(index);
      // Not at once: a chain of many stages is no deep stack.
      return once(String(index), async () => Promise.resolve().then(async () => lowerStage(lowering, index)));
    },
  };
  const { state } = await lowering.stage(plan.target);
  for (const [name, value] of Object.entries(options.labels)) state.config.labels.set(name, value);
  const stages = await Promise.all(
    [...needed]
      .sort((a, b) => a - b)
      .map(async (index): Promise<LoweredStage> => {
        const { steps } = await lowering.stage(index);
        return { name: labelOf(plan, index), steps, isTarget: index === plan.target };
      }),
  );
  return {
    vertex: state.vertex,
    config: configOf(state.config),
    platform: resultPlatform(options, state.imagePlatform),
    ...(state.author === '' ? {} : { author: state.author }),
    baseHistory: state.baseHistory,
    history: state.history,
    stages,
    warnings: plan.warnings,
  };
}

async function lowerStage(lowering: Lowering, index: number): Promise<LoweredState> {
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

/** What a stage begins with. */
interface Base {
  readonly state: StageState;
  readonly triggers: readonly string[];
  /** It is a step of its own: an image. */
  readonly shown: boolean;
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

/** What `--from` names, by `keyOf`. */
type Sources = ReadonlyMap<string, Vertex>;

const keyOf = (from: string, by: From['by']): string => `${by} ${from}`;

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

function scopeOf(
  { dockerfile, options, resolver, plan }: Lowering,
  planned: PlannedStage,
  base: Base,
  {
    instructions,
    sources,
  }: { readonly instructions: readonly StageInstruction[]; readonly sources: Sources },
): StageScope {
  const { state } = base;
  const { index, from } = planned;
  const naming = {
    stage: plan.stages.length === 1 ? undefined : labelOf(plan, index),
    total: counted(instructions) + Number(base.shown),
    platform: options.several ? state.platform : undefined,
  };
  let number = Number(base.shown);
  const { noCache } = options;
  const fresh =
    noCache === true || (noCache !== false && noCache.some((stage) => stage.toLowerCase() === from.as));
  return {
    options,
    resolver,
    escape: dockerfile.escape,
    globals: plan.globals,
    fresh,
    state,
    steps: [],
    cmdSet: false,
    source: (name, by) => sources.get(keyOf(name, by)) ?? scratch,
    next: ({ triggered }, text) => ({
      name: stepName(naming, ++number, triggered ? `ONBUILD ${text}` : text, state.env),
      slot: `${from.as ?? index} ${number} ${formatPlatform(state.platform)}`,
    }),
  };
}
