import { formatPlatform } from '../oci/platform.ts';
import type { Vertex } from '../solve/graph.ts';
import type { LowerOptions, Resolver } from './frontend.ts';
import { counted, labelOf, stepName } from './lower-names.ts';
import { scratch } from './stage-base.ts';
import type { Plan, PlannedStage } from './stage-plan.ts';
import type { From } from './stage-sources.ts';
import type { StageInstruction, StageScope, StageState } from './stage.ts';

/** What a stage begins with. */
export interface Base {
  readonly state: StageState;
  readonly triggers: readonly string[];
  /** It is a step of its own: an image. */
  readonly shown: boolean;
}

/** What `--from` names, by `keyOf`. */
export type Sources = ReadonlyMap<string, Vertex>;

export const keyOf = (from: string, by: From['by']): string => `${by} ${from}`;

/** What is the same for all stages. */
interface Outside {
  readonly options: LowerOptions;
  readonly resolver: Resolver;
  readonly plan: Plan;
  readonly escape: '\\' | '`';
}

/** What a stage's instructions may ask, and where they leave what they do. */
export function scopeOf(
  { options, resolver, plan, escape }: Outside,
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
    escape,
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
