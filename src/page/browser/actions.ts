import type { State, Store } from './store.ts';
import type { Tree } from './tree.ts';
import { bytes, share } from './words.ts';

/** Selects a node; the map goes to where it can be seen. */
export function select(store: Store, node: number): void {
  const { tree, root } = store.get();
  const visible = node !== root && tree.within(node, root);
  store.set({ selected: node, ...(visible ? {} : { root: Math.max(0, tree.parent[node] ?? 0) }) });
}

/** Fills the map with a node, or with what holds it when nothing is in it. */
export function zoomTo(store: Store, node: number): void {
  const { tree } = store.get();
  const leaf = tree.childCount(node) === 0;
  const root = leaf ? Math.max(0, tree.parent[node] ?? 0) : node;
  store.set({ root, selected: leaf ? node : firstIn(tree, root), hover: -1 });
}

/** One step out. */
export function zoomOut(store: Store): void {
  const { tree, root } = store.get();
  if (root === 0) return;
  store.set({ root: tree.parent[root] ?? 0, selected: root, hover: -1 });
}

/** Where to start: the first node that has a choice to offer. */
export function firstRoot(tree: Tree): number {
  let root = 0;
  for (;;) {
    const [only, second] = tree.children(root);
    if (only === undefined || second !== undefined || tree.childCount(only) === 0) return root;
    root = only;
  }
}

/** What is selected when a node fills the map: its largest child. */
export function firstIn(tree: Tree, root: number): number {
  return tree.children(root)[0] ?? root;
}

/** What a screen reader says of the map. */
export function announceMap({ tree, root, selected }: State): string {
  const whole = `${tree.head.label}: map of ${tree.name(root)}, ${bytes(tree.bytes[root] ?? 0)}`;
  return `${whole}. Selected: ${announce(tree, root, selected)}`;
}

/** A node in one sentence. */
export function announce(tree: Tree, root: number, node: number): string {
  const size = tree.bytes[node] ?? 0;
  const waste = tree.waste(node);
  const part = `${share(size, tree.bytes[root] ?? 0)} of ${tree.name(root)}`;
  return `${tree.name(node)}, ${tree.kindOf(node)}, ${bytes(size)}, ${part}${waste === undefined ? '' : `, waste: ${waste}`}`;
}
