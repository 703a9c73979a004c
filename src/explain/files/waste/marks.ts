import type { Contents } from '../contents.ts';
import { wasteKinds } from '../../types.ts';
import type { WasteKind } from '../../types.ts';

/** Which contents are waste: each at most once, so that no byte counts twice. */
export interface Marks {
  /** False when it is marked already. */
  mark(content: number, kind: WasteKind): boolean;
  kindOf(content: number): WasteKind | undefined;
  /** Number of the content that an entry of a layer has; -1 for none. */
  contentAt(layer: number, entry: number): number;
  /** Of the content that an entry of a layer has. */
  kindAt(layer: number, entry: number): WasteKind | undefined;
}

export function marksOf(contents: Contents): Marks {
  const kinds = new Uint8Array(contents.count);
  // Contents are numbered in the order of layers and entries.
  const indexOf = (layer: number, entry: number): number => {
    let [low, high] = [0, contents.count];
    while (low < high) {
      const middle = (low + high) >>> 1;
      const [l, e] = [contents.layers[middle] ?? 0, contents.entries[middle] ?? 0];
      if (l < layer || (l === layer && e < entry)) low = middle + 1;
      else high = middle;
    }
    return contents.layers[low] === layer && contents.entries[low] === entry ? low : -1;
  };
  const kindOf = (content: number): WasteKind | undefined => wasteKinds[(kinds[content] ?? 0) - 1];
  return {
    mark: (content, kind) => {
      if (content < 0 || kinds[content] !== 0) return false;
      kinds[content] = wasteKinds.indexOf(kind) + 1;
      return true;
    },
    kindOf,
    contentAt: indexOf,
    kindAt: (layer, entry) => kindOf(indexOf(layer, entry)),
  };
}
