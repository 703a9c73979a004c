import { applyLayer } from '../layer/apply.ts';
import type { IndexEntry, LayerIndex } from '../layer/layer-index.ts';

/** Where an entry of a stack comes from. */
export interface Origin {
  /** Which layer, counted from the lowest. */
  readonly layer: number;
  /** Position in that layer's index. */
  readonly position: number;
  readonly entry: IndexEntry;
}

/** An entry of a stack of layers; hard links are files with the same origin. Directories that no layer describes have none. */
export interface Merged extends IndexEntry {
  readonly origin?: Origin;
}

/** What a stack of layers, lowest first, amounts to, by path. */
export async function mergeIndexes(indexes: readonly LayerIndex[]): Promise<Map<string, Merged>> {
  const tree = new Map<string, Merged>();
  for (const [layer, index] of indexes.entries()) await applyLayer(tree, withOrigins(layer, index));
  return tree;
}

function* withOrigins(layer: number, index: LayerIndex): Generator<Merged> {
  for (const [position, entry] of index.entries()) yield { ...entry, origin: { layer, position, entry } };
}
