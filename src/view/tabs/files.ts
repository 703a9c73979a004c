import { openedTrees } from '../../explain/sums/programs.ts';
import { nodeKinds, type ByteTree } from '../../explain/tree.ts';
import type {
  BinaryExplanation,
  DirectoryExplanation,
  ImageExplanation,
  LayerExplanation,
} from '../../explain/types.ts';
import { bytes } from '../../render/units.ts';
import { counted, share } from '../text.ts';
import { accessTab } from './access.ts';
import { amount, facts, listed, programFacts, type Fact } from './facts.ts';
import type { Tab, Viewed } from './viewed.ts';
import { wasteTab } from './waste.ts';

/** Tabs of an image or a directory. */
export function viewedFiles(explanation: ImageExplanation | DirectoryExplanation): Viewed {
  const { source, size, files, efficiency, problems, binaries, waste } = explanation;
  const trees = openedTrees(explanation);
  const image = explanation.kind === 'image' ? explanation : undefined;
  const programs = new Map(binaries.map((binary) => [bare(binary.source), binary]));
  const treeTab = (name: string, tree: ByteTree | undefined, sort: Tab['sort']): Tab[] =>
    tree === undefined
      ? []
      : [{ name, sort, tree: () => tree, facts: nodeFacts(tree, image?.layers ?? [], programs) }];
  return {
    title: source,
    about: [
      bytes(size),
      ...(image ? [image.platform, counted(image.layers.length, 'layer')] : []),
      counted(files, 'file'),
      `${share(efficiency, 1)} efficient`,
      ...(problems.length === 0 ? [] : [counted(problems.length, 'problem')]),
    ],
    tabs: [
      // One layer says nothing that the tree of files does not say.
      ...treeTab('layers', image && trees.layers, 'order'),
      ...treeTab('files', trees.files, 'size'),
      ...treeTab('modules', trees.modules, 'size'),
      wasteTab(waste),
      accessTab(explanation.access),
    ],
    facts: [
      ...facts({
        Source: source,
        Platform: image?.platform,
        Digest: image?.descriptor.digest,
        Size: image && `${bytes(size)} to pull, ${bytes(image.unpacked)} unpacked`,
        Files: counted(files, 'file'),
        Efficiency: share(efficiency, 1),
      }),
      ...listed('Problems', problems),
      ...listed('Dockerfile', image?.dockerfile.trimEnd().split('\n') ?? []),
    ],
  };
}

/** Facts of layers and programs in a tree. */
function nodeFacts(
  tree: ByteTree,
  layers: readonly LayerExplanation[],
  programs: ReadonlyMap<string, BinaryExplanation>,
): Tab['facts'] {
  return (node) => {
    const kind = nodeKinds[tree.kind[node] ?? 0];
    if (kind === 'layer') {
      const layer = layers[layerNumber(tree, node)];
      return layer === undefined ? [] : layerFacts(layer);
    }
    if (kind !== 'binary') return [];
    const program = programs.get(bare(pathInLayer(tree, node)));
    return program === undefined ? [] : programFacts(program);
  };
}

function layerFacts(layer: LayerExplanation): Fact[] {
  const from = { history: " (from the image's history)", graph: '', unknown: '' }[layer.from];
  return facts({
    Step: layer.createdBy === undefined ? undefined : layer.createdBy + from,
    Compressed: bytes(layer.size),
    Unpacked: `${bytes(layer.unpacked)}, ${bytes(layer.overhead)} of it headers and padding`,
    Added: amount(layer.added),
    Changed: amount(layer.changed),
    Removed: amount(layer.removed),
    Digest: layer.digest,
    DiffID: layer.diffId,
    'Media type': layer.mediaType,
  });
}

/** Layers stand in the tree in the image's order. */
function layerNumber(tree: ByteTree, node: number): number {
  const layer = nodeKinds.indexOf('layer');
  return tree.kind.subarray(0, node).filter((kind) => kind === layer).length;
}

/** The path of a file, also in a tree that has layers above it. */
function pathInLayer(tree: ByteTree, node: number): string {
  const layer = nodeKinds.indexOf('layer');
  const names: string[] = [];
  for (let up = node; up > 0 && tree.kind[up] !== layer; up = tree.parent[up] ?? 0)
    names.push(tree.names[up] ?? '');
  return names.reverse().join('/');
}

function bare(path: string): string {
  return path.replace(/^(?:\.?\/)+/, '');
}
