import type { BinaryExplanation } from '../types.ts';
import { treeBuilder, type ByteTree, type TreeBuilder } from '../tree.ts';
import {
  byteKinds,
  type Account,
  type AccountGroup,
  type ByteKind,
  type Ledger,
} from '../../golang/ledger/types.ts';
import { packageBytes } from './ledger-package.ts';

const groups: Readonly<Record<AccountGroup, string>> = {
  main: 'main module',
  module: 'modules',
  standard: 'standard library',
  runtime: 'runtime',
  generated: 'generated',
  cgo: 'C',
  none: 'no package',
};

/** A program as group > module > package > what is in it. The root's bytes are those of the file. */
export function ledgerByModule(binary: BinaryExplanation): ByteTree {
  const builder = treeBuilder();
  addProgram(builder, -1, baseName(binary.source), binary);
  return builder.done();
}

/** Programs of an image or a directory, each as `ledgerByModule` has it. */
function modulesTree(name: string, binaries: readonly BinaryExplanation[]): ByteTree {
  const builder = treeBuilder();
  const root = binaries.length === 1 ? -1 : builder.add(-1, name, 'image', 0);
  for (const binary of binaries) addProgram(builder, root, binary.source, binary);
  return builder.done();
}

/**
 * The trees of an image or a directory, each made when it is looked at: that of layers has a node for every file of every layer, that of
 * modules one for every function of every program, and text shows a few.
 */
export function treesOf(
  make: Readonly<Partial<Record<'layers' | 'files', () => ByteTree>>>,
  name: string,
  binaries: readonly BinaryExplanation[],
): Trees {
  const trees: Trees = {};
  const later = (tree: keyof Trees, made: (() => ByteTree) | undefined): void => {
    let known: ByteTree | undefined;
    if (made) Object.defineProperty(trees, tree, { get: () => (known ??= made()), enumerable: true });
  };
  later('layers', make.layers);
  later('files', make.files);
  later('modules', binaries.length === 0 ? undefined : () => modulesTree(name, binaries));
  return trees;
}

type Trees = Readonly<Partial<Record<'layers' | 'files' | 'modules', ByteTree>>>;

function addProgram(builder: TreeBuilder, parent: number, name: string, { ledger }: BinaryExplanation): void {
  const version = ledger.binary?.goVersion;
  const root = builder.add(parent, name, 'binary', 0, version === undefined ? {} : { note: version });
  const fill = packageBytes(ledger);
  eachGroup(ledger, accountsOf(ledger), builder, root, (node, account) => fill(builder, node, account));
}

/** A program as kind of bytes > group > module > package. */
export function ledgerByKind(binary: BinaryExplanation): ByteTree {
  const { ledger } = binary;
  const builder = treeBuilder();
  const root = builder.add(-1, baseName(binary.source), 'binary', 0);
  for (const kind of byteKinds) {
    const accounts = accountsOf(ledger, kind);
    if (accounts.size === 0) continue;
    const node = builder.add(root, kind, 'section', 0);
    eachGroup(ledger, accounts, builder, node);
  }
  return builder.done();
}

/** Bytes of each account, of one kind or of all. */
function accountsOf(ledger: Ledger, kind?: ByteKind): Map<number, number> {
  const sums = new Map<number, number>();
  for (const row of ledger.rows) {
    if (row.bytes === 0 || (kind !== undefined && row.kind !== kind)) continue;
    sums.set(row.account, (sums.get(row.account) ?? 0) + row.bytes);
  }
  return sums;
}

/** Adds group > module > package for each account. `fill` adds all bytes of an account below its node; without it they are the node's own. */
function eachGroup(
  ledger: Ledger,
  accounts: ReadonlyMap<number, number>,
  builder: TreeBuilder,
  root: number,
  fill?: (node: number, account: number) => void,
): void {
  const nodes = new Map<string, number>();
  const once = (key: string, make: () => number): number => {
    const known = nodes.get(key);
    if (known !== undefined) return known;
    const node = make();
    nodes.set(key, node);
    return node;
  };
  for (const [number, bytes] of accounts) {
    const account = ledger.accounts[number];
    if (!account) continue;
    const group = once(account.group, () => builder.add(root, groups[account.group], 'group', 0));
    const above = moduleNode(account, group, builder, once);
    const own = fill === undefined ? bytes : 0;
    const kind = account.kind === 'package' ? 'package' : 'rest';
    const node = builder.add(above, account.name, kind, own);
    fill?.(node, number);
  }
}

function moduleNode(
  account: Account,
  group: number,
  builder: TreeBuilder,
  once: (key: string, make: () => number) => number,
): number {
  const { module } = account;
  if (module === undefined) return group;
  const note = module.version === '' ? undefined : module.version;
  return once(`${account.group} ${module.path}@${module.version}`, () =>
    builder.add(group, module.path, 'module', 0, note === undefined ? {} : { note }),
  );
}

function baseName(source: string): string {
  return source.slice(source.lastIndexOf('/') + 1) || source;
}
