import { entryTypes } from '../../layer/entry.ts';
import { isToolError } from '../../core/errors.ts';
import { baseOf } from '../../layer/safe-path.ts';
import { whiteoutOf } from '../../layer/whiteout.ts';
import { breathEvery, type Breathe } from './breath.ts';
import { contentTable } from './contents.ts';
import type { Contents, ContentTable } from './contents.ts';
import { nameReader } from './name-column.ts';
import type { FileScan } from './scan.ts';
import { fileNodes } from './tree-of-files.ts';
import type { FileNodes, FileNodesEditor } from './tree-of-files.ts';
import { roomFor } from './columns.ts';

/** What a stack of layers amounts to. */
export interface Merged {
  readonly scans: readonly FileScan[];
  readonly nodes: FileNodes;
  readonly contents: Contents;
  /** Of each layer. */
  readonly changes: readonly LayerChanges[];
  /** Nodes that are a second name of a content: the path of the first. */
  readonly hardLinks: ReadonlyMap<number, string>;
  readonly problems: readonly string[];
}

/** Counts of what is no directory, and bytes of contents. */
export interface LayerChanges {
  readonly added: { files: number; bytes: number };
  readonly changed: { files: number; bytes: number };
  readonly removed: { files: number; bytes: number };
}

/**
 * Lays layers over each other, lowest first (OCI image-spec, layer.md), and keeps book of every content: whether it is still to be seen at
 * the end, and if not, which layer took it away. The rules are those of layer/apply.ts; an entry that makes no sense is a problem, not an
 * error.
 * @param breathe called now and then: a million entries take seconds, in which nothing else would run. It throws what interrupts
 */
export async function mergeScans(scans: readonly FileScan[], breathe?: Breathe): Promise<Merged> {
  const nodes = fileNodes();
  const contents = contentTable();
  const hardLinks = new Map<number, string>();
  const problems: string[] = [];
  const stamps = layerStamps(nodes);
  const changes: LayerChanges[] = [];
  for (const [layer, scan] of scans.entries()) {
    const pathOf = nameReader(scan.paths);
    changes.push(
      await applyScan({ nodes, contents, hardLinks, problems, stamps, scan, layer, pathOf }, breathe),
    );
  }
  return { scans, nodes, contents: contents.done(), changes, hardLinks, problems };
}

/** Of each node the layer that brought it, or something below it, last: a layer's whiteouts spare what it brings itself. */
interface Stamps {
  mark(node: number, layer: number): void;
  isOf(node: number, layer: number): boolean;
}

function layerStamps(nodes: FileNodes): Stamps {
  let stamps = new Int32Array(64);
  return {
    mark: (node, layer) => {
      for (let at = node; at >= 0 && stamps[at] !== layer + 1; at = nodes.parent(at)) {
        stamps = roomFor(stamps, nodes.size);
        stamps[at] = layer + 1;
      }
    },
    isOf: (node, layer) => stamps[node] === layer + 1,
  };
}

interface Work {
  readonly nodes: FileNodesEditor;
  readonly contents: ContentTable;
  readonly hardLinks: Map<number, string>;
  readonly problems: string[];
  readonly stamps: Stamps;
  readonly scan: FileScan;
  readonly layer: number;
  /** Of an entry of the scan. */
  readonly pathOf: (entry: number) => string;
}

async function applyScan(work: Work, breathe?: Breathe): Promise<LayerChanges> {
  const amount = (): { files: number; bytes: number } => ({ files: 0, bytes: 0 });
  const changes = { added: amount(), changed: amount(), removed: amount() };
  for (let entry = 0; entry < work.scan.count; entry++) {
    if (entry % breathEvery === breathEvery - 1) await breathe?.();
    try {
      applyEntry(work, entry, changes);
    } catch (error) {
      if (!isToolError(error)) throw error;
      noteProblem(work, entry, error.message);
    }
  }
  return changes;
}

/** A hostile layer has a million of them; the first few tell. */
const mostProblems = 20;

