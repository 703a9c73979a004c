/** Something of both sides, or of one of them only. */
export interface Pair<T> {
  readonly before?: T;
  readonly after?: T;
}

/** Brings together what has the same key on both sides; what is only on one side stands alone. In the order of `before`, then of `after`. */
export function pairUp<T>(before: readonly T[], after: readonly T[], keyOf: (item: T) => string): Pair<T>[] {
  const rest = new Map(after.map((item) => [keyOf(item), item]));
  const pairs = before.map((item): Pair<T> => {
    const key = keyOf(item);
    const other = rest.get(key);
    rest.delete(key);
    return other === undefined ? { before: item } : { before: item, after: other };
  });
  return [...pairs, ...[...rest.values()].map((item) => ({ after: item }))];
}

/**
 * Pairs programs: by path, then by file name; when one is left on each side, it is taken for the same one that moved.
 */
export function pairPrograms<T extends { readonly path: string }>(
  before: readonly T[],
  after: readonly T[],
): Pair<T>[] {
  const byPath = pairUp(before, after, ({ path }) => path);
  const lone = (side: 'before' | 'after'): T[] =>
    byPath.flatMap((pair) => (pair.before && pair.after ? [] : (pair[side] ?? [])));
  const [left, right] = [lone('before'), lone('after')];
  const [only, other] = [left[0], right[0]];
  const rest =
    left.length === 1 && right.length === 1 && only && other
      ? [{ before: only, after: other }]
      : pairUp(left, right, ({ path }) => path.slice(path.lastIndexOf('/') + 1));
  return [...byPath.filter((pair) => pair.before && pair.after), ...rest];
}
