import type { Entry } from '../../layer/entry.ts';
import { editTree } from '../../layer/tree.ts';
import { globForm } from '../omit.ts';
import type { OmittedKind } from '../types.ts';

/**
 * What a slim distribution does without, of any family: Debian's, Alpine's, those of RPM. Licences stay, and so do the lists of packages, of
 * which scanners live.
 */

type Look = (path: string) => boolean;

interface Kind {
  readonly kind: string;
  /** Which files go. */
  readonly files: Look;
  /** Directories that go with the last of their files; others are waited for by programs. */
  readonly directories?: Look;
}

const licence = /(?:^|\/)(?:copyright|copying|licen[cs]e|notice|authors|patents)[^/]*$/i;
const documents =
  /^usr\/(?:local\/)?share\/(?:doc|doc-base|man|info|help|gtk-doc|gnome\/help|lintian|bug|groff\/[^/]*\/examples)(?:\/|$)/;
/** A link at the top of /usr/share/doc leads to another package's documents, its licence among them. */
const documentLink = /^usr\/share\/doc\/[^/]+$/;
const locales = /^usr\/(?:local\/)?share\/locale(?:\/|$)/;
/** A list of names that stand for others, not a translation. */
const localeAliases = 'usr/share/locale/locale.alias';

/** Kept below what else is left out: what debconf was told is no cache, wherever it lies. */
const noCache = /^var\/cache\/debconf\/(?:config|templates|passwords)\.dat$/;
const caches: readonly RegExp[] = [
  /^var\/cache\/./,
  /^var\/lib\/apt\/lists\/./,
  /^etc\/apk\/cache\/./,
  /^(?:root|home\/[^/]+)\/\.cache\/./,
  /^(?:tmp|var\/tmp)\/./,
  /^var\/lib\/rpm\/__db\.\d+$/,
  // Copies that tools keep of a file before they change it.
  /^var\/lib\/dpkg\/[^/]*-old$/,
  /^etc\/(?:passwd|group|shadow|gshadow|subuid|subgid)-$/,
];
const logs: readonly RegExp[] = [
  /^var\/log\/./,
  /^run\/log\/./,
  /^var\/lib\/dnf\/history\./,
  /^var\/lib\/yum\/history\/./,
];
const compiled = /^(.*)\/__pycache__\/([^/]+?)\.[a-z]+-?\d+[^/]*\.py[co]$/;

/**
 * Leaves out of a tree what `slim` and the user's globs say, counted by kind. A file that has another name, which stays, stays whole.
 * @param omit globs of absolute paths
 */
export function makeSlim(
  tree: Map<string, Entry>,
  { slim, omit }: { readonly slim: boolean; readonly omit: readonly string[] },
): OmittedKind[] {
  const kinds = [...omit.map(ownKind), ...(slim ? usualKinds(tree) : [])];
  const gone = new Map<string, Entry[]>();
  const hollow: string[] = [];
  const editor = editTree(tree);
  const none: ReadonlySet<string> = new Set();
  for (const [path, entry] of [...tree]) {
    if (entry.type === 'directory') {
      if (kinds.some(({ directories }) => directories?.(path))) hollow.push(path);
      continue;
    }
    const kind = kinds.find(({ files }) => files(path));
    if (!kind) continue;
    gone.set(kind.kind, [...(gone.get(kind.kind) ?? []), entry]);
    editor.remove(path, none);
  }
  for (const path of hollow.sort().reverse())
    if (editor.children(path).length === 0) editor.remove(path, none);
  return counted(gone, tree);
}

function usualKinds(tree: ReadonlyMap<string, Entry>): Kind[] {
  return [
    {
      kind: 'documents',
      files: (path) =>
        documents.test(path) &&
        !licence.test(path) &&
        !(documentLink.test(path) && tree.get(path)?.type === 'symlink'),
      directories: (path) => documents.test(path),
    },
    {
      kind: 'locales',
      files: (path) => locales.test(path) && path !== localeAliases,
      directories: (path) => locales.test(path),
    },
    {
      kind: 'caches',
      files: (path) =>
        (caches.some((pattern) => pattern.test(path)) && !noCache.test(path)) || hasSource(tree, path),
      directories: (path) => path.endsWith('/__pycache__') || /^(?:tmp|var\/tmp)\/./.test(path),
    },
    // An empty one waits for somebody who logs in, and writes to no other.
    {
      kind: 'logs',
      files: (path) => logs.some((pattern) => pattern.test(path)) && tree.get(path)?.size !== 0,
    },
  ];
}

/** Whether this is Python's compiled copy of a file that is there too. */
function hasSource(tree: ReadonlyMap<string, Entry>, path: string): boolean {
  const [, directory, name] = compiled.exec(path) ?? [];
  return directory !== undefined && tree.has(`${directory}/${name}.py`);
}

function ownKind(glob: string): Kind {
  const form = globForm(glob);
  const look = (path: string): boolean => form.test(`/${path}`);
  return { kind: glob, files: look, directories: look };
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

/** Programs that run as somebody else than who starts them. */
export function setuidFiles(tree: ReadonlyMap<string, Entry>): string[] {
  const found = [...tree].filter(([, { type, mode }]) => type === 'file' && (mode & 0o6000) !== 0);
  return found.map(([path]) => `/${path}`).sort();
}
