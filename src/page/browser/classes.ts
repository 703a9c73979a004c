import type { Colouring } from '../data.ts';
import { none, sortOfFile, sortOfKind, sorts } from './sorts.ts';
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
/** As trees of modules name it. */
const mainGroup = 'main module';

/** Gives each node of a tree a class by which it is coloured. */
export function classify(tree: Tree, colouring: Colouring): Classes {
  if (colouring === 'sort') return bySort(tree);
  return byOwner(tree, colouring === 'layer' ? byFirstLevel(tree) : byModule(tree));
}

/** The colourings that say something of a tree. */
export function colouringsOf(tree: Tree): Colouring[] {
  const found: Colouring[] = ['layer'];
  if (tree.kind.includes(tree.kinds.indexOf('file'))) found.push('sort');
  if (tree.kind.includes(tree.kinds.indexOf('module'))) found.push('module');
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
  const owns = tree.kinds.map((kind) => kind === 'module' || kind === 'group');
  for (let node = 1; node < owner.length; node++) {
    owner[node] = owns[tree.kind[node] ?? 0] === true ? node : (owner[tree.parent[node] ?? 0] ?? -1);
  }
  return owner;
}

/** The largest owners get a hue each, by name: one module in two programs is one colour. */
function byOwner(tree: Tree, owner: Int32Array): Classes {
  const { sums, left: ownerless } = sumsByName(tree, owner);
  const mine = ownersOfMain(tree, owner);
  const first = (name: number): number => Number(mine.has(name));
  const ranked = [...sums]
    .filter(([, sum]) => sum > 0)
    .sort(([a, left], [b, right]) => first(b) - first(a) || right - left);
  const top = ranked.slice(0, hues);
  const number = new Map(top.map(([name], index) => [name, index]));
  const legend: LegendEntry[] = top.map(([name, sum], hue) => ({
    label: tree.string(name),
    bytes: sum,
    hue,
  }));
  const left = ranked.slice(hues).reduce((sum, [, bytes]) => sum + bytes, ownerless);
  if (left > 0) legend.push({ label: 'all others', bytes: left, hue: -1 });
  const of = new Uint8Array(owner.length);
  for (let node = 0; node < of.length; node++) {
    const one = owner[node] ?? -1;
    // An owner comes before what it owns.
    if (one >= 0 && one !== node) of[node] = of[one] ?? none;
    else {
      const name = tree.names[node] ?? 0;
      const holds = one < 0 ? tree.childCount(node) > 0 : (sums.get(name) ?? 0) <= 0;
      of[node] = (one < 0 ? undefined : number.get(name)) ?? (holds ? none : top.length);
    }
  }
  return { of, legend };
}

/** Bytes of the owners of each name, and of what nobody owns. */
function sumsByName(tree: Tree, owner: Int32Array): { sums: Map<number, number>; left: number } {
  const own = ownBytes(tree);
  const byOwner = new Float64Array(owner.length);
  let left = 0;
  for (let node = 0; node < owner.length; node++) {
    const one = owner[node] ?? -1;
    if (one < 0) left += own[node] ?? 0;
    else byOwner[one] = (byOwner[one] ?? 0) + (own[node] ?? 0);
  }
  const sums = new Map<number, number>();
  for (let node = 0; node < owner.length; node++) {
    if (owner[node] !== node) continue;
    const name = tree.names[node] ?? 0;
    sums.set(name, (sums.get(name) ?? 0) + (byOwner[node] ?? 0));
  }
  return { sums, left };
}

/** Names of owners in the main module: however small, it is the reader's own. */
function ownersOfMain(tree: Tree, owner: Int32Array): Set<number> {
  const names = new Set<number>();
  for (let node = 1; node < owner.length; node++) {
    if (owner[node] !== node) continue;
    const above = tree.parent[node] ?? 0;
    if (tree.name(node) === mainGroup || tree.name(above) === mainGroup) names.add(tree.names[node] ?? 0);
  }
  return names;
}

function bySort(tree: Tree): Classes {
  const own = ownBytes(tree);
  const sums = new Float64Array(sorts.length);
  const of = new Uint8Array(tree.parent.length);
  const byKind = tree.kinds.map(sortOfKind);
  for (let node = 0; node < of.length; node++) {
    const sort =
      byKind[tree.kind[node] ?? 0] ?? sortOfFile(tree.name(node), tree.name(tree.parent[node] ?? 0));
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
