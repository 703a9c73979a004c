import type { Colouring } from '../data.ts';
import { none, sortOf, sorts } from './sorts.ts';
import type { Tree } from './tree.ts';

/** Who has which colour. */
export interface Classes {
  /** Index into `legend`, of each node; `none` for what holds boxes of several classes. */
  readonly of: Uint8Array;
  readonly legend: readonly LegendEntry[];
}

export interface LegendEntry {
  readonly label: string;
  readonly bytes: number;
  /** Index into the palette's hues; -1 is grey. */
  readonly hue: number;
}

const hues = 10;

/** Gives each node of a tree a class by which it is coloured. */
export function classify(tree: Tree, colouring: Colouring): Classes {
  if (colouring === 'sort') return bySort(tree);
  return byOwner(tree, colouring === 'layer' ? byFirstLevel(tree) : byModule(tree));
}

/** The colourings that say something of a tree. */
export function colouringsOf(tree: Tree): Colouring[] {
  const kinds = new Set(tree.kindsUsed());
  const found: Colouring[] = ['layer'];
  if (kinds.has('file')) found.push('sort');
  if (kinds.has('module')) found.push('module');
  return found;
}

/** Per node the number of the node that owns it, by depth one; -1: nobody. */
function byFirstLevel(tree: Tree): Int32Array {
  const owner = new Int32Array(tree.parent.length).fill(-1);
  for (let node = 1; node < owner.length; node++) {
    const above = tree.parent[node] ?? 0;
    owner[node] = above === 0 ? node : (owner[above] ?? -1);
  }
  return owner;
}

/** The innermost module, else group, else nobody. */
function byModule(tree: Tree): Int32Array {
  const owner = new Int32Array(tree.parent.length).fill(-1);
  for (let node = 1; node < owner.length; node++) {
    const kind = tree.kindOf(node);
    const owns = kind === 'module' || kind === 'group';
    owner[node] = owns ? node : (owner[tree.parent[node] ?? 0] ?? -1);
  }
  return owner;
}

/** The largest owners get a hue each, by name: one module in two programs is one colour. */
function byOwner(tree: Tree, owner: Int32Array): Classes {
  const own = ownBytes(tree);
  const sums = new Map<number, number>();
  for (let node = 0; node < owner.length; node++) {
    const name = nameOf(tree, owner[node] ?? -1);
    sums.set(name, (sums.get(name) ?? 0) + (own[node] ?? 0));
  }
  const ranked = [...sums].filter(([name, sum]) => name >= 0 && sum > 0).sort(([, a], [, b]) => b - a);
  const top = ranked.slice(0, hues);
  const number = new Map(top.map(([name], index) => [name, index]));
  const rest = top.length;
  let left = sums.get(-1) ?? 0;
  for (const [, sum] of ranked.slice(hues)) left += sum;
  const legend: LegendEntry[] = top.map(([name, sum], hue) => ({
    label: tree.string(name),
    bytes: sum,
    hue,
  }));
  if (left > 0) legend.push({ label: 'all others', bytes: left, hue: -1 });
  const of = new Uint8Array(owner.length);
  for (let node = 0; node < of.length; node++)
    of[node] = number.get(nameOf(tree, owner[node] ?? -1)) ?? (tree.children(node).length > 0 ? none : rest);
  return { of, legend };
}

function nameOf(tree: Tree, owner: number): number {
  return owner < 0 ? -1 : (tree.names[owner] ?? -1);
}

function bySort(tree: Tree): Classes {
  const own = ownBytes(tree);
  const sums = new Float64Array(sorts.length);
  const of = new Uint8Array(tree.parent.length);
  const known = new Map<number, number>();
  for (let node = 0; node < of.length; node++) {
    const key = (tree.names[node] ?? 0) * 256 + (tree.kind[node] ?? 0);
    let sort = known.get(key);
    if (sort === undefined) {
      sort = sortOf(tree.name(node), tree.kindOf(node));
      known.set(key, sort);
    }
    of[node] = sort;
    if (sort !== none) sums[sort] = (sums[sort] ?? 0) + (own[node] ?? 0);
  }
  return { of, legend: sorts.map(({ label, hue }, index) => ({ label, hue, bytes: sums[index] ?? 0 })) };
}

function ownBytes(tree: Tree): Float64Array {
  const own = Float64Array.from(tree.bytes);
  for (let node = 1; node < own.length; node++) {
    const above = tree.parent[node] ?? 0;
    own[above] = (own[above] ?? 0) - (tree.bytes[node] ?? 0);
  }
  return own;
}
