/** What the result of a COPY depends on, in parts that a person can read when one of them changed. */
import { createHash, type Hash } from 'node:crypto';
import type { LayerId, TreeEntry } from '../../snapshot/types.ts';
import type { CopyAction, CopyOp } from '../graph.ts';
import type { KeyParts } from '../solver.ts';
import type { Chosen } from './choose.ts';
import type { Item } from './select.ts';

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
  if (base) parts['base'] = sha256(JSON.stringify(base));
  for (const [index, action] of op.actions.entries())
    parts[op.actions.length === 1 ? 'the instruction' : `the instruction's part ${index + 1}`] =
      actionKey(action);
  const all = createHash('sha256');
  const count = chosen.reduce((sum, each) => sum + (each?.count ?? 0), 0);
  for (const [index, each] of chosen.entries()) {
    if (!each) continue;
    for (const { source, name, item } of each.picked) {
      all.update(JSON.stringify([index, source, name]));
      describe(item, '', each, all, count > mostNamed ? undefined : parts);
      if (count > mostNamed) describeDirectories(item, each, parts);
    }
  }
  return { ...parts, files: all.digest('hex') };
}

function actionKey(action: CopyAction): string {
  if (action.kind === 'directory') return sha256(JSON.stringify([action.path, action.owner ?? null]));
  const { dest, owner = null, mode = null } = action;
  if (action.kind === 'inline')
    return sha256(JSON.stringify([action.name, sha256(action.bytes), dest, owner, mode]));
  const { sources, parents, exclude, unpack, literal = false } = action;
  return sha256(JSON.stringify([sources, dest, owner, mode, parents, exclude, unpack, literal]));
}

/** `below` is the path inside what is copied: where an item ends up is part of the result, where it came from is not. */
function describe(
  item: Item,
  below: string,
  chosen: Chosen,
  all: Hash,
  parts: Record<string, string> | undefined,
): void {
  const { entry, include, items } = item;
  const digest = chosen.digests.get(entry) ?? entry.digest;
  all.update(
    JSON.stringify([
      below,
      include,
      entry.type,
      entry.mode,
      entry.uid,
      entry.gid,
      // A time that a person gave is part of the image; one that a check-out or a build made says nothing.
      entry.made ? null : entry.mtime,
      digest ?? entry.linkName ?? null,
      entry.major ?? null,
      entry.minor ?? null,
      entry.same ?? null,
      xattrsOf(entry),
    ]),
  );
  if (parts && entry.type !== 'directory') parts[`file ${entry.path}`] = brief(entry, digest);
  for (const child of items ?? [])
    describe(child, below === '' ? child.name : `${below}/${child.name}`, chosen, all, parts);
}

function describeDirectories(item: Item, chosen: Chosen, parts: Record<string, string>): void {
  const hash = createHash('sha256');
  for (const { entry, name } of item.items ?? [])
    hash.update(`${name}\0${brief(entry, chosen.digests.get(entry) ?? entry.digest)}\0`);
  parts[`files in ${item.entry.path || '.'}`] = hash.digest('hex').slice(0, 16);
  for (const child of item.items ?? []) if (child.items) describeDirectories(child, chosen, parts);
}

/** Enough to tell two states of a file apart and short, as there are many. */
function brief({ type, mode, uid, gid, linkName }: TreeEntry, digest: string | undefined): string {
  const what = digest === undefined ? `${type} ${linkName ?? ''}` : digest.slice(0, 16);
  return `${what} ${mode.toString(8)}${uid === 0 && gid === 0 ? '' : ` ${uid}:${gid}`}`;
}

function xattrsOf({ xattrs }: TreeEntry): readonly (readonly [string, string])[] | null {
  if (!xattrs) return null;
  return Object.entries(xattrs)
    .map(([name, value]): [string, string] => [name, Buffer.from(value).toString('base64')])
    .sort(([a], [b]) => (a < b ? -1 : 1));
}

function sha256(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}
