/**
 * Which bytes are waste, and what to do about it. Kinds are looked for in a fixed order, and a content is taken by the first that claims
 * it: so no byte counts twice.
 */
import type { Waste } from '../../types.ts';
import type { Breathe } from '../breath.ts';
import type { Merged } from '../merge.ts';
import { pathWaste } from './by-path.ts';
import { duplicateWaste } from './duplicates.ts';
import type { HashOf } from './duplicates.ts';
import { elfWaste } from './elf.ts';
import { lostWaste } from './lost.ts';
import type { StepOf } from './lost.ts';
import { marksOf } from './marks.ts';
import type { Marks } from './marks.ts';
import type { Surroundings } from './rules.ts';
import { secretWaste } from './secrets.ts';

export interface FoundWaste {
  /** Largest first. */
  readonly waste: readonly Waste[];
  /** 1 - waste / all contents. */
  readonly efficiency: number;
  readonly marks: Marks;
}

export async function findWaste(
  merged: Merged,
  {
    around,
    hashOf,
    stepOf,
    breathe,
  }: {
    readonly around: Surroundings;
    readonly hashOf: HashOf;
    readonly stepOf: StepOf;
    readonly breathe?: Breathe;
  },
): Promise<FoundWaste> {
  const marks = marksOf(merged.contents);
  const waste = [
    ...(await lostWaste(merged, marks, { stepOf, around }, breathe)),
    ...(await pathWaste(merged, marks, around, breathe)),
    ...(await duplicateWaste(merged, marks, hashOf, breathe)),
    ...(await elfWaste(merged, marks, breathe)),
    ...secretWaste(merged, marks),
  ].sort((a, b) => b.bytes - a.bytes);
  const wasted = waste.reduce((sum, { bytes }) => sum + bytes, 0);
  const all = merged.contents.sizes.reduce((sum, size) => sum + size, 0);
  return { waste, efficiency: all === 0 ? 1 : 1 - wasted / all, marks };
}
