import type { Bytes } from '../oci/image.ts';
import { layerOnto } from './apply.ts';
import { decompress } from './decompress.ts';
import type { Entry } from './entry.ts';
import { compareNames } from './names.ts';
import { readTar } from './tar-read.ts';

/** An entry of the merged tree, and where it came from. */
interface Placed {
  readonly entry: Entry;
  readonly layer: number;
  readonly index: number;
}

/**
 * The merged tree of a stack of layers as entries with content: directories first, then the rest in the layers' order, so that a hard link
 * comes after its target. Reads every layer twice and holds metadata only.
 * @param layers opens each layer's stored bytes, lowest first
 * @throws ToolError as readTar and decompress
 */
export async function* flatten(layers: readonly (() => Bytes)[]): AsyncGenerator<Entry> {
  const tree = await mergedTree(layers);
  const directories = [...tree].filter(([, { entry }]) => entry.type === 'directory');
  for (const [path, { entry }] of directories.sort(([a], [b]) => compareNames(a, b))) yield { ...entry, path };
  const wanted = new Map<string, string>();
  for (const [path, { entry, layer, index }] of tree) if (entry.type !== 'directory') wanted.set(`${layer} ${index}`, path);
  for (const [layer, open] of layers.entries()) {
    let index = 0;
    for await (const entry of readTar(decompress(open()))) {
      const path = wanted.get(`${layer} ${index++}`);
      if (path !== undefined) yield { ...entry, path };
    }
  }
}

/** The merged tree without content. */
export async function mergedTree(layers: readonly (() => Bytes)[]): Promise<Map<string, Placed>> {
  const tree = new Map<string, Placed>();
  for (const [layer, open] of layers.entries()) {
    const apply = layerOnto(tree);
    let index = 0;
    for await (const { content: _content, ...entry } of readTar(decompress(open()))) {
      const at = index++;
      apply(entry, (path) => ({ entry: { ...entry, path }, layer, index: at }));
    }
  }
  return tree;
}
