import type { Tree } from './tree.ts';

/** What a search found. */
export interface Matches {
  /** Per node: 1 it matches, 2 something below it does. */
  readonly marks: Uint8Array;
  /** Largest first, a few thousand at most. */
  readonly nodes: readonly number[];
  readonly count: number;
  /** Bytes of all that match, each counted once. */
  readonly bytes: number;
}

const mostResults = 5000;

/** Searches names without regard to case; with a `/` in the query, whole paths. */
export function searcher(strings: readonly string[]): (tree: Tree, query: string) => Matches | undefined {
  let lower: readonly string[] | undefined;
  return (tree, query) => {
    const wanted = query.trim().toLowerCase();
    if (wanted === '') return undefined;
    lower ??= strings.map((text) => text.toLowerCase());
    return collect(tree, matcher(tree, lower, wanted));
  };
}

/** Names are asked once each, however many nodes have them. */
function matcher(tree: Tree, lower: readonly string[], wanted: string): (node: number) => boolean {
  const slash = wanted.lastIndexOf('/');
  const known = new Uint8Array(lower.length);
  const nameHas = (node: number, text: string): boolean => {
    const name = tree.names[node] ?? 0;
    if (known[name] === 0) known[name] = lower[name]?.includes(text) === true ? 1 : 2;
    return known[name] === 1;
  };
  if (slash < 0) return (node) => nameHas(node, wanted);
  const last = wanted.slice(slash + 1);
  const path = (node: number): string =>
    tree
      .path(node)
      .slice(1)
      .map((one) => lower[tree.names[one] ?? 0] ?? '')
      .join('/');
  // A name may hold slashes itself, as import paths do.
  return (node) => {
    if (!nameHas(node, last)) return false;
    const whole = `/${path(node)}`;
    return whole.includes(
      wanted,
      Math.max(0, whole.length - (lower[tree.names[node] ?? 0] ?? '').length - wanted.length),
    );
  };
}

function collect(tree: Tree, matches: (node: number) => boolean): Matches {
  const count = tree.parent.length;
  const marks = new Uint8Array(count);
  const found: number[] = [];
  let bytes = 0;
  const covered = new Uint8Array(count);
  for (let node = 1; node < count; node++) {
    const above = tree.parent[node] ?? 0;
    covered[node] = covered[above] ?? 0;
    if (!matches(node)) continue;
    marks[node] = 1;
    found.push(node);
    if (covered[node] === 0) bytes += tree.bytes[node] ?? 0;
    covered[node] = 1;
  }
  for (let node = count - 1; node > 0; node--) {
    const above = tree.parent[node] ?? 0;
    if (marks[node] !== 0 && marks[above] === 0) marks[above] = 2;
  }
  found.sort((a, b) => (tree.bytes[b] ?? 0) - (tree.bytes[a] ?? 0));
  return { marks, nodes: found.slice(0, mostResults), count: found.length, bytes };
}
