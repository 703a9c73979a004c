import type { WasteKind } from '../../types.ts';

/** What is in the whole that decides what a file is good for. */
export interface Surroundings {
  /** A compiler or linker is there to use headers and object files. */
  readonly compiler: boolean;
  readonly node: boolean;
  /** What the container starts is a program that stands alone: Go's, or one without a loader. */
  readonly standalone: boolean;
}

interface Sort {
  readonly kind: WasteKind;
  readonly what: string;
  readonly fix: string;
  readonly applies?: (around: Surroundings) => boolean;
}

/**
 * What a rule matches: a directory's path with a slash behind it, for all files below it, or a file's path; both without a slash before
 * it. The first group, or the whole match, is what stands in the report for all files that meet the rule there.
 */
type Rule = Sort &
  ({ readonly below: RegExp; readonly path?: never } | { readonly path: RegExp; readonly below?: never });

const cacheMount = (target: string): string => `RUN --mount=type=cache,target=${target} …`;
const standalone = ({ standalone }: Surroundings): boolean => standalone;
const nobodyCompiles = ({ compiler, standalone }: Surroundings): boolean => !compiler || standalone;
const twoStages = 'Build in a stage of its own and COPY --from it only what runs.';

/** The first rule that matches counts. */
const rules: readonly Rule[] = [
  // package caches and lists
  {
    kind: 'package cache',
    below: /^var\/lib\/apt\/lists(?=\/)/,
    what: 'package lists of apt',
    fix: 'RUN apt-get update && apt-get install -y … && rm -rf /var/lib/apt/lists/*',
  },
  {
    kind: 'package cache',
    below: /^var\/cache\/apt(?=\/)/,
    what: 'cache of apt',
    fix: 'RUN apt-get clean, in the step that installs',
  },
  {
    kind: 'package cache',
    path: /^var\/cache\/debconf\/[^/]+-old$/,
    what: 'backup of debconf',
    fix: 'RUN rm -f /var/cache/debconf/*-old, in the step that installs',
  },
  {
    kind: 'package cache',
    path: /^var\/lib\/dpkg\/[^/]+-old$/,
    what: 'backup of dpkg',
    fix: 'RUN rm -f /var/lib/dpkg/*-old, in the step that installs',
  },
  {
    kind: 'package cache',
    below: /^(?:var\/cache\/apk|etc\/apk\/cache)(?=\/)/,
    what: 'cache of apk',
    fix: 'RUN apk add --no-cache …',
  },
  {
    kind: 'package cache',
    below: /^var\/cache\/(?:yum|dnf|libdnf5)(?=\/)/,
    what: 'cache of dnf',
    fix: 'RUN dnf install -y … && dnf clean all',
  },
  {
    kind: 'package cache',
    below: /^var\/cache\/(?:zypp|pacman\/pkg)(?=\/)/,
    what: 'cache of the package manager',
    fix: 'Clean it in the step that installs.',
  },
  {
    kind: 'package cache',
    below: /^(?:.*\/)?\.cache\/(?:pip|pipenv|pypoetry|uv)(?=\/)/,
    what: 'cache of pip',
    fix: 'RUN pip install --no-cache-dir …',
  },
  {
    kind: 'package cache',
    below: /^(?:.*\/)?(?:\.npm\/_(?:cacache|logs|npx)|\.cache\/(?:node|node-gyp|npm)|\.node-gyp)(?=\/)/,
    what: 'cache of npm',
    fix: `RUN npm ci && npm cache clean --force, or ${cacheMount('/root/.npm')}`,
  },
  {
    kind: 'package cache',
    below:
      /^(?:.*\/)?(?:\.cache\/yarn|\.yarn\/cache|share\/\.cache\/yarn|\.local\/share\/pnpm\/store|\.pnpm-store)(?=\/)/,
    what: 'cache of yarn or pnpm',
    fix: cacheMount('/root/.cache/yarn'),
  },
  {
    kind: 'package cache',
    below:
      /^(?:.*\/)?(?:\.composer\/cache|\.cache\/composer|\.bundle\/cache|bundle\/cache|gems\/[^/]+\/cache|\.cargo\/registry|\.gradle\/caches)(?=\/)/,
    what: 'cache of a package manager',
    fix: 'Keep it out of the layer with RUN --mount=type=cache.',
  },
  // logs
  {
    kind: 'log',
    below: /^var\/log(?=\/)/,
    what: 'logs',
    fix: 'RUN rm -rf /var/log/*, in the step that writes them',
  },
  {
    kind: 'log',
    path: /^(?:.*\/)?(?:npm-debug|yarn-error)\.log[^/]*$/,
    what: 'log of a build',
    fix: 'Add it to .dockerignore, or remove it in the step that writes it.',
  },
  // what builds leave behind
  {
    kind: 'build leftover',
    below: /^(?:.*\/)?\.cache\/go-build(?=\/)/,
    what: "Go's build cache",
    fix: cacheMount('/root/.cache/go-build'),
  },
  {
    kind: 'build leftover',
    below: /^(?:.*\/)?go\/pkg\/(?:mod|sumdb)(?=\/)/,
    what: "Go's module cache",
    fix: cacheMount('/go/pkg/mod'),
  },
  {
    kind: 'build leftover',
    below: /^(?:.*\/)?\.(?:git|hg|svn)(?=\/)/,
    what: 'history of a repository',
    fix: 'Add .git to .dockerignore.',
  },
  {
    kind: 'build leftover',
    below: /^(?:.*\/)?\.m2\/repository(?=\/)/,
    what: "Maven's repository",
    fix: cacheMount('/root/.m2'),
  },
  {
    kind: 'build leftover',
    below: /^(?:.*?\/)?node_modules(?=\/)/,
    what: 'node_modules, and no node to use them',
    fix: twoStages,
    applies: ({ node }) => !node,
  },
  {
    kind: 'build leftover',
    below: /^(?:var\/)?tmp(?=\/)/,
    what: 'temporary files',
    fix: 'Remove them in the step that makes them, or use RUN --mount=type=tmpfs,target=/tmp.',
  },
  {
    kind: 'build leftover',
    below: /^(?!usr\/local\/go\/)(?:.*\/)?(?:testdata|__tests__)(?=\/)/,
    what: 'test data',
    fix: 'Add it to .dockerignore, or copy only what runs.',
  },
  // only for the build
  {
    kind: 'only for the build',
    below: /^usr\/(?:local\/go|lib\/go(?:-[\d.]+)?|lib\/golang)(?=\/)/,
    what: 'Go toolchain',
    fix: twoStages,
    applies: standalone,
  },
  {
    kind: 'only for the build',
    below: /^usr\/(?:lib|libexec|lib64)\/(?:gcc|gcc-cross|llvm-?\d*|rustlib)(?=\/)/,
    what: 'compiler',
    fix: twoStages,
    applies: standalone,
  },
  {
    kind: 'only for the build',
    below: /^usr\/local\/(?:rustup|cargo)(?=\/)/,
    what: 'Rust toolchain',
    fix: twoStages,
    applies: standalone,
  },
  {
    kind: 'only for the build',
    path: /^(?:usr\/)?bin\/(?:[\w.]+-)*(?:gcc|g\+\+|cc|c\+\+|cpp|clang(?:\+\+)?|ld(?:\.bfd|\.gold|\.lld)?|as|ar|ranlib|objdump|objcopy|make|cmake|ninja|m4|bison|flex)(?:-[\d.]+)?$/,
    what: 'compiler',
    fix: twoStages,
    applies: standalone,
  },
  {
    kind: 'only for the build',
    below: /^usr\/(?:local\/)?include(?=\/)/,
    what: 'headers',
    fix: twoStages,
    applies: nobodyCompiles,
  },
  {
    kind: 'only for the build',
    path: /^((?:.*\/)?(?:src|app|build|workspace|go\/src)(?:\/[^/]+)?)(?:\/.*)?\/[^/]+\.go$/,
    what: 'Go sources',
    fix: twoStages,
    applies: standalone,
  },
  {
    kind: 'only for the build',
    below: /^usr\/(?:lib|share|local\/lib)\/(?:[^/]+\/)?pkgconfig(?=\/)/,
    what: 'pkg-config files',
    fix: twoStages,
    applies: nobodyCompiles,
  },
  {
    kind: 'build leftover',
    path: /^(.*)\/[^/]+\.(?:o|a|la|gch|pch)$/,
    what: 'object files and static libraries, and no compiler to link them',
    fix: twoStages,
    applies: nobodyCompiles,
  },
  {
    kind: 'build leftover',
    path: /^(.*)\/[^/]+\.o$/,
    what: 'object files',
    fix: 'Remove them in the step that makes them, or build in a stage of its own.',
  },
  // documentation; licences have to stay
  {
    kind: 'documentation',
    path: /^usr\/(?:local\/)?share\/doc(?=\/(?!.*\/?copyright$))/,
    what: 'documentation',
    fix: 'Keep dpkg from unpacking it: path-exclude=/usr/share/doc/* and path-include=/usr/share/doc/*/copyright in /etc/dpkg/dpkg.cfg.d/.',
  },
  {
    kind: 'documentation',
    below: /^usr\/(?:local\/)?(?:share\/)?man(?=\/)/,
    what: 'manuals',
    fix: 'Keep dpkg from unpacking them: path-exclude=/usr/share/man/* in /etc/dpkg/dpkg.cfg.d/; of apk, leave out the -doc packages.',
  },
  {
    kind: 'documentation',
    below: /^usr\/(?:local\/)?(?:share\/)?(?:info|gtk-doc|help)(?=\/)/,
    what: 'manuals',
    fix: 'Keep dpkg from unpacking them: path-exclude with their directory and /* in /etc/dpkg/dpkg.cfg.d/; of apk, leave out the -doc packages.',
  },
  {
    kind: 'documentation',
    below: /^usr\/share\/(?:doc-base|lintian|linda)(?=\/)/,
    what: 'what only checkers and viewers of packages read',
    fix: 'Keep dpkg from unpacking it: path-exclude with its directory and /* in /etc/dpkg/dpkg.cfg.d/.',
  },
  {
    kind: 'documentation',
    below: /^usr\/(?:local\/)?share\/locale(?=\/)/,
    what: 'translations',
    fix: 'Keep dpkg from unpacking them: path-exclude=/usr/share/locale/* in /etc/dpkg/dpkg.cfg.d/.',
  },
];