function noteProblem({ problems, layer, scan, contents }: Work, entry: number, what: string): void {
  if (problems.length < mostProblems) problems.push(`layer ${layer + 1}: ${what}`);
  const size = scan.sizes[entry] ?? 0;
  if (size > 0) contents.release(contents.add(layer, entry, size), layer, 'overwritten');
}

function applyEntry(work: Work, entry: number, changes: LayerChanges): void {
  const { nodes, stamps, layer } = work;
  const path = work.pathOf(entry);
  const whiteout = whiteoutOf(path);
  if (whiteout.kind === 'ignored') return;
  if (whiteout.kind === 'opaque') {
    const directory = nodes.find(whiteout.path);
    if (directory >= 0)
      for (const child of [...nodes.children(directory)]) removeTree(work, child, 'deleted', changes);
  } else if (whiteout.kind === 'hides') {
    const node = nodes.find(whiteout.path);
    if (node > 0) removeTree(work, node, 'deleted', changes);
  } else if (path === '') {
    nodes.set(0, { type: 'directory', layer, entry, content: -1 });
  } else {
    const node = place(work, entry, path, changes);
    if (node === undefined)
      noteProblem(work, entry, `${JSON.stringify(path)} lies behind symbolic links that lead in a circle`);
    else stamps.mark(node, layer);
  }
}

function place(work: Work, entry: number, path: string, changes: LayerChanges): number | undefined {
  const { nodes, scan, contents, layer, hardLinks } = work;
  const parent = nodes.directoryOf(path);
  if (parent === -1) return undefined;
  const name = baseOf(path);
  let type = entryTypes[scan.types[entry] ?? 0] ?? 'file';
  let content = -1;
  const size = scan.sizes[entry] ?? 0;
  if (type === 'hardlink') {
    const target = nodes.find(scan.links.get(entry) ?? '');
    if (target <= 0 || nodes.type(target) === 'directory') {
      noteProblem(work, entry, `${JSON.stringify(path)} is a hard link to what is not there`);
      return parent;
    }
    if (target === nodes.child(parent, name)) return target;
    type = nodes.type(target);
    content = nodes.content(target);
    contents.hold(content);
  } else if (size > 0) content = contents.add(layer, entry, size);
  const existing = nodes.child(parent, name);
  if (type !== 'directory') {
    const was = existing >= 0 && nodes.type(existing) !== 'directory' ? changes.changed : changes.added;
    was.files++;
    was.bytes += size;
  }
  if (existing >= 0) makeWay(work, existing, type === 'directory', changes);
  const node =
    existing >= 0 && nodes.child(parent, name) === existing ? existing : nodes.add(parent, name, type);
  const link = type === 'symlink' ? scan.links.get(entry) : undefined;
  nodes.set(node, { type, layer, entry, content, ...(link === undefined ? {} : { link }) });
  const first = scan.types[entry] === entryTypes.indexOf('hardlink') ? scan.links.get(entry) : undefined;
  if (first === undefined) hardLinks.delete(node);
  else hardLinks.set(node, first);
  return node;
}

/** What stood at a place that gets a new entry: a directory stays under a directory, all else is overwritten. */
function makeWay(work: Work, node: number, forDirectory: boolean, changes: LayerChanges): void {
  const { nodes, contents, layer } = work;
  if (nodes.type(node) === 'directory') {
    if (!forDirectory) removeTree(work, node, 'overwritten', changes);
  } else contents.release(nodes.content(node), layer, 'overwritten');
}

/** Removes a node and all below it, but for what this layer brought. */
function removeTree(work: Work, top: number, how: 'deleted' | 'overwritten', changes: LayerChanges): void {
  const { nodes, contents, stamps, layer } = work;
  const topPath = nodes.path(top);
  const left = [top];
  for (let node = left.pop(); node !== undefined; node = left.pop()) {
    for (const child of nodes.children(node)) left.push(child);
    if (how === 'deleted' && stamps.isOf(node, layer)) continue;
    if (nodes.type(node) !== 'directory') {
      const gone = contents.release(nodes.content(node), layer, how, topPath);
      if (how === 'deleted') {
        changes.removed.files++;
        changes.removed.bytes += gone;
      }
    }
    work.hardLinks.delete(node);
    nodes.remove(node);
  }
}
