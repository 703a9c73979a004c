/** Dominators: what can only be reached by way of what. */

/** A graph by its edges: `next[node]` are the nodes it leads to. Node 0 is the root. */
export type Edges = readonly (readonly number[])[];

export interface Dominators {
  /** For each node the nearest one that every way from the root leads through; the root's is itself, -1 where no way leads. */
  readonly parent: Int32Array;
  /** The nodes that can be reached, each after its parent. */
  readonly order: Int32Array;
}

/**
 * The iterative algorithm of Cooper, Harvey and Kennedy ("A Simple, Fast Dominance Algorithm", 2001). Import graphs have no cycles, for
 * which one pass is enough and a second one proves it; the result is right for any graph.
 */
export function dominatorsOf(next: Edges): Dominators {
  const order = reversePostorder(next);
  const rank = new Int32Array(next.length).fill(-1);
  order.forEach((node, at) => (rank[node] = at));
  const previous = reversed(next, rank);
  const parent = new Int32Array(next.length).fill(-1);
  if (order.length > 0) parent[0] = 0;
  for (let changed = true; changed;) {
    changed = false;
    for (const node of order) {
      if (node === 0) continue;
      let found = -1;
      for (const from of previous[node] ?? []) {
        if (parent[from] === -1) continue;
        found = found === -1 ? from : meet(parent, rank, found, from);
      }
      if (parent[node] === found) continue;
      parent[node] = found;
      changed = true;
    }
  }
  return { parent, order };
}

/** The nearest node that dominates both. */
function meet(parent: Int32Array, rank: Int32Array, one: number, other: number): number {
  let [a, b] = [one, other];
  while (a !== b) {
    while ((rank[a] ?? 0) > (rank[b] ?? 0)) a = parent[a] ?? 0;
    while ((rank[b] ?? 0) > (rank[a] ?? 0)) b = parent[b] ?? 0;
  }
  return a;
}

/** Without recursion: a chain of imports may be longer than the stack is deep. */
function reversePostorder(next: Edges): Int32Array {
  if (next.length === 0) return new Int32Array(0);
  const seen = new Uint8Array(next.length);
  const done: number[] = [];
  const path = [0];
  const at = new Int32Array(next.length);
  seen[0] = 1;
  for (let node = path.at(-1); node !== undefined; node = path.at(-1)) {
    const edges = next[node] ?? [];
    const edge = at[node] ?? 0;
    at[node] = edge + 1;
    const to = edges[edge];
    if (to === undefined) {
      done.push(node);
      path.pop();
    } else if (seen[to] === 0) {
      seen[to] = 1;
      path.push(to);
    }
  }
  return Int32Array.from(done.reverse());
}

function reversed(next: Edges, rank: Int32Array): number[][] {
  const previous: number[][] = next.map(() => []);
  next.forEach((edges, from) => {
    if (rank[from] !== -1) for (const to of edges) previous[to]?.push(from);
  });
  return previous;
}

/** Sums of `own` over each node and all that it dominates. */
export function dominatedSums({ parent, order }: Dominators, own: Float64Array): Float64Array {
  const sums = Float64Array.from(parent, (above, node) => (above === -1 ? 0 : (own[node] ?? 0)));
  for (let at = order.length - 1; at > 0; at--) {
    const node = order[at] ?? 0;
    const above = parent[node] ?? 0;
    sums[above] = (sums[above] ?? 0) + (sums[node] ?? 0);
  }
  return sums;
}
