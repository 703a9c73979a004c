import { formatPlatform, normalizePlatform, parsePlatform } from '../oci/platform.ts';
import type { Platform } from '../oci/types.ts';
import type { Vertex } from '../solve/graph.ts';
import { isToolError } from '../core/errors.ts';
import type { LowerOptions } from './frontend.ts';
import type { Plan, PlannedStage } from './stage-plan.ts';
import { imageText } from './stage-base.ts';
import { neededStages } from './stage-sources.ts';
import type { StageInstruction, StageState } from './stage.ts';

export interface Naming {
  /** Of the stage: its name, or `stage-2`; undefined when the Dockerfile has no other. */
  readonly stage: string | undefined;
  /** How many steps the stage has, its base among them. */
  readonly total: number;
  /** In front, when there are several. */
  readonly platform: Platform | undefined;
}

/** A step as docker buildx shows it: `[linux/amd64->arm64 build 3/5] RUN make`. */
export function stepName(
  { stage, total, platform }: Naming,
  number: number,
  text: string,
  env: ReadonlyMap<string, string>,
): string {
  const count = String(number).padStart(String(total).length);
  const words = [
    ...(platform ? [formatPlatform(platform) + crossTarget(platform, env)] : []),
    ...(stage === undefined ? [] : [stage]),
    `${count}/${total}`,
  ];
  return `[${words.join(' ')}] ${withKeyword(text)}`;
}

function withKeyword(text: string): string {
  return text.replace(/^\S+/, (keyword) => keyword.toUpperCase());
}

/** `->arm64` where the stage declares the target's platform and it is another one. */
function crossTarget(platform: Platform, env: ReadonlyMap<string, string>): string {
  const target = targetIn(platform, env);
  if (!target) return '';
  const { os, architecture, variant } = normalizePlatform(target);
  if (os !== platform.os) return `->${formatPlatform(target)}`;
  if (architecture === platform.architecture) return '';
  return `->${architecture}${variant === undefined ? '' : `/${variant}`}`;
}

function targetIn(platform: Platform, env: ReadonlyMap<string, string>): Platform | undefined {
  const whole = env.get('TARGETPLATFORM');
  if (whole !== undefined) {
    try {
      return parsePlatform(whole);
    } catch (error) {
      if (!isToolError(error)) throw error;
    }
  }
  const [os, architecture, variant] = ['OS', 'ARCH', 'VARIANT'].map((part) => env.get(`TARGET${part}`));
  if (os === undefined && architecture === undefined && variant === undefined) return undefined;
  return {
    os: os || platform.os,
    architecture: architecture || platform.architecture,
    ...(variant ? { variant } : {}),
  };
}

/** A stage as it is shown. */
export function labelOf({ stages }: Plan, index: number): string {
  return stages[index]?.from.as ?? `stage-${index}`;
}

/** How many of the instructions are steps. */
export function counted(instructions: readonly StageInstruction[]): number {
  return instructions.filter(({ instruction }) =>
    ['run', 'copy', 'add', 'workdir'].includes(instruction.kind),
  ).length;
}

/**
 * Gives the vertices of base images their names. An image that several stages begin with is one vertex, with the name of the first of
 * them that is needed.
 */
export function baseNames(
  plan: Plan,
  options: LowerOptions,
): (stage: PlannedStage, state: StageState, triggers: readonly StageInstruction[]) => Vertex {
  const named = new Map<Vertex, Vertex>();
  const needed = neededStages(plan, plan.target);
  return (stage, { vertex, platform, env }, triggers) => {
    const known = named.get(vertex);
    if (known || vertex.op.kind !== 'source') return known ?? vertex;
    const shown = formatPlatform(platform);
    const first =
      plan.stages.find(
        (other) =>
          needed.has(other.index) &&
          other.base === stage.base &&
          formatPlatform(other.platform ?? options.platform) === shown,
      ) ?? stage;
    const naming = {
      stage: plan.stages.length === 1 ? undefined : labelOf(plan, first.index),
      total: 1 + counted(triggers) + counted(first.instructions),
      platform: options.several ? platform : undefined,
    };
    const text = imageText(vertex.op.reference, vertex.op.digest);
    const slot = `${first.from.as ?? first.index} 1 ${shown}`;
    const whole = { ...vertex, name: stepName(naming, 1, text, env), slot };
    named.set(vertex, whole);
    return whole;
  };
}
