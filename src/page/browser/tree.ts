import type { TreeHead } from '../data.ts';

/** A tree to walk: node 0 is the root, parents come before their children. */
export interface Tree {
  readonly head: TreeHead;
  /** Index into the page's strings. */
  readonly names: Uint32Array;
  readonly parent: Int32Array;
  readonly bytes: Float64Array;
  readonly kind: Uint8Array;
  /** Bytes at or below a node that are waste. */
  readonly wasted: Float64Array;
  name(node: number): string;
  /** Of packages and functions without what the name around it says already: `Serve` in `net/http`. */
  shortName(node: number): string;
  /** One of the page's strings, as `names` counts them. */
  string(index: number): string;
  kindOf(node: number): string;
  /** What the numbers in `kind` mean. */
  readonly kinds: readonly string[];
  note(node: number): string | undefined;
  waste(node: number): string | undefined;
  /** Largest first. */
  children(node: number): Uint32Array;
  childCount(node: number): number;
  /** From the root to the node. */
  path(node: number): number[];
  /** Whether `node` is `above` or below it. */
  within(node: number, above: number): boolean;
}

/** Reads the columns of one of the trees. */
export function readTree(
  heads: readonly TreeHead[],
  index: number,
  all: Uint8Array,
  strings: readonly string[],
  kinds: readonly string[],
): Tree {
  const head = heads[index];
  if (!head) throw new RangeError(`there is no tree ${index}`);
  let at = 0;
  for (const before of heads.slice(0, index)) for (const length of before.columns) at += length;
  const [names, parents, own, kindBytes, notes, wastes] = head.columns.map((length) => {
    at += length;
    return all.subarray(at - length, at);
  });
  const count = head.nodes;
  const parent = parentsOf(parents, count);
  const bytes = sums(own, parent);
  const waste = sparse(wastes, strings);
  const note = sparse(notes, strings);
  const nameOf = namesOf(names, count);
  const kind = Uint8Array.from(kindBytes ?? []);
  const children = childLists(parent, bytes);
  return {
    head,
    names: nameOf,
    parent,
    bytes,
    kind,
    wasted: wastedBytes(parent, bytes, waste),
    name: (node) => strings[nameOf[node] ?? 0] ?? '',
    shortName: (node) => {
      const name = strings[nameOf[node] ?? 0] ?? '';
      const around = strings[nameOf[parent[node] ?? 0] ?? 0] ?? '';
      return goKinds.has(kinds[kind[node] ?? 0] ?? '') ? shortOf(name, around) : name;
    },
    string: (index) => strings[index] ?? '',
    kindOf: (node) => kinds[kind[node] ?? 0] ?? '',
    kinds,
    note: (node) => note.get(node),
    waste: (node) => waste.get(node),
    children: children.of,
    childCount: children.count,
    path: (node) => {
      const path: number[] = [];
      for (let one = node; one >= 0; one = parent[one] ?? -1) path.push(one);
      return path.reverse();
    },
    within: (node, above) => {
      let one = node;
      while (one > above) one = parent[one] ?? -1;
      return one === above;
    },
  };
}

const goKinds: ReadonlySet<string> = new Set(['package', 'function']);

function shortOf(name: string, around: string): string {
  if (name === around) return lastPart(name);
  const rest = name.startsWith(around) ? name.slice(around.length) : '';
  return /^[./]./.test(rest) ? rest.slice(1) : name;
}

/** The end of a path; `caddy/v2` is one, as `v2` would say nothing. */
export function lastPart(path: string): string {
  let cut = path.lastIndexOf('/');
  if (cut > 0 && /^v\d+$/.test(path.slice(cut + 1))) cut = path.lastIndexOf('/', cut - 1);
  return path.slice(cut + 1) || path;
}

/** Reads LEB128 numbers one after the other. */
function numbers(column: Uint8Array | undefined): { next(): number; signed(): number; more(): boolean } {
  const bytes = column ?? new Uint8Array();
  let at = 0;
  const next = (): number => {
    let value = 0;
    let scale = 1;
    for (;;) {
      const byte = bytes[at++] ?? 0;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
      scale *= 0x80;
    }
  };
  return {
    next,
    signed: () => {
      const value = next();
      return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
    },
    more: () => at < bytes.length,
  };
}

function namesOf(column: Uint8Array | undefined, count: number): Uint32Array {
  const read = numbers(column);
  const names = new Uint32Array(count);
  let last = -1;
  for (let node = 0; node < count; node++) {
    last += read.signed() + 1;
    names[node] = last;
  }
  return names;
}

function parentsOf(column: Uint8Array | undefined, count: number): Int32Array {
  const read = numbers(column);
  const parent = new Int32Array(count);
  parent[0] = -1;
  for (let node = 1; node < count; node++) parent[node] = node - read.next();
  return parent;
}

function sums(column: Uint8Array | undefined, parent: Int32Array): Float64Array {
  const read = numbers(column);
  const bytes = new Float64Array(parent.length);
  for (let node = 0; node < bytes.length; node++) bytes[node] = read.signed();
  addUp(bytes, parent);
  return bytes;
}

function addUp(values: Float64Array, parent: Int32Array): void {
  for (let node = values.length - 1; node > 0; node--) {
    const above = parent[node] ?? 0;
    values[above] = (values[above] ?? 0) + (values[node] ?? 0);
  }
}

function sparse(column: Uint8Array | undefined, strings: readonly string[]): Map<number, string> {
  const read = numbers(column);
  const said = new Map<number, string>();
  let node = 0;
  while (read.more()) {
    node += read.next();
    said.set(node, strings[read.next()] ?? '');
  }
  return said;
}

/** What is wasted as a whole counts once, with all below it. */
function wastedBytes(
  parent: Int32Array,
  bytes: Float64Array,
  waste: ReadonlyMap<number, string>,
): Float64Array {
  const wasted = new Float64Array(parent.length);
  for (let node = wasted.length - 1; node >= 0; node--) {
    if (waste.has(node)) wasted[node] = bytes[node] ?? 0;
    const above = parent[node] ?? -1;
    if (above >= 0) wasted[above] = (wasted[above] ?? 0) + (wasted[node] ?? 0);
  }
  return wasted;
}

/** The children of all nodes in one array; those of a node are sorted when they are first asked for. */
function childLists(
  parent: Int32Array,
  bytes: Float64Array,
): { of(node: number): Uint32Array; count(node: number): number } {
  const count = parent.length;
  const start = new Uint32Array(count + 2);
  for (let node = 1; node < count; node++) {
    const slot = (parent[node] ?? 0) + 2;
    start[slot] = (start[slot] ?? 0) + 1;
  }
  for (let node = 2; node < start.length; node++) start[node] = (start[node] ?? 0) + (start[node - 1] ?? 0);
  const children = new Uint32Array(Math.max(0, count - 1));
  for (let node = 1; node < count; node++) {
    const slot = (parent[node] ?? 0) + 1;
    const at = start[slot] ?? 0;
    children[at] = node;
    start[slot] = at + 1;
  }
  const sorted = new Uint8Array(count);
  return {
    of: (node) => {
      const list = children.subarray(start[node], start[node + 1]);
      if (sorted[node] === 0) {
        list.sort((a, b) => (bytes[b] ?? 0) - (bytes[a] ?? 0) || a - b);
        sorted[node] = 1;
      }
      return list;
    },
    count: (node) => (start[node + 1] ?? 0) - (start[node] ?? 0),
  };
}
