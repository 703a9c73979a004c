/**
 * sums/ adds an explanation up in the ways that people ask: by group, module, package, kind and evidence; files as a list; a few hundred numbers
 * that can be remembered. Reports, differences and budgets all read these, so that they never disagree. It must not know how sums are shown.
 */
import {
  byteKinds,
  evidences,
  type Account,
  type AccountGroup,
  type ByteKind,
  type Evidence,
  type Ledger,
} from '../../golang/ledger/types.ts';

/** Bytes of a ledger by how well they are known. The five sum to the file's size. */
export interface Shares {
  /** Of one package, by evidence that is no estimate. */
  readonly assigned: number;
  /** Of several packages. */
  readonly shared: number;
  /** Nobody's: the file format needs them. */
  readonly structure: number;
  /** Given to a package by an estimate only. */
  readonly estimated: number;
  readonly unknown: number;
}

export interface PackageSum {
  readonly name: string;
  readonly group: AccountGroup;
  readonly module?: string;
  readonly bytes: number;
  readonly kinds: Readonly<Partial<Record<ByteKind, number>>>;
}

export interface ModuleSum {
  readonly path: string;
  readonly version: string;
  readonly group: AccountGroup;
  readonly packages: number;
  readonly bytes: number;
}

/** Accounts that are no module: `group` says which. */
export interface GroupSum {
  readonly group: Exclude<AccountGroup, 'none'> | 'shared' | 'structure' | 'unattributed';
  /** Packages, or accounts, in it. */
  readonly accounts: number;
  readonly bytes: number;
}

/** A ledger added up. Each list is largest first and sums to the file's size, but for `modules` and `packages`, which leave out what is of none. */
export interface LedgerSums {
  readonly size: number;
  readonly shares: Shares;
  readonly groups: readonly GroupSum[];
  readonly kinds: readonly { readonly kind: ByteKind; readonly bytes: number }[];
  readonly evidence: readonly { readonly evidence: Evidence; readonly bytes: number }[];
  readonly modules: readonly ModuleSum[];
  readonly packages: readonly PackageSum[];
}

/** Adds a ledger up, once over its rows. */
export function sumLedger(ledger: Ledger): LedgerSums {
  const { accounts } = ledger;
  const byAccount = new Float64Array(accounts.length);
  const byKind = new Float64Array(byteKinds.length);
  const byEvidence = new Float64Array(evidences.length);
  const byBoth = new Float64Array(accounts.length * byteKinds.length);
  const shares = { assigned: 0, shared: 0, structure: 0, estimated: 0, unknown: 0 };
  for (const { account, kind, evidence, bytes } of ledger.rows) {
    const at = byteKinds.indexOf(kind);
    add(byAccount, account, bytes);
    add(byKind, at, bytes);
    add(byBoth, account * byteKinds.length + at, bytes);
    add(byEvidence, evidences.indexOf(evidence), bytes);
    shares[shareOf(accounts[account], evidence)] += bytes;
  }
  const kindsOf = (account: number): Partial<Record<ByteKind, number>> =>
    Object.fromEntries(
      byteKinds.flatMap((kind, at) => {
        const bytes = byBoth[account * byteKinds.length + at] ?? 0;
        return bytes > 0 ? [[kind, bytes]] : [];
      }),
    );
  return {
    size: ledger.size,
    shares,
    groups: groupSums(accounts, byAccount),
    kinds: largest(byteKinds.map((kind, at) => ({ kind, bytes: byKind[at] ?? 0 }))),
    evidence: largest(evidences.map((evidence, at) => ({ evidence, bytes: byEvidence[at] ?? 0 }))),
    modules: moduleSums(ledger, byAccount),
    packages: largest(
      accounts.flatMap(({ kind, name, group, module }, at) =>
        kind === 'package'
          ? [
              {
                name,
                group,
                ...(module && { module: module.path }),
                bytes: byAccount[at] ?? 0,
                kinds: kindsOf(at),
              },
            ]
          : [],
      ),
    ),
  };
}

/** Which of the five shares bytes belong to. An estimate never counts as assigned. */
function shareOf(account: Account | undefined, evidence: Evidence): keyof Shares {
  if (account === undefined || account.kind === 'unattributed' || evidence === 'none') return 'unknown';
  if (account.kind === 'structure') return 'structure';
  if (evidence === 'estimate') return 'estimated';
  return account.kind === 'shared' ? 'shared' : 'assigned';
}

function groupSums(accounts: readonly Account[], bytes: Float64Array): GroupSum[] {
  const sums = new Map<GroupSum['group'], { accounts: number; bytes: number }>();
  for (const [at, account] of accounts.entries()) {
    const own = bytes[at] ?? 0;
    if (own === 0) continue;
    const group = groupOf(account);
    const sum = sums.get(group) ?? { accounts: 0, bytes: 0 };
    sums.set(group, { accounts: sum.accounts + 1, bytes: sum.bytes + own });
  }
  return largest([...sums].map(([group, sum]) => ({ group, ...sum })));
}

function groupOf({ kind, group }: Account): GroupSum['group'] {
  if (kind !== 'package') return kind;
  return group === 'none' ? 'unattributed' : group;
}

function moduleSums({ accounts, binary }: Ledger, bytes: Float64Array): ModuleSum[] {
  const main = binary?.buildInfo?.main;
  const sums = new Map<string, ModuleSum>();
  for (const [at, account] of accounts.entries()) {
    const module = account.module ?? (account.group === 'main' ? main : undefined);
    const own = bytes[at] ?? 0;
    if (account.kind !== 'package' || module === undefined || own === 0) continue;
    const { path, version } = module;
    const sum = sums.get(path);
    sums.set(path, {
      path,
      version,
      group: sum?.group ?? account.group,
      packages: (sum?.packages ?? 0) + 1,
      bytes: (sum?.bytes ?? 0) + own,
    });
  }
  return largest([...sums.values()]);
}

/** Those with bytes, largest first. */
function largest<T extends { readonly bytes: number }>(items: readonly T[]): T[] {
  return items.filter(({ bytes }) => bytes > 0).sort((a, b) => b.bytes - a.bytes);
}

function add(sums: Float64Array, at: number, bytes: number): void {
  sums[at] = (sums[at] ?? 0) + bytes;
}
