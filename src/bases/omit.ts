import { slimOmissions } from '../base/debian/omissions.ts';
import { editTree, treeEntries } from '../layer/tree.ts';
import type { Entry } from '../layer/entry.ts';
import type { OmittedKind } from './types.ts';

/** Raised when the same settings leave out other files than before. */
export const omitRevision = 1;

interface Rule {
  readonly kind: string;
  readonly matches: (path: string) => boolean;
}

/**
 * Leaves out of a base what `slim` and the user's globs say, and counts it by kind. Licences stay. A directory that held nothing else goes
 * too; what lies below a directory that a glob names goes with it.
 * @param entries sorted, with directories
 * @param omit globs of absolute paths
 */
export function leaveOut(
  entries: readonly Entry[],
  { slim, omit }: { readonly slim: boolean; readonly omit: readonly string[] },
): { readonly entries: readonly Entry[]; readonly omitted: readonly OmittedKind[] } {
  const rules = rulesOf(slim, omit);
  if (rules.length === 0) return { entries, omitted: [] };
  const tree = new Map(entries.map((entry) => [entry.path, entry]));
  const editor = editTree(tree);
  const counts = new Map<string, { files: number; bytes: number }>();
  const none: ReadonlySet<string> = new Set();
  const hollow: string[] = [];
  for (const { path, type, size } of entries) {
    const rule = rules.find(({ matches }) => matches(path));
    if (!rule) continue;
    if (type === 'directory') {
      hollow.push(path);
      continue;
    }
    const count = counts.get(rule.kind) ?? { files: 0, bytes: 0 };
    counts.set(rule.kind, { files: count.files + 1, bytes: count.bytes + size });
    editor.remove(path, none);
  }
  for (const path of hollow.reverse()) if (editor.children(path).length === 0) editor.remove(path, none);
  return {
    entries: [...treeEntries(tree)],
    omitted: [...counts].map(([kind, count]) => ({ kind, ...count })),
  };
}

function rulesOf(slim: boolean, omit: readonly string[]): Rule[] {
  const own = omit.map((glob) => {
    const form = globForm(glob);
    return { kind: glob, matches: (path: string) => form.test(`/${path}`) };
  });
  const usual = slim
    ? slimOmissions.map(({ pattern, kind }) => ({ kind, matches: (path: string) => pattern.test(path) }))
    : [];
  return [...own, ...usual];
}

/**
 * A glob of absolute paths as an expression: `*` and `?` stay within a name, `**` crosses them, `[…]` is a class. It holds for what lies
 * below what it names, too.
 */
export function globForm(glob: string): RegExp {
  const parts = glob.matchAll(/\/\*\*(?=\/|$)|\*\*|\*|\?|\[!?[^\]/]+\]|[^*?[/]+|\/|\[/g);
  const text = [...parts].map(([part]) => {
    if (part === '/**') return '(?:/.*)?';
    if (part === '**') return '.*';
    if (part === '*') return '[^/]*';
    if (part === '?') return '[^/]';
    if (part.length > 1 && part.startsWith('['))
      return `[${part.slice(1, -1).replace(/^!/, '^').replaceAll('\\', '\\\\')}]`;
    return part.replaceAll(/[.+^${}()|[\]\\]/g, '\\$&');
  });
  return new RegExp(`^${text.join('').replace(/\/+$/, '')}(?:/.*)?$`, 's');
}
