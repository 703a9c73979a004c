import { roomFor } from './columns.ts';

/** How a content went out of sight. */
export type Loss = 'overwritten' | 'deleted';

/** Every content of every layer: bytes that the image has, whether or not a container sees them. */
export interface Contents {
  readonly count: number;
  /** Where it is: a layer, and an entry of that layer. */
  readonly layers: Int32Array;
  readonly entries: Int32Array;
  /** Bytes. */
  readonly sizes: Float64Array;
  /** It has several names that are to be seen: hard links. */
  shared(content: number): boolean;
  /** How it was lost; undefined while it is to be seen. */
  lost(
    content: number,
  ): { readonly how: Loss; readonly by: number; readonly top: string | undefined } | undefined;
}

export interface ContentTable {
  /** With one name. */
  add(layer: number, entry: number, size: number): number;
  /** One name more. */
  hold(content: number): void;
  /**
   * One name less. `top`: path of what was removed as a whole.
   * @returns the bytes that went out of sight by it
   */
  release(content: number, by: number, how: Loss, top?: string): number;
  done(): Contents;
}

export function contentTable(): ContentTable {
  let count = 0;
  let layers = new Int32Array(64);
  let entries = new Int32Array(64);
  let sizes = new Float64Array(64);
  let names = new Int32Array(64);
  let causes = new Int32Array(64);
  let deleted = new Uint8Array(64);
  let tops = new Int32Array(64);
  const topPaths: string[] = [];
  return {
    add: (layer, entry, size) => {
      const content = count++;
      layers = roomFor(layers, count);
      entries = roomFor(entries, count);
      sizes = roomFor(sizes, count);
      names = roomFor(names, count);
      causes = roomFor(causes, count);
      deleted = roomFor(deleted, count);
      tops = roomFor(tops, count);
      layers[content] = layer;
      entries[content] = entry;
      sizes[content] = size;
      names[content] = 1;
      return content;
    },
    hold: (content) => {
      if (content >= 0) names[content] = (names[content] ?? 0) + 1;
    },
    release: (content, by, how, top) => {
      if (content < 0) return 0;
      const left = (names[content] ?? 1) - 1;
      names[content] = left;
      if (left > 0) return 0;
      causes[content] = by;
      deleted[content] = how === 'deleted' ? 1 : 0;
      if (top !== undefined) {
        if (topPaths.at(-1) !== top) topPaths.push(top);
        tops[content] = topPaths.length;
      }
      return sizes[content] ?? 0;
    },
    done: () => ({
      count,
      layers: layers.subarray(0, count),
      entries: entries.subarray(0, count),
      sizes: sizes.subarray(0, count),
      shared: (content) => (names[content] ?? 0) > 1,
      lost: (content) =>
        names[content] === 0
          ? {
              how: deleted[content] === 1 ? 'deleted' : 'overwritten',
              by: causes[content] ?? 0,
              top: topPaths[(tops[content] ?? 0) - 1],
            }
          : undefined,
    }),
  };
}
