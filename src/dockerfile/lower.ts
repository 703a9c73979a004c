/** The Dockerfile as a graph: the stages that the target needs, each instruction as an op or a change of the image's config. */
import { onceMap } from '../core/concurrency.ts';
import { configOf } from './config-draft.ts';
import type { LowerOptions, Lowered, LoweredStage, Resolver } from './frontend.ts';
import { baseNames, labelOf } from './lower-names.ts';
import { resultPlatform } from './lower-platform.ts';
import { lowerStage, type LoweredState, type Lowering } from './lower-stage.ts';
import { planStages } from './stage-plan.ts';
import { fromsOf, originsOf } from './stage-sources.ts';
import type { Dockerfile } from './syntax.ts';

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
    escape: dockerfile.escape,
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
