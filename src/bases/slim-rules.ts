import type { Entry } from '../layer/entry.ts';

/** What a slim base does without, of whatever it is made: packages of Debian, of Alpine, an image of any family. docs/bases.md is made of this. */
export interface SlimRule {
  readonly kind: 'documents' | 'locales' | 'caches' | 'logs';
  /** For people. */
  readonly what: string;
  readonly why: string;
  readonly pattern: RegExp;
  /** What stays although the pattern has it. */
  readonly but?: (entry: Entry, tree: ReadonlyMap<string, Entry>) => boolean;
  /** Directories go with the last of their files; others are waited for by programs. */
  readonly hollow?: true;
}

/** Licences stay, and so do the lists of packages, of which scanners live. */
const licence = /(?:^|\/)(?:copyright|copying|licen[cs]e|notice|authors|patents)[^/]*$/i;
/** A link at the top of /usr/share/doc leads to another package's documents, its licence among them. */
const documentLink = /^usr\/(?:local\/)?share\/doc\/[^/]+$/;
const isLicence = ({ path, type }: Entry): boolean =>
  licence.test(path) || (type === 'symlink' && documentLink.test(path));

const compiled = /^(.*)\/__pycache__\/([^/]+?)\.[a-z]+-?\d+[^/]*\.py[co]$/;

/** Anything that follows the path of a file, in /usr/share and in /usr/local/share. */
function share(names: string): RegExp {
  return new RegExp(`^usr/(?:local/)?share/(?:${names})(?:/|$)`);
}

export const slimRules: readonly SlimRule[] = [
  {
    kind: 'documents',
    what: '`/usr/share/doc`, but for licences and links to them; `/usr/share/doc-base`',
    why: 'documents are read elsewhere',
    pattern: share('doc|doc-base'),
    but: isLicence,
    hollow: true,
  },
  {
    kind: 'documents',
    what: '`/usr/share/man`, `info`, `help`, `gtk-doc`, `gnome/help`, `groff/*/examples`',
    why: 'there is no reader of manual pages, Info or help',
    pattern: share('man|info|help|gtk-doc|gnome/help|groff/[^/]*/examples'),
    but: isLicence,
    hollow: true,
  },
  {
    kind: 'documents',
    what: '`/usr/share/lintian`, `/usr/share/bug`',
    why: 'for those who check packages, and those who report bugs of them',
    pattern: share('lintian|bug'),
    but: isLicence,
    hollow: true,
  },
  {
    kind: 'locales',
    what: '`/usr/share/locale`, but for `locale.alias`',
    why: 'translations of messages; programs fall back to English',
    pattern: share('locale'),
    but: ({ path }) => path === 'usr/share/locale/locale.alias',
    hollow: true,
  },
  {
    kind: 'caches',
    what: 'in `/var/cache`, but for what debconf was told',
    why: 'made anew when they are needed',
    pattern: /^var\/cache\/./,
    but: ({ path }) => /^var\/cache\/debconf\/(?:config|templates|passwords)\.dat$/.test(path),
  },
  {
    kind: 'caches',
    what: 'in `/var/lib/apt/lists`, `/etc/apk/cache`, `/root/.cache`, `/home/*/.cache`; `__db.*` of RPM',
    why: 'fetched or made anew when they are needed',
    pattern:
      /^(?:var\/lib\/apt\/lists\/.|etc\/apk\/cache\/.|(?:root|home\/[^/]+)\/\.cache\/.|var\/lib\/rpm\/__db\.\d+$)/,
  },
  {
    kind: 'caches',
    what: 'in `/tmp` and `/var/tmp`',
    why: 'whoever put it there has ended',
    pattern: /^(?:tmp|var\/tmp)\/./,
    hollow: true,
  },
  {
    kind: 'caches',
    what: '`/var/lib/dpkg/*-old`, `/etc/passwd-` and the like',
    why: 'what tools keep of a file before they change it',
    pattern: /^(?:var\/lib\/dpkg\/[^/]*-old|etc\/(?:passwd|group|shadow|gshadow|subuid|subgid)-)$/,
  },
  {
    kind: 'caches',
    what: 'in `__pycache__`, where the source is there too',
    why: 'Python compiles again',
    pattern: /(?:^|\/)__pycache__(?:\/|$)/,
    but: ({ path }, tree) => {
      const [, directory, name] = compiled.exec(path) ?? [];
      return directory === undefined || !tree.has(`${directory}/${name}.py`);
    },
    hollow: true,
  },
  {
    kind: 'logs',
    what: 'in `/var/log` and `/run/log`, but for empty files; histories of dnf and yum',
    why: 'of how the base was made; an empty one waits for somebody who logs in, and writes to no other',
    pattern: /^(?:var\/log\/.|run\/log\/.|var\/lib\/dnf\/history\.|var\/lib\/yum\/history\/.)/,
    but: ({ size, type }) => type === 'file' && size === 0,
  },
];
