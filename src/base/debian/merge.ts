import { ToolError } from '../../core/errors.ts';
import type { Entry } from '../../layer/entry.ts';
import { compareNames } from '../../layer/names.ts';
import { editTree } from '../../layer/tree.ts';
import type { TreeEditor } from '../../layer/tree.ts';
import { parseStanza } from './control.ts';
import type { OpenPackage } from './kept-debs.ts';
import { parseRelations } from './relations.ts';
import { meets } from './versions.ts';

/**
 * All packages' files in one tree, as dpkg leaves them: a directory that is there already stays as it is, a link to a directory in its
 * place too (so a merged /usr works, of whichever package its links come), and a file of two packages belongs to the one that says it
 * replaces the other's. Hard links are files that share their `content`. Diversions are made by scripts and not known here.
 * @throws ToolError PACKAGE_UNRESOLVABLE for a file of two packages, PACKAGE_INVALID for a hard link to nothing
 */
export function mergePackages(packages: readonly OpenPackage[]): Map<string, Entry> {
  const tree = new Map<string, Entry>();
  const editor = editTree(tree);
  const owners = new Map<string, OpenPackage>();
  const told = new Set<string>();
  for (const one of inOrder(packages)) {
    for (const entry of one.entries) {
      const path = editor.locate(entry.path);
      if (entry.type === 'directory') putDirectory({ tree, editor, told }, path, entry);
      else putFile({ tree, editor, owners }, one, path, entry);
    }
  }
  return tree;
}

/** base-files first: the links of a merged /usr must be there before what lies behind them. The rest by name. */
function inOrder(packages: readonly OpenPackage[]): OpenPackage[] {
  const rank = ({ record }: OpenPackage): number => (record.name === 'base-files' ? 0 : 1);
  return packages.toSorted(
    (one, other) => rank(one) - rank(other) || compareNames(one.record.name, other.record.name),
  );
}

interface Directories {
  readonly tree: ReadonlyMap<string, Entry>;
  readonly editor: TreeEditor;
  /** Directories of which a package said how they are; others were made for what lies in them. */
  readonly told: Set<string>;
}

function putDirectory({ tree, editor, told }: Directories, path: string, entry: Entry): void {
  // A link to a directory stays one, as dpkg has it.
  if (tree.get(path)?.type === 'symlink' || told.has(path)) return;
  editor.put(path, entry);
  told.add(path);
}

interface Merging {
  readonly tree: ReadonlyMap<string, Entry>;
  readonly editor: TreeEditor;
  readonly owners: Map<string, OpenPackage>;
}

function putFile({ tree, editor, owners }: Merging, owner: OpenPackage, path: string, entry: Entry): void {
  const there = tree.get(path);
  if (there?.type === 'directory') {
    // dpkg does not put a link in the place of a directory; a file in its place it refuses.
    if (entry.type === 'symlink') return;
    throw clash(owner, undefined, path);
  }
  const before = owners.get(path);
  if (before && before !== owner) {
    if (replaces(before, owner)) return;
    if (!replaces(owner, before)) throw clash(owner, before, path);
  }
  editor.put(path, entry.type === 'hardlink' ? linked(tree, editor, owner, entry, path) : entry);
  owners.set(path, owner);
}

function linked(
  tree: ReadonlyMap<string, Entry>,
  editor: TreeEditor,
  owner: OpenPackage,
  link: Entry,
  path: string,
): Entry {
  const target = tree.get(editor.locate(link.linkName ?? ''));
  if (target && target.type !== 'directory' && target.path !== path) return { ...target, path };
  throw new ToolError(
    'PACKAGE_INVALID',
    `the package ${owner.record.name} has a hard link ${JSON.stringify(path)} to what is not there: ${JSON.stringify(link.linkName)}`,
    { hint: 'Name another version of it, or another mirror.' },
  );
}

/** Whether `one` says that it takes over files of `other` (Debian policy, section 7.6.1). */
function replaces(one: OpenPackage, other: OpenPackage): boolean {
  const field = parseStanza(one.control.get('control')?.toString('utf8') ?? '').get('replaces') ?? '';
  return parseRelations(field)
    .flat()
    .some(({ name, version }) => name === other.record.name && meets(other.record.version, version));
}

function clash(one: OpenPackage, other: OpenPackage | undefined, path: string): ToolError {
  const with_ = other ? `${other.record.name} has too` : 'is a directory of other packages';
  return new ToolError(
    'PACKAGE_UNRESOLVABLE',
    `the package ${one.record.name} has /${path}, which ${with_}, and neither replaces the other`,
    { hint: 'Leave one of the packages out.' },
  );
}
