import type { Entry } from '../../layer/entry.ts';
import type { TreeEditor } from '../../layer/tree.ts';

/** What a slim base leaves out of its packages. Licences stay, and so do links of one package's documents to another's. */
export const slimOmissions = [
  {
    kind: 'documents',
    path: '/usr/share/doc/*, but for copyright files',
    why: 'documents are read elsewhere',
    pattern: /^usr\/share\/doc\/[^/]+\/(?!copyright$)/,
  },
  { kind: 'documents', path: '/usr/share/man', why: 'there is no reader of manual pages', pattern: /^usr\/share\/man(?:\/|$)/ },
  {
    kind: 'documents',
    path: '/usr/share/info',
    why: 'there is no reader of Info documents',
    pattern: /^usr\/share\/info(?:\/|$)/,
  },
  {
    kind: 'locales',
    path: '/usr/share/locale',
    why: 'translations of messages; programs fall back to English',
    pattern: /^usr\/share\/locale(?:\/|$)/,
  },
  {
    kind: 'documents',
    path: '/usr/share/lintian',
    why: 'for those who check packages',
    pattern: /^usr\/share\/lintian(?:\/|$)/,
  },
  {
    kind: 'documents',
    path: '/usr/share/bug',
    why: 'for those who report bugs of packages',
    pattern: /^usr\/share\/bug(?:\/|$)/,
  },
] as const;

export interface Omitted {
  readonly path: string;
  readonly why: string;
}

/** Takes out of a tree what a slim base does not have; gives what was really there. */
export function omitSlim(tree: ReadonlyMap<string, Entry>, editor: TreeEditor): Omitted[] {
  const found = new Set<Omitted>();
  const none: ReadonlySet<string> = new Set();
  for (const path of [...tree.keys()]) {
    const rule = slimOmissions.find(({ pattern }) => pattern.test(path));
    if (!rule || !tree.has(path) || tree.get(path)?.type === 'directory') continue;
    editor.remove(path, none);
    found.add(rule);
  }
  // Directories that held nothing else go too, those below first.
  for (const path of [...tree.keys()].sort().reverse()) {
    const omitted = slimOmissions.some(({ pattern }) => pattern.test(path));
    if (omitted && tree.get(path)?.type === 'directory' && editor.children(path).length === 0)
      editor.remove(path, none);
  }
  return slimOmissions.filter((rule) => found.has(rule)).map(({ path, why }) => ({ path, why }));
}
