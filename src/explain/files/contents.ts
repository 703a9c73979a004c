import { growColumns } from './columns.ts';

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
  const columns = {
    layers: new Int32Array(64),
    entries: new Int32Array(64),
    sizes: new Float64Array(64),
    names: new Int32Array(64),
    causes: new Int32Array(64),
    deleted: new Uint8Array(64),
    tops: new Int32Array(64),
  };
  const topPaths: string[] = [];
  return {
    add: (layer, entry, size) => {
      const content = count++;
      if (count > columns.layers.length) growColumns(columns, count);
      columns.layers[content] = layer;
      columns.entries[content] = entry;
      columns.sizes[content] = size;
      columns.names[content] = 1;
      return content;
    },
    hold: (content) => {
      if (content >= 0) columns.names[content] = (columns.names[content] ?? 0) + 1;
    },
    release: (content, by, how, top) => {
      if (content < 0) return 0;
      const left = (columns.names[content] ?? 1) - 1;
      columns.names[content] = left;
      if (left > 0) return 0;
      columns.causes[content] = by;
      columns.deleted[content] = how === 'deleted' ? 1 : 0;
      if (top !== undefined) {
        if (topPaths.at(-1) !== top) topPaths.push(top);
        columns.tops[content] = topPaths.length;
      }
      return columns.sizes[content] ?? 0;
    },
    done: () => ({
      count,
      layers: columns.layers.subarray(0, count),
      entries: columns.entries.subarray(0, count),
      sizes: columns.sizes.subarray(0, count),
      shared: (content) => (columns.names[content] ?? 0) > 1,
      lost: (content) =>
        columns.names[content] === 0
          ? {
              how: columns.deleted[content] === 1 ? 'deleted' : 'overwritten',
              by: columns.causes[content] ?? 0,
              top: topPaths[(columns.tops[content] ?? 0) - 1],
            }
          : undefined,
    }),
  };
}
