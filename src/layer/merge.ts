import type { Bytes } from '../oci/image.ts';
import { applyLayer } from './apply.ts';
import type { Entry } from './entry.ts';
import { compareNames } from './names.ts';
import { changed, readLayer } from './read-layer.ts';
import type { LayerSource } from './read-layer.ts';
import { hardLink } from './tree.ts';

/** Stands in the merged tree for a content: which layer has it, and which of its entries it is. */
interface Mark {
  readonly layer: number;
  readonly index: number;
}

/** The names of one content: the file and the hard links to it. */
type Names = readonly [Entry, ...Entry[]];

/**
 * What a stack of layers, lowest first, amounts to, without whiteouts, for a flat tar or a directory: what has no content first, in the
 * order of names, then the files in the order of the layers, each followed by the hard links to it. Reads every layer twice and keeps
 * names only. A content is to be read before the next entry is asked for.
 * @throws ToolError as readLayer and applyLayer; BLOB_CORRUPT when a layer is not the same the second time
 */
export async function* mergeLayers(layers: readonly LayerSource[]): AsyncGenerator<Entry> {
  const tree = new Map<string, Entry>();
  const marks = new Map<() => Bytes, Mark>();
  for (const [layer, source] of layers.entries()) {
    await applyLayer(
      tree,
      marked(source, (content, index) => marks.set(content, { layer, index })),
    );
  }
  const wanted = layers.map(() => new Map<number, [Entry, ...Entry[]]>());
  for (const entry of inOrder(tree)) {
    const mark = entry.content && marks.get(entry.content);
    const files = mark && wanted[mark.layer];
    const same = mark && files?.get(mark.index);
    if (!mark) yield entry;
    else if (same) same.push(entry);
    else files?.set(mark.index, [entry]);
  }
  for (const [layer, source] of layers.entries()) yield* contents(source, wanted[layer] ?? new Map());
}

function inOrder(tree: ReadonlyMap<string, Entry>): Entry[] {
  return [...tree.values()].sort((a, b) => compareNames(a.path, b.path));
}

/** A layer's entries, with a function in place of each content by which it is known wherever it ends up in the tree. */
async function* marked(
  layer: LayerSource,
  note: (content: () => Bytes, index: number) => void,
): AsyncGenerator<Entry> {
  let index = 0;
  for await (const entry of readLayer(layer)) {
    const at = index++;
    if (!entry.content) {
      yield entry;
      continue;
    }
    const content = (): Bytes => {
      throw changed(entry.path);
    };
    note(content, at);
    yield { ...entry, content };
  }
}

async function* contents(layer: LayerSource, wanted: ReadonlyMap<number, Names>): AsyncGenerator<Entry> {
  if (wanted.size === 0) return;
  let index = 0;
  let found = 0;
  // To the layer's end even when nothing more is wanted: its digest is checked there.
  for await (const entry of readLayer(layer)) {
    const names = wanted.get(index++);
    if (!names) continue;
    const [first, ...links] = names;
    if (!entry.content || entry.size !== first.size) throw changed(first.path);
    found++;
    yield { ...first, content: entry.content };
    for (const link of links) yield hardLink(link, first.path);
  }
  if (found !== wanted.size) throw changed('an entry');
}
