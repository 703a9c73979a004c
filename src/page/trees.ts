import type { BinaryExplanation, Explanation, TreeName } from '../explain/types.ts';
import { treeBuilder } from '../explain/tree.ts';
import type { NamedTree } from './encode.ts';
import { ledgerByKind, ledgerByModule } from './ledger-trees.ts';

const labels: Readonly<Record<TreeName, Pick<NamedTree, 'label' | 'colouring'>>> = {
  layers: { label: 'Layers', colouring: 'layer' },
  files: { label: 'Files', colouring: 'sort' },
  modules: { label: 'Modules', colouring: 'module' },
};
const order = ['layers', 'files', 'modules'] as const satisfies readonly TreeName[];

/** The trees of a page, in the order of its tabs. */
export function pageTrees(explanation: Explanation): NamedTree[] {
  if (explanation.kind === 'binary') return ledgerTrees(explanation);
  const trees = order.flatMap((name) => {
    const tree = explanation.trees[name];
    // One layer says nothing that the tree of files does not say.
    if (tree === undefined || (name === 'layers' && explanation.kind === 'directory')) return [];
    return [{ name, ...labels[name], tree }];
  });
  if (trees.length > 0) return trees;
  // Of what could not be read there is the whole at least.
  const nothing = treeBuilder();
  nothing.add(-1, explanation.source, explanation.kind === 'image' ? 'image' : 'directory', explanation.size);
  return [{ name: 'files', ...labels.files, tree: nothing.done() }];
}

function ledgerTrees(binary: BinaryExplanation): NamedTree[] {
  return [
    { name: 'modules', label: 'Modules', colouring: 'module', tree: ledgerByModule(binary) },
    { name: 'kinds', label: 'Kinds of bytes', colouring: 'layer', tree: ledgerByKind(binary) },
  ];
}
