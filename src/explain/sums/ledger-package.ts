import type { TreeBuilder } from '../tree.ts';
import type { ByteKind, FunctionBytes, Ledger, NamedBytes } from '../../golang/ledger/types.ts';

const codeKinds: ReadonlySet<ByteKind> = new Set(['code', 'inlined code', 'pclntab']);

/** Adds below `node` all bytes of an account: its functions, its kinds of data, and the names that are known in them. */
export function packageBytes(ledger: Ledger): (builder: TreeBuilder, node: number, account: number) => void {
  const functions = byAccount(ledger.functions);
  const named = byAccount(ledger.named);
  const rows = byAccount(ledger.rows);
  return (builder, node, account) => {
    let code = 0;
    const kinds = new Map<ByteKind, number>();
    for (const { kind, bytes } of rows.get(account) ?? []) {
      if (codeKinds.has(kind)) code += bytes;
      else kinds.set(kind, (kinds.get(kind) ?? 0) + bytes);
    }
    addFunctions(builder, node, functions.get(account) ?? [], code);
    addData(builder, node, kinds, named.get(account) ?? []);
  };
}

/** Functions until their bytes are used up: so the sum is the ledger's, whatever the list of functions says. */
function addFunctions(
  builder: TreeBuilder,
  node: number,
  functions: readonly FunctionBytes[],
  total: number,
): void {
  let left = total;
  for (const one of functions) {
    const bytes = Math.min(left, one.code + one.inlined + one.tables);
    if (bytes <= 0) continue;
    const note =
      one.file === undefined ? undefined : `${one.file}${one.line === undefined ? '' : `:${one.line}`}`;
    builder.add(node, one.name, 'function', bytes, note === undefined ? {} : { note });
    left -= bytes;
  }
  if (left > 0) builder.add(node, 'tables and code of no one function', 'rest', left);
}

function addData(
  builder: TreeBuilder,
  node: number,
  kinds: ReadonlyMap<ByteKind, number>,
  named: readonly NamedBytes[],
): void {
  const waiting = new Map<ByteKind, NamedBytes[]>();
  for (const one of named) {
    const kind = placeOf(one, kinds);
    const list = waiting.get(kind);
    if (list) list.push(one);
    else waiting.set(kind, [one]);
  }
  for (const [kind, bytes] of kinds) {
    if (bytes === 0) continue;
    const inside = waiting.get(kind) ?? [];
    let left = bytes;
    const fitting = inside.filter((one) => {
      if (one.bytes <= 0 || one.bytes > left) return false;
      left -= one.bytes;
      return true;
    });
    const parent = builder.add(node, kind, 'data', left);
    for (const one of fitting) builder.add(parent, one.name, 'data', one.bytes, { note: one.what });
  }
}

function placeOf({ what, bytes }: NamedBytes, kinds: ReadonlyMap<ByteKind, number>): ByteKind {
  if (what === 'type') return 'types';
  if (what === 'debug') return 'debug';
  return (kinds.get('read-only data') ?? 0) >= bytes ? 'read-only data' : 'data';
}

function byAccount<T extends { readonly account: number }>(all: readonly T[]): Map<number, T[]> {
  const lists = new Map<number, T[]>();
  for (const one of all) {
    const list = lists.get(one.account);
    if (list) list.push(one);
    else lists.set(one.account, [one]);
  }
  return lists;
}
