import { editTree, treeEntries } from '../layer/tree.ts';
import type { Entry } from '../layer/entry.ts';
import { globForm } from './glob.ts';
import { slimRules } from './slim-rules.ts';
import type { OmittedKind } from './types.ts';

/** Raised when the same settings leave out other files than before. */
export const slimRevision = 2;

/** What is to be left out. */
export interface Omissions {
  readonly slim: boolean;
  /** Globs of absolute paths. */
  readonly omit: readonly string[];
}

interface Kind {
  readonly kind: string;
  readonly files: (entry: Entry) => boolean;
  /** Directories that go with the last of their files. */
  readonly directories: (path: string) => boolean;
}

/**
 * Leaves out of a tree what `slim` and the user's globs say, counted by kind. A file that has another name, which stays, stays whole. A
 * directory that held nothing else goes too, but for those that programs wait for.
 */
export function makeSlim(tree: Map<string, Entry>, { slim, omit }: Omissions): OmittedKind[] {
  const kinds = [...omit.map(ownKind), ...(slim ? usualKinds(tree) : [])];
  const gone = new Map<string, Entry[]>();
  const hollow: string[] = [];
  const editor = editTree(tree);
  const none: ReadonlySet<string> = new Set();
  for (const [path, entry] of [...tree]) {
    if (entry.type === 'directory') {
      if (kinds.some(({ directories }) => directories(path))) hollow.push(path);
      continue;
    }
    const kind = kinds.find(({ files }) => files(entry));
    if (!kind) continue;
    gone.set(kind.kind, [...(gone.get(kind.kind) ?? []), entry]);
    editor.remove(path, none);
  }
  for (const path of hollow.sort().reverse())
    if (editor.children(path).length === 0) editor.remove(path, none);
  return counted(gone, tree);
}

/** As `makeSlim`, of sorted entries with directories. */
export function leaveOut(
  entries: readonly Entry[],
  omissions: Omissions,
): { readonly entries: readonly Entry[]; readonly omitted: readonly OmittedKind[] } {
  if (!omissions.slim && omissions.omit.length === 0) return { entries, omitted: [] };
  const tree = new Map(entries.map((entry) => [entry.path, entry]));
  const omitted = makeSlim(tree, omissions);
  return { entries: [...treeEntries(tree)], omitted };
}

/** Whether a rule of slim bases has it is asked of the tree as it was: a cache may go after its source. */
function usualKinds(tree: ReadonlyMap<string, Entry>): Kind[] {
  const before: ReadonlyMap<string, Entry> = new Map(tree);
  return slimRules.map(({ kind, pattern, but, hollow }) => ({
    kind,
    files: (entry) => pattern.test(entry.path) && but?.(entry, before) !== true,
    directories: (path) => hollow === true && pattern.test(path),
  }));
}

function ownKind(glob: string): Kind {
  const form = globForm(glob);
  const look = (path: string): boolean => form.test(`/${path}`);
  return { kind: glob, files: ({ path }) => look(path), directories: look };
}

/** Bytes are those of contents of which no name is left; each content once. */
function counted(
  gone: ReadonlyMap<string, readonly Entry[]>,
  tree: ReadonlyMap<string, Entry>,
): OmittedKind[] {
  const seen = new Set<Entry['content']>();
  for (const { content } of tree.values()) if (content) seen.add(content);
  return [...gone].map(([kind, entries]) => {
    let bytes = 0;
    for (const { content, size } of entries) {
      if (!content || seen.has(content)) continue;
      seen.add(content);
      bytes += size;
    }
    return { kind, files: entries.length, bytes };
  });
}