export interface FoundRule {
  readonly rule: Sort;
  /** The place under which the files that meet it there are counted together. */
  readonly place: string;
}

/**
 * What finds the first rule that a file meets. Most rules ask for its directory, and are tried once for all files of a directory that are
 * asked for in turn.
 */
export function ruleFinder(around: Surroundings): (directory: string, name: string) => FoundRule | undefined {
  const applicable = [...rules.filter(({ applies }) => applies?.(around) ?? true).entries()];
  const ofFiles = applicable.filter(([, { path }]) => path !== undefined);
  let last: { directory: string; at: number; found: FoundRule | undefined } | undefined;
  const below = (directory: string): NonNullable<typeof last> => {
    if (last?.directory === directory) return last;
    const place = `${directory}/`;
    for (const [at, rule] of applicable) {
      const found = rule.below && meets(rule, rule.below, place);
      if (found) return (last = { directory, at, found });
    }
    return (last = { directory, at: rules.length, found: undefined });
  };
  return (directory, name) => {
    const inherited = below(directory);
    const path = directory === '' ? name : `${directory}/${name}`;
    for (const [at, rule] of ofFiles) {
      if (at > inherited.at) break;
      const found = rule.path && meets(rule, rule.path, path);
      if (found) return found;
    }
    return inherited.found;
  };
}

function meets(rule: Rule, pattern: RegExp, path: string): FoundRule | undefined {
  const match = pattern.exec(path);
  return match ? { rule, place: `/${match[1] ?? match[0]}` } : undefined;
}
