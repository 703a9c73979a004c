import type { Account, AccountGroup, FunctionBytes, Ledger } from '../../golang/ledger/types.ts';
import { treeBuilder } from '../tree.ts';
import type { ByteTree, TreeBuilder } from '../tree.ts';
import type { BinaryExplanation } from '../types.ts';

const groupNames: Readonly<Record<AccountGroup, string>> = {
  main: 'main module',
  module: 'modules',
  standard: 'standard library',
  runtime: 'runtime',
  generated: 'generated',
  cgo: 'C',
  none: 'no package',
};

/** Programs by whose code is in them: program > group > module > package > function. The root's bytes are those of the files. */
export function modulesTree(name: string, binaries: readonly BinaryExplanation[]): ByteTree {
  const tree = treeBuilder();
  const [only] = binaries;
  if (only && binaries.length === 1) addLedger(tree, -1, only);
  else {
    const root = tree.add(-1, name, 'image', 0);
    for (const binary of binaries) addLedger(tree, root, binary);
  }
  return tree.done();
}

function addLedger(tree: TreeBuilder, parent: number, { source, ledger }: BinaryExplanation): void {
  const root = tree.add(
    parent,
    source,
    'binary',
    0,
    ledger.binary?.goVersion === undefined ? {} : { note: ledger.binary.goVersion },
  );
  const sums = sumsOf(ledger);
  const functions = functionsOf(ledger);
  const groups = new Map<AccountGroup, number>();
  const modules = new Map<string, number>();
  const once = <K>(nodes: Map<K, number>, key: K, make: () => number): number => {
    const node = nodes.get(key) ?? make();
    nodes.set(key, node);
    return node;
  };
  for (const [index, account] of ledger.accounts.entries()) {
    const bytes = sums[index] ?? 0;
    if (bytes === 0) continue;
    const group = once(groups, account.group, () => tree.add(root, groupNames[account.group], 'group', 0));
    const { module } = account;
    const above = module
      ? once(modules, `${module.path} ${module.version} ${account.group}`, () =>
          tree.add(group, module.path, 'module', 0, { note: module.version }),
        )
      : group;
    addAccount(tree, above, account, bytes, functions.get(index) ?? []);
  }
}

function addAccount(
  tree: TreeBuilder,
  parent: number,
  account: Account,
  bytes: number,
  functions: readonly FunctionBytes[],
): void {
  const node = tree.add(parent, account.name, account.kind === 'package' ? 'package' : 'section', 0);
  let rest = bytes;
  for (const { name, code, inlined, tables, file } of functions) {
    const own = code + inlined + tables;
    // Functions are told of besides; the rows are what sums up.
    if (own <= 0 || own > rest) continue;
    rest -= own;
    tree.add(node, name, 'function', own, file === undefined ? {} : { note: file });
  }
  if (rest > 0)
    tree.add(node, functions.length === 0 ? 'all of it' : 'types, data and the like', 'rest', rest);
}

function sumsOf(ledger: Ledger): Float64Array {
  const sums = new Float64Array(ledger.accounts.length);
  for (const { account, bytes } of ledger.rows) sums[account] = (sums[account] ?? 0) + bytes;
  return sums;
}

function functionsOf(ledger: Ledger): Map<number, FunctionBytes[]> {
  const byAccount = new Map<number, FunctionBytes[]>();
  for (const item of ledger.functions) {
    const list = byAccount.get(item.account);
    if (list) list.push(item);
    else byAccount.set(item.account, [item]);
  }
  return byAccount;
}
