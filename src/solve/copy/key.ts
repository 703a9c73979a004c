/** What the result of a COPY depends on, in parts that a person can read when one of them changed. */
import { createHash } from 'node:crypto';
import type { LayerId, TreeEntry } from '../../snapshot/types.ts';
import type { CopyAction, CopyOp } from '../graph.ts';
import type { KeyParts } from '../solver.ts';
import type { Chosen } from './choose.ts';
import type { Item } from './take.ts';

/** The version of what this engine makes: raise it when the same key would give another layer. */
const format = '1';

/** With more files than this they are named by their directories, so that a record stays small. */
const mostNamed = 30_000;

/**
 * `files` stands for all that is taken, with every detail; the parts `file PATH` are there to name what changed.
 * @param base undefined when it is not looked at
 */
export function copyKey(
  op: CopyOp,
  chosen: readonly (Chosen | undefined)[],
  base: readonly LayerId[] | undefined,
): KeyParts {
  const parts: Record<string, string> = { format };
  if (base) parts['the files beneath'] = sha256(JSON.stringify(base));
  parts['the instruction'] = sha256(JSON.stringify(op.actions.map(actionKey)));
  const count = chosen.reduce((sum, each) => sum + (each?.count ?? 0), 0);
  const all = rows();
  for (const [index, each] of chosen.entries()) {
    if (!each) continue;
    for (const { source, name, item } of each.picked) {
      all.add(JSON.stringify([index, source, name]));
      describe(item, '', each, all.add, new Map());
      if (count > mostNamed) nameDirectories(item, each, parts);
      else nameFiles(item, each, parts);
    }
  }
  parts['files'] = all.digest();
  return parts;
}

/**
 * What the result depends on, by the names of layers alone; undefined where files of a tree are copied, which have to be looked at anyway.
 * @param base undefined when it is not looked at
 */
export function copyInputsKey(
  op: CopyOp,
  inputs: readonly { readonly layers: readonly { readonly id: LayerId }[]; readonly tree?: unknown }[],
  base: readonly LayerId[] | undefined,
): KeyParts | undefined {
  const sources = op.actions.flatMap((action) => (action.kind === 'copy' ? [inputs[action.input]] : []));
  if (sources.length === 0 || sources.some((source) => !source || source.tree !== undefined))
    return undefined;
  const ids = sources.map((source) => source?.layers.map(({ id }) => id));
  return {
    format,
    base: JSON.stringify(base ?? null),
    'the instruction': JSON.stringify(op.actions.map(actionKey)),
    sources: JSON.stringify(ids),
  };
}

/** Hashes many short texts in few calls. */
function rows(): { add(row: string): void; digest(): string } {
  const hash = createHash('sha256');
  let pending = '';
  return {
    add: (row) => {
      pending += `${row}\n`;
      if (pending.length < 1 << 16) return;
      hash.update(pending);
      pending = '';
    },
    digest: () => hash.update(pending).digest('hex'),
  };
}

function actionKey(action: CopyAction): readonly unknown[] {
  if (action.kind === 'directory') return [action.path, action.owner ?? null];
  const { dest, owner = null, mode = null } = action;
  if (action.kind === 'inline') return [action.name, sha256(action.bytes), dest, owner, mode];
  const { sources, parents, exclude, unpack, literal = false } = action;
  return [sources, dest, owner, mode, parents, exclude, unpack, literal];
}

/**
 * `below` is the path inside what is copied: where an item ends up is part of the result, where it came from is not. No name and no link
 * holds a NUL, so that the fields of a row stay apart.
 */
function describe(
  item: Item,
  below: string,
  chosen: Chosen,
  add: (row: string) => void,
  links: Map<string, string>,
): void {
  const { entry, include, items } = item;
  const { type, mode, uid, gid, same, major = '', minor = '', linkName = '' } = entry;
  // A time that a person gave is part of the image; one that a check-out or a build made says nothing.
  const time = entry.made ? '' : entry.mtime;
  const content = type === 'file' ? digestOf(chosen, entry) : exact(linkName);
  // What the tree calls a group of hard links may be an inode number, which says nothing either.
  const first = same === undefined ? '' : links.get(same);
  if (same !== undefined && first === undefined) links.set(same, exact(below));
  const taken = include ? '' : 'for what is in it';
  add(
    `${exact(below)}\0${type}\0${mode}\0${uid}\0${gid}\0${time}\0${content}\0${major}\0${minor}\0${first ?? ''}\0${taken}\0${xattrsOf(entry)}`,
  );
  for (const child of items ?? [])
    describe(child, below === '' ? child.name : `${below}/${child.name}`, chosen, add, links);
}

/** Bytes that are not UTF-8 would all be hashed as one and the same. */
function exact(text: string): string {
  return text.isWellFormed() ? text : `\0${JSON.stringify(text)}`;
}

function digestOf(chosen: Chosen, entry: TreeEntry): string {
  return chosen.digests.get(entry) ?? entry.digest ?? '';
}

function nameFiles({ entry, items }: Item, chosen: Chosen, parts: Record<string, string>): void {
  if (items) for (const child of items) nameFiles(child, chosen, parts);
  else parts[`file ${entry.path}`] = brief(entry, chosen);
}

function nameDirectories({ entry, items = [] }: Item, chosen: Chosen, parts: Record<string, string>): void {
  const own = rows();
  for (const child of items) own.add(`${exact(child.name)}\0${brief(child.entry, chosen)}`);
  parts[`files in ${entry.path || '.'}`] = own.digest().slice(0, 16);
  for (const child of items) if (child.items) nameDirectories(child, chosen, parts);
}

/** Enough to tell two states of a file apart and short, as there are many. */
function brief(entry: TreeEntry, chosen: Chosen): string {
  const { type, mode, uid, gid, linkName = '' } = entry;
  const what = type === 'file' ? digestOf(chosen, entry).slice(0, 16) : `${type} ${linkName}`;
  return `${what} ${mode.toString(8)}${uid === 0 && gid === 0 ? '' : ` ${uid}:${gid}`}`;
}

function xattrsOf({ xattrs }: TreeEntry): string {
  if (!xattrs) return '';
  const list = Object.entries(xattrs).map(([name, value]) => [name, Buffer.from(value).toString('base64')]);
  return JSON.stringify(list.sort(([a = ''], [b = '']) => (a < b ? -1 : 1)));
}

function sha256(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}
