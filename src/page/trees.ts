import type { BinaryExplanation, Explanation, TreeName } from '../explain/types.ts';
import { nodeKinds, treeBuilder, type ByteTree } from '../explain/tree.ts';
import type { NamedTree } from './encode.ts';
import { ledgerByKind, ledgerByModule } from '../explain/sums/ledger-trees.ts';
import { openedTrees } from '../explain/sums/programs.ts';

const labels: Readonly<Record<TreeName, Pick<NamedTree, 'label' | 'colouring'>>> = {
  layers: { label: 'Layers', colouring: 'layer' },
  files: { label: 'Files', colouring: 'sort' },
  modules: { label: 'Modules', colouring: 'module' },
};
const order = ['layers', 'files', 'modules'] as const satisfies readonly TreeName[];

/** The trees of a page, in the order of its tabs. */
export function pageTrees(explanation: Explanation): NamedTree[] {
  if (explanation.kind === 'binary') return ledgerTrees(explanation);
  const opened = openedTrees(explanation);
  const trees = order.flatMap((name) => {
    const tree = opened[name];
    // One layer says nothing that the tree of files does not say.
    if (tree === undefined || (name === 'layers' && explanation.kind === 'directory')) return [];
    const marked = name === 'modules' ? tree : markBinaries(tree, explanation.binaries);
    return [{ name, ...labels[name], tree: name === 'layers' ? nameLayers(marked) : marked }];
  });
  if (trees.length > 0) return trees;
  // Of what could not be read there is the whole at least.
  const nothing = treeBuilder();
  nothing.add(-1, explanation.source, explanation.kind === 'image' ? 'image' : 'directory', explanation.size);
  return [{ name: 'files', ...labels.files, tree: nothing.done() }];
}

/** Characters of an instruction that a box or a line has room for. */
const longestName = 80;

/** Layers with their number and instruction for a name, which says more than a digest: that stands in the note. */
function nameLayers(tree: ByteTree): ByteTree {
  const names = [...tree.names];
  const note = new Map(tree.note);
  const kind = nodeKinds.indexOf('layer');
  let number = 0;
  for (let node = tree.kind.indexOf(kind); node !== -1; node = tree.kind.indexOf(kind, node + 1)) {
    number++;
    const made = tree.note.get(node)?.replaceAll(/\s+/g, ' ');
    if (made === undefined) continue;
    const whole = made.length <= longestName;
    names[node] = `${number} ${whole ? made : `${made.slice(0, longestName - 1)}…`}`;
    const digest = (tree.names[node] ?? '').replace(/^\d+ /, '');
    note.set(node, whole ? digest : `${made} (${digest})`);
  }
  return { ...tree, names, note };
}

function ledgerTrees(binary: BinaryExplanation): NamedTree[] {
  return [
    { name: 'modules', label: 'Modules', colouring: 'module', tree: ledgerByModule(binary) },
    { name: 'kinds', label: 'Kinds of bytes', colouring: 'layer', tree: ledgerByKind(binary) },
  ];
}

/** The same tree in which the files that were opened as programs are of that kind. */
function markBinaries(tree: ByteTree, binaries: readonly BinaryExplanation[]): ByteTree {
  const paths = new Set(binaries.map(({ source }) => source.replace(/^\//, '')));
  const names = new Set([...paths].map((path) => path.slice(path.lastIndexOf('/') + 1)));
  const file = nodeKinds.indexOf('file');
  const layer = nodeKinds.indexOf('layer');
  const kind = tree.kind.slice();
  for (const [node, name] of tree.names.entries()) {
    if (kind[node] !== file || !names.has(name)) continue;
    const path: string[] = [];
    for (let one = node; one > 0 && tree.kind[one] !== layer; one = tree.parent[one] ?? 0)
      path.push(tree.names[one] ?? '');
    if (paths.has(path.reverse().join('/'))) kind[node] = nodeKinds.indexOf('binary');
  }
  return { ...tree, kind };
}
