/** What stages copy from and begin with that stands outside the Dockerfile: named contexts and images. */
import { closest } from '../core/closest.ts';
import { onceMap } from '../core/concurrency.ts';
import { isToolError, type SourceRange } from '../core/errors.ts';
import { formatPlatform } from '../oci/platform.ts';
import type { Platform } from '../oci/types.ts';
import { expandWord } from './expand.ts';
import type { Resolver } from './frontend.ts';
import type { Instruction, Word } from './instructions.ts';
import { imageText, scratch, type Origin } from './stage-base.ts';
import type { Plan } from './stage-plan.ts';
import { invalid, withPlace } from './stage.ts';
import type { Place, StageInstruction } from './stage.ts';

/** A `--from` of an instruction. */
export interface From {
  readonly by: 'copy' | 'mount';
  readonly word: Word;
  readonly place: Place;
  /** An earlier stage; else it is a named context or an image. */
  readonly stage?: number;
}

/**
 * What the instructions of a stage copy and mount from.
 * @param index of the stage
 * @throws ToolError DOCKERFILE_INVALID
 */
export function fromsOf(
  plan: Plan,
  index: number,
  instructions: readonly StageInstruction[],
): readonly From[] {
  return instructions.flatMap(({ instruction, place }) =>
    wordsOf(instruction).map(({ by, word }) => {
      const stage = stageOf(plan, index, { by, word, place });
      return { by, word, place, ...(stage === undefined ? {} : { stage }) };
    }),
  );
}

function wordsOf(instruction: Instruction): { readonly by: From['by']; readonly word: Word }[] {
  if (instruction.kind === 'copy') return instruction.from ? [{ by: 'copy', word: instruction.from }] : [];
  if (instruction.kind !== 'run') return [];
  return instruction.mounts.flatMap(({ options }) => {
    const word = options.get('from');
    return word && word.text !== '' ? [{ by: 'mount', word } as const] : [];
  });
}

/** COPY takes a name or a number, a mount only a name; variables are not replaced, so that the graph is known before they are. */
function stageOf({ stages, byName }: Plan, index: number, { by, word, place }: From): number | undefined {
  const { text, span } = word;
  const name = text.toLowerCase();
  if (/\$./s.test(text) && expandWord(text, new Map(), { escape: '\\' }) !== text)
    throw invalid(
      'variables are not replaced in from=',
      `Name a stage for it: FROM ${text} AS name, with the ARG before the first FROM.`,
      place(span),
    );
  const numbered = by === 'copy' && /^\d+$/.test(text);
  if (numbered && Number(text) >= stages.length)
    throw invalid(`there is no stage ${text}`, `The stages are 0 to ${stages.length - 1}.`, place(span));
  const stage = numbered ? Number(text) : byName.get(name);
  if (stage === undefined || stage < index) return stage;
  if (stage === index)
    throw invalid(
      'circular dependency: the stage copies from itself',
      'Copy from an earlier stage.',
      place(span),
    );
  const needsUs = neededStages({ stages, byName }, stage).has(index);
  throw invalid(
    needsUs
      ? `circular dependency: stage ${text} needs this one`
      : `stage ${text} stands below the stage that copies from it`,
    needsUs ? 'Move what both need into a stage of its own.' : `Move stage ${text} up.`,
    place(span),
  );
}

/** The stages that one needs, itself among them, as far as the Dockerfile itself says: triggers of bases may add to them. */
export function neededStages(
  { stages, byName }: Pick<Plan, 'stages' | 'byName'>,
  from: number,
): ReadonlySet<number> {
  const seen = new Set<number>();
  const open = [from];
  for (let index = open.pop(); index !== undefined; index = open.pop()) {
    const stage = stages[index];
    if (!stage || seen.has(index)) continue;
    seen.add(index);
    if (stage.baseStage !== undefined) open.push(stage.baseStage);
    for (const { instruction } of stage.instructions) {
      for (const { word } of wordsOf(instruction)) {
        const next =
          byName.get(word.text.toLowerCase()) ?? (/^\d+$/.test(word.text) ? Number(word.text) : undefined);
        if (next !== undefined) open.push(next);
      }
    }
  }
  return seen;
}

export interface Origins {
  /** What a name means outside the Dockerfile: scratch, a named context, an image. Asked for once. */
  outside(name: string, platform: Platform, where: SourceRange): Promise<Origin>;
  /** The named context that stands in for a stage, if there is one. */
  instead(stage: string, platform: Platform): Promise<Origin | undefined>;
}

/** @param plan tells which names might have been meant */
export function originsOf(resolver: Resolver, plan: Plan): Origins {
  const once = onceMap<Origin>();
  const instead: Origins['instead'] = async (name, platform) => {
    if (name === 'scratch' || name === 'context') return undefined;
    const named = await resolver.named(name, platform);
    if (!named) return undefined;
    return 'vertex' in named ? named : { vertex: named.image.vertex, config: named.image.config };
  };
  const resolve = async (name: string, platform: Platform): Promise<Origin> => {
    if (name === 'scratch') return { vertex: scratch };
    const named = await instead(name, platform);
    if (named) return named;
    const { vertex, config, digest, reference } = await resolver.image(name, platform);
    return { vertex: { name: imageText(reference, digest), ...vertex }, config };
  };
  return {
    instead,
    outside: async (name, platform, where) => {
      try {
        return await once(`${formatPlatform(platform)} ${name}`, async () => resolve(name, platform));
      } catch (error) {
        throw withPlace(error, where, isToolError(error) ? meant(name, plan) : undefined);
      }
    },
  };
}

function meant(name: string, { byName }: Plan): string | undefined {
  const near = byName.has(name.toLowerCase()) ? name.toLowerCase() : closest(name, byName.keys());
  return near === undefined ? undefined : `Did you mean the stage ${near}?`;
}
