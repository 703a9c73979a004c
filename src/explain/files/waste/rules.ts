import type { WasteKind } from '../../types.ts';

/** What is in the whole that decides what a file is good for. */
export interface Surroundings {
  /** A compiler or linker is there to use headers and object files. */
  readonly compiler: boolean;
  readonly node: boolean;
  /** What the container starts is a program that stands alone: Go's, or one without a loader. */
  readonly standalone: boolean;
}

export interface Rule {
  readonly kind: WasteKind;
  /** Of a path without a slash before it. Its first group, or the whole match, is what stands in the report for all files below. */
  readonly path: RegExp;
  readonly what: string;
  readonly fix: string;
  readonly applies?: (around: Surroundings) => boolean;
}

const cacheMount = (target: string): string => `RUN --mount=type=cache,target=${target} …`;
const standalone = ({ standalone }: Surroundings): boolean => standalone;
const nobodyCompiles = ({ compiler, standalone }: Surroundings): boolean => !compiler || standalone;
const twoStages = 'Build in a stage of its own and COPY --from it only what runs.';

/** The first rule that matches counts. */
const rules: readonly Rule[] = [
  // package caches and lists
  {
    kind: 'package cache',
    path: /^var\/lib\/apt\/lists(?=\/)/,
    what: 'package lists of apt',
    fix: 'RUN apt-get update && apt-get install -y … && rm -rf /var/lib/apt/lists/*',
  },
  {
    kind: 'package cache',
    path: /^var\/cache\/apt(?=\/)/,
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
    path: /^(?:var\/cache\/apk|etc\/apk\/cache)(?=\/)/,
    what: 'cache of apk',
    fix: 'RUN apk add --no-cache …',
  },
  {
    kind: 'package cache',
    path: /^var\/cache\/(?:yum|dnf|libdnf5)(?=\/)/,
    what: 'cache of dnf',
    fix: 'RUN dnf install -y … && dnf clean all',
  },
  {
    kind: 'package cache',
    path: /^var\/cache\/(?:zypp|pacman\/pkg)(?=\/)/,
    what: 'cache of the package manager',
    fix: 'Clean it in the step that installs.',
  },
  {
    kind: 'package cache',
    path: /^(?:.*\/)?\.cache\/(?:pip|pipenv|pypoetry|uv)(?=\/)/,
    what: 'cache of pip',
    fix: 'RUN pip install --no-cache-dir …',
  },
  {
    kind: 'package cache',
    path: /^(?:.*\/)?(?:\.npm\/_(?:cacache|logs|npx)|\.cache\/(?:node|node-gyp|npm)|\.node-gyp)(?=\/)/,
    what: 'cache of npm',
    fix: `RUN npm ci && npm cache clean --force, or ${cacheMount('/root/.npm')}`,
  },
  {
    kind: 'package cache',
    path: /^(?:.*\/)?(?:\.cache\/yarn|\.yarn\/cache|share\/\.cache\/yarn|\.local\/share\/pnpm\/store|\.pnpm-store)(?=\/)/,
    what: 'cache of yarn or pnpm',
    fix: cacheMount('/root/.cache/yarn'),
  },
  {
    kind: 'package cache',
    path: /^(?:.*\/)?(?:\.composer\/cache|\.cache\/composer|\.bundle\/cache|bundle\/cache|gems\/[^/]+\/cache|\.cargo\/registry|\.gradle\/caches)(?=\/)/,
    what: 'cache of a package manager',
    fix: 'Keep it out of the layer with RUN --mount=type=cache.',
  },
  // logs
  {
    kind: 'log',
    path: /^(var\/log)\/./,
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
    path: /^(?:.*\/)?\.cache\/go-build(?=\/)/,
    what: "Go's build cache",
    fix: cacheMount('/root/.cache/go-build'),
  },
  {
    kind: 'build leftover',
    path: /^(?:.*\/)?go\/pkg\/(?:mod|sumdb)(?=\/)/,
    what: "Go's module cache",
    fix: cacheMount('/go/pkg/mod'),
  },
  {
    kind: 'build leftover',
    path: /^(?:.*\/)?\.(?:git|hg|svn)(?=\/)/,
    what: 'history of a repository',
    fix: 'Add .git to .dockerignore.',
  },
  {
    kind: 'build leftover',
    path: /^(?:.*\/)?\.m2\/repository(?=\/)/,
    what: "Maven's repository",
    fix: cacheMount('/root/.m2'),
  },
  {
    kind: 'build leftover',
    path: /^((?:.*?\/)?node_modules)\//,
    what: 'node_modules, and no node to use them',
    fix: twoStages,
    applies: ({ node }) => !node,
  },
  {
    kind: 'build leftover',
    path: /^(?:var\/)?tmp(?=\/)/,
    what: 'temporary files',
    fix: 'Remove them in the step that makes them, or use RUN --mount=type=tmpfs,target=/tmp.',
  },
  {
    kind: 'build leftover',
    path: /^(?!usr\/local\/go\/)(?:.*\/)?(?:testdata|__tests__)(?=\/)/,
    what: 'test data',
    fix: 'Add it to .dockerignore, or copy only what runs.',
  },
  // only for the build
  {
    kind: 'only for the build',
    path: /^usr\/(?:local\/go|lib\/go(?:-[\d.]+)?|lib\/golang)(?=\/)/,
    what: 'Go toolchain',
    fix: twoStages,
    applies: standalone,
  },
  {
    kind: 'only for the build',
    path: /^usr\/(?:lib|libexec|lib64)\/(?:gcc|gcc-cross|llvm-?\d*|rustlib)(?=\/)/,
    what: 'compiler',
    fix: twoStages,
    applies: standalone,
  },
  {
    kind: 'only for the build',
    path: /^usr\/local\/(?:rustup|cargo)(?=\/)/,
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
    path: /^usr\/(?:local\/)?include(?=\/)/,
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
    path: /^usr\/(?:lib|share|local\/lib)\/(?:[^/]+\/)?pkgconfig(?=\/)/,
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
    path: /^usr\/(?:local\/)?(?:share\/)?(?:man|info|gtk-doc|help|doc-base|lintian|linda)(?=\/)/,
    what: 'manuals',
    fix: 'Keep dpkg from unpacking them: path-exclude=/usr/share/man/* in /etc/dpkg/dpkg.cfg.d/; of apk, leave out the -doc packages.',
  },
  {
    kind: 'documentation',
    path: /^usr\/(?:local\/)?share\/locale(?=\/)/,
    what: 'translations',
    fix: 'Keep dpkg from unpacking them: path-exclude=/usr/share/locale/* in /etc/dpkg/dpkg.cfg.d/.',
  },
];

/** The rules that hold in an image, in their order. */
export function rulesFor(around: Surroundings): readonly Rule[] {
  return rules.filter(({ applies }) => applies?.(around) ?? true);
}

/** The first rule that a path meets, and the place under which its files are counted together. */
export function ruleFor(
  path: string,
  applicable: readonly Rule[],
): { readonly rule: Rule; readonly place: string } | undefined {
  for (const rule of applicable) {
    const match = rule.path.exec(path);
    if (match) return { rule, place: `/${match[1] ?? match[0]}` };
  }
  return undefined;
}
