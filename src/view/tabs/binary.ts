import { treeBuilder, type ByteTree } from '../../explain/tree.ts';
import type { BinaryExplanation } from '../../explain/types.ts';
import { byteKinds, type Account, type Ledger, type NamedBytes } from '../../golang/ledger/types.ts';
import { ledgerByKind, ledgerByModule } from '../../explain/sums/ledger-trees.ts';
import { bytes } from '../../render/units.ts';
import { share } from '../text.ts';
import { costsTab } from './costs.ts';
import { facts, listed, programFacts, type Fact } from './facts.ts';
import type { Tab, Viewed } from './viewed.ts';

/** Tabs of a program. */
export function viewedBinary(binary: BinaryExplanation): Viewed {
  const { ledger, source, costs } = binary;
  const { recognised, problems } = ledger;
  const about = [
    bytes(ledger.size),
    ledger.binary?.goVersion ?? recognised.form,
    ledger.binary?.machine ?? '',
    ledger.binary?.stripped === true ? 'stripped' : '',
    problems.length === 0 ? '' : `${problems.length} not read`,
  ];
  return {
    title: source,
    about: about.filter(Boolean),
    tabs: [
      ledgerTab('modules', binary, ledgerByModule),
      ledgerTab('kinds', binary, ledgerByKind),
      ...(ledger.functions.length === 0 ? [] : [functionsTab(ledger)]),
      ...(ledger.named.length === 0 ? [] : [namedTab(ledger)]),
      sectionsTab(ledger),
      ...(costs === undefined ? [] : [costsTab(ledger, costs)]),
    ],
    facts: programFacts(binary),
  };
}

function ledgerTab(
  name: string,
  binary: BinaryExplanation,
  make: (binary: BinaryExplanation) => ByteTree,
): Tab {
  let tree: ByteTree | undefined;
  const made = (): ByteTree => (tree ??= make(binary));
  return { name, sort: 'size', tree: made, facts: (node) => evidenceFacts(binary.ledger, made(), node) };
}

/** How the bytes of a package are known: all of them, or those of the kind that the node is about. */
function evidenceFacts(ledger: Ledger, tree: ByteTree, node: number): Fact[] {
  const above: string[] = [];
  for (let up = node; up > 0; up = tree.parent[up] ?? 0) above.push(tree.names[up] ?? '');
  const account = ledger.accounts.findIndex(({ name }) => above.includes(name));
  const kind = byteKinds.find((each) => above.includes(each));
  if (account < 0) return [];
  const sums = new Map<string, number>();
  for (const row of ledger.rows) {
    if (row.account !== account || (kind !== undefined && row.kind !== kind)) continue;
    sums.set(row.evidence, (sums.get(row.evidence) ?? 0) + row.bytes);
  }
  const parts = [...sums].filter(([, sum]) => sum > 0).sort(([, a], [, b]) => b - a);
  const whole = parts.reduce((all, [, sum]) => all + sum, 0);
  return [
    ...facts({ Account: accountName(ledger.accounts[account]), Bytes: kind }),
    ...listed(
      'Known by',
      parts.map(([evidence, sum]) => `${evidence}: ${bytes(sum)}, ${share(sum, whole)}`),
    ),
  ];
}

/** All functions, largest first. */
function functionsTab(ledger: Ledger): Tab {
  const { functions, accounts } = ledger;
  return {
    name: 'functions',
    sort: 'size',
    tree() {
      const builder = treeBuilder();
      const root = builder.add(-1, 'functions', 'group', 0);
      for (const { name, code, inlined, tables } of functions)
        builder.add(root, name, 'function', code + inlined + tables);
      return builder.done();
    },
    facts(node) {
      const one = functions[node - 1];
      if (one === undefined) return [];
      return facts({
        Package: accountName(accounts[one.account]),
        Code: bytes(one.code),
        Inlined: one.inlined === 0 ? '' : `${bytes(one.inlined)}, in other functions`,
        Tables: bytes(one.tables),
        Generic: one.generic ? 'an instantiation of a generic function' : '',
        Source: one.file === undefined ? '' : `${one.file}${one.line === undefined ? '' : `:${one.line}`}`,
      });
    },
  };
}

const whats: Readonly<Record<NamedBytes['what'], string>> = {
  'embedded file': 'embedded files',
  string: 'long strings',
  data: 'large tables and variables',
  type: 'types',
  debug: 'debug data',
};

/** Embedded files, strings and tables that have names. */
function namedTab(ledger: Ledger): Tab {
  const found = new Map<number, NamedBytes>();
  return {
    name: 'contents',
    sort: 'size',
    tree() {
      const builder = treeBuilder();
      const root = builder.add(-1, 'contents with a name', 'group', 0);
      const groups = new Map<string, number>();
      for (const one of ledger.named) {
        const group = groups.get(one.what) ?? builder.add(root, whats[one.what], 'group', 0);
        groups.set(one.what, group);
        found.set(builder.add(group, one.name, 'data', one.bytes), one);
      }
      return builder.done();
    },
    facts(node) {
      const one = found.get(node);
      return one === undefined ? [] : facts({ Package: accountName(ledger.accounts[one.account]) });
    },
  };
}

/** The file's sections, in its order; what no section holds is the root's own. */
function sectionsTab({ sections, size }: Ledger): Tab {
  return {
    name: 'sections',
    sort: 'order',
    tree() {
      const builder = treeBuilder();
      const held = sections.reduce((sum, section) => sum + section.bytes, 0);
      const root = builder.add(-1, 'file', 'binary', Math.max(0, size - held));
      for (const { name, bytes: own } of sections) builder.add(root, name, 'section', own);
      return builder.done();
    },
    facts(node) {
      const section = sections[node - 1];
      if (section === undefined) return [];
      const { offset, unpacked } = section;
      return facts({
        Offset: `0x${offset.toString(16)}`,
        Unpacked: unpacked === undefined ? '' : bytes(unpacked),
      });
    },
  };
}

function accountName(account: Account | undefined): string | undefined {
  if (account?.module === undefined) return account?.name;
  return `${account.name}, of ${account.module.path} ${account.module.version}`.trim();
}
