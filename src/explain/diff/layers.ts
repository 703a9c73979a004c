import { instructionOf } from '../image/history.ts';
import type { LayerExplanation } from '../types.ts';
import type { LayerChange, LayerSide } from './types.ts';

/**
 * Pairs the layers of two images: the same content first, then what the same instruction made, then what stands at the same place
 * without a word of how it was made. In the order of the new image; what went stands at its end.
 */
export function compareLayers(
  before: readonly LayerExplanation[],
  after: readonly LayerExplanation[],
): LayerChange[] {
  const old = new Set(before);
  const found = new Map<LayerExplanation, LayerExplanation>();
  const match = (same: (a: LayerExplanation, b: LayerExplanation) => boolean): void => {
    for (const now of after) {
      if (found.has(now)) continue;
      const other = [...old].find((each) => same(each, now));
      if (other === undefined) continue;
      found.set(now, other);
      old.delete(other);
    }
  };
  match((a, b) => a.diffId === b.diffId);
  match((a, b) => a.createdBy !== undefined && a.createdBy === b.createdBy);
  // Another value of a build argument, or another builder.
  match((a, b) => a.createdBy !== undefined && instructionIn(a) === instructionIn(b));
  match((a, b) => a.createdBy === undefined && b.createdBy === undefined && a.index === b.index);
  return [
    ...after.map((now): LayerChange => {
      const other = found.get(now);
      if (!other) return { state: 'added', after: sideOf(now) };
      const state = other.diffId === now.diffId ? 'same' : 'changed';
      return { state, before: sideOf(other), after: sideOf(now) };
    }),
    ...[...old].map((gone): LayerChange => ({ state: 'removed', before: sideOf(gone) })),
  ];
}

function instructionIn({ createdBy }: LayerExplanation): string | undefined {
  return createdBy === undefined ? undefined : instructionOf(createdBy);
}

function sideOf({ index, diffId, size, unpacked, createdBy }: LayerExplanation): LayerSide {
  return { index, diffId, size, unpacked, ...(createdBy === undefined ? {} : { createdBy }) };
}
