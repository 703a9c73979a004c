import { entryTypes } from '../../layer/entry.ts';
import type { EntryType } from '../../layer/entry.ts';
import { baseOf, parentOf } from '../../layer/safe-path.ts';
import { growColumns } from './columns.ts';
import { nodeNames } from './node-names.ts';

/** Links followed for one path, as in Linux. */
const mostLinks = 40;

/**
 * A tree of files in columns, so that a million stay small. Node 0 is the root. What a node is comes from an entry of a layer; a node
 * whose layer is -1 is a directory that no layer describes.
 */
export interface FileNodes {
  readonly size: number;
  name(node: number): string;
  parent(node: number): number;
  type(node: number): EntryType;
  /** Layer, and entry of its scan, that the node's metadata come from. */
  layer(node: number): number;
  entry(node: number): number;
  /** Number of the content, -1 for none. Hard links share one. */
  content(node: number): number;
  /** False when it was removed. */
  alive(node: number): boolean;
  child(node: number, name: string): number;
  children(node: number): IterableIterator<number>;
  /** Without a slash before it; the empty string for the root. */
  path(node: number): string;
  /** The node at a path, directories on the way followed through symbolic links, never out of the root. -1 when there is none. */
  find(path: string): number;
  /** As `find`, and the last part followed too. */
  follow(path: string): number;
}

/** What stands at a node. */
export interface NodeFacts {
  readonly type: EntryType;
  readonly layer: number;
  readonly entry: number;
  readonly content: number;
  /** Of a symbolic link: its text. */
  readonly link?: string;
}

export interface FileNodesEditor extends FileNodes {
  /** The directory that a path's last part lies in; made when it is missing. -1 when links on the way lead in a circle. */
  directoryOf(path: string): number;
  add(parent: number, name: string, type: EntryType): number;
  set(node: number, what: NodeFacts): void;
  /** Takes one node off its directory. */
  remove(node: number): void;
}

export function fileNodes(): FileNodesEditor {
  let size = 0;
  const names = nodeNames();
  const columns = {
    parents: new Int32Array(64),
    types: new Uint8Array(64),
    layers: new Int32Array(64),
    entries: new Int32Array(64),
    contents: new Int32Array(64),
    dead: new Uint8Array(64),
  };
  const links = new Map<number, string>();
  /** The directory that was asked for last: archives are in the order of directories. */
  let last: { path: string; node: number } | undefined;

  const add = (parent: number, name: string, type: EntryType): number => {
    const node = size++;
    if (size > columns.parents.length) growColumns(columns, size);
    names.add(parent, name);
    columns.parents[node] = parent;
    // Where nothing was, no path led before.
    columns.types[node] = entryTypes.indexOf(type);
    columns.layers[node] = -1;
    columns.entries[node] = -1;
    columns.contents[node] = -1;
    return node;
  };
  const set = (node: number, { type, layer, entry, content, link }: NodeFacts): void => {
    const kind = entryTypes.indexOf(type);
    if (columns.types[node] !== kind || link !== undefined || links.has(node)) last = undefined;
    columns.types[node] = kind;
    if (link === undefined) links.delete(node);
    else links.set(node, link);
    columns.layers[node] = layer;
    columns.entries[node] = entry;
    columns.contents[node] = content;
  };
  const typeOf = (node: number): EntryType => entryTypes[columns.types[node] ?? 0] ?? 'file';
  const child = names.find;
  /** Walks a directory's path; `make` makes what is missing. */
  const walk = (place: string, make: boolean): number => {
    if (last?.path === place) return last.node;
    let node = 0;
    let budget = mostLinks;
    const rest = place.split('/').reverse();
    for (let part = rest.pop(); part !== undefined; part = rest.pop()) {
      if (part === '' || part === '.') continue;
      if (part === '..') {
        node = Math.max(0, columns.parents[node] ?? 0);
        continue;
      }
      let next = child(node, part);
      const target = links.get(next);
      if (target !== undefined) {
        if (budget-- === 0 || rest.length > 4096) return -1;
        if (target.startsWith('/')) node = 0;
        rest.push(...target.split('/').reverse());
        continue;
      }
      if (next === -1 || typeOf(next) !== 'directory') {
        if (!make) return -1;
        if (next === -1) next = add(node, part, 'directory');
        else set(next, { ...nobodys, type: 'directory' });
      }
      node = next;
    }
    last = { path: place, node };
    return node;
  };
  /** The directory whose path was asked for last, with a slash behind it: nodes are asked for in order, and neighbours share it. */
  let above = { node: 0, path: '' };
  const pathOf = (node: number): string => {
    if (node <= 0) return '';
    const parent = columns.parents[node] ?? 0;
    if (above.node !== parent) {
      const parts: string[] = [];
      for (let at = parent; at > 0; at = columns.parents[at] ?? 0) parts.push(names.of(at));
      const place = parts.reverse().join('/');
      above = { node: parent, path: place === '' ? '' : `${place}/` };
    }
    return above.path + names.of(node);
  };
  const find = (place: string): number => {
    if (place === '') return 0;
    const directory = walk(parentOf(place), false);
    return directory === -1 ? -1 : child(directory, baseOf(place));
  };
  add(-1, '', 'directory');
  return {
    get size() {
      return size;
    },
    name: names.of,
    parent: (node) => columns.parents[node] ?? -1,
    type: typeOf,
    layer: (node) => columns.layers[node] ?? -1,
    entry: (node) => columns.entries[node] ?? -1,
    content: (node) => columns.contents[node] ?? -1,
    alive: (node) => columns.dead[node] === 0,
    child,
    children: names.below,
    path: pathOf,
    find,
    follow: (place) => {
      let at = place;
      for (let budget = mostLinks; budget > 0; budget--) {
        const node = find(at);
        const target = links.get(node);
        if (target === undefined) return node;
        const next = target.startsWith('/') ? target : `${pathOf(columns.parents[node] ?? 0)}/${target}`;
        const directory = walk(next, false);
        if (directory !== -1) return directory;
        at = next.replace(/^\/+/, '').replace(/\/+$/, '');
      }
      return -1;
    },
    directoryOf: (place) => walk(parentOf(place), true),
    add,
    set,
    remove: (node) => {
      columns.dead[node] = 1;
      names.remove(node);
      last = undefined;
    },
  };
}

const nobodys = { layer: -1, entry: -1, content: -1 };
