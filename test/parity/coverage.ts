/**
 * Every instruction and option of the Dockerfile language and of the build command, with the cases that try it. docs/dockerfile.md is
 * made of it.
 */
import type { Case } from './case.ts';
import { cases } from './cases.ts';

export interface Covered {
  /** An instruction, or `parser`, `directive`, `expansion`, `.dockerignore`, `context`, `option` (of the command line). */
  readonly instruction: string;
  readonly option?: string;
  /** Names of cases, in their order. */
  readonly cases: readonly string[];
}

const mounts = {
  bind: ['target', 'source', 'from', 'ro', 'rw'],
  cache: ['target', 'id', 'ro', 'sharing', 'from', 'source', 'mode', 'uid', 'gid'],
  tmpfs: ['target', 'size'],
  secret: ['id', 'target', 'env', 'required', 'mode', 'uid', 'gid'],
  ssh: ['id', 'target', 'required', 'mode', 'uid', 'gid'],
};

/** What there is to cover. Instructions themselves come from all cases of theirs. */
const parts: Readonly<Record<string, readonly string[]>> = {
  FROM: ['AS', '--platform'],
  RUN: [
    'shell',
    'exec',
    'heredoc',
    'removes',
    'changes',
    ...Object.entries(mounts).flatMap(([type, options]) => [
      `--mount=type=${type}`,
      ...options.map((option) => `--mount=type=${type},${option}`),
    ]),
    '--network=default',
    '--network=host',
    '--network=none',
    '--security=sandbox',
    '--security=insecure',
  ],
  COPY: [
    'globs',
    'heredoc',
    '--from',
    '--chown',
    '--chmod octal',
    '--chmod symbolic',
    '--link',
    '--parents',
    '--exclude',
  ],
  ADD: [
    ...['tar', 'tar.gz', 'tar.bz2', 'tar.xz', 'tar.zst', 'url', 'git', 'heredoc'],
    ...['--checksum', '--keep-git-dir', '--unpack', '--chown', '--chmod', '--link', '--exclude'],
  ],
  ARG: ['before FROM', 'platform', 'predefined'],
  ENV: [],
  LABEL: [],
  EXPOSE: [],
  VOLUME: [],
  USER: [],
  WORKDIR: [],
  CMD: [],
  ENTRYPOINT: [],
  SHELL: [],
  STOPSIGNAL: [],
  HEALTHCHECK: ['NONE', '--interval', '--timeout', '--start-period', '--start-interval', '--retries'],
  ONBUILD: [],
  MAINTAINER: [],
  expansion: [
    ...['$v', '${v}', '${v:-}', '${v-}', '${v:+}', '${v+}', '${v:?}', '${v?}'],
    ...['${v#}', '${v##}', '${v%}', '${v%%}', '${v/}', '${v//}', 'quotes', 'escapes'],
  ],
  directive: ['syntax', 'escape', 'check'],
  parser: ['comments', 'continuation', 'heredoc', 'lines', 'long lines', 'CRLF', 'BOM', 'bytes'],
  '.dockerignore': ['of the Dockerfile'],
  context: ['tar', 'standard input', 'git', 'url'],
  option: [
    ...['--file', '--target', '--build-arg', '--build-context', '--label', '--platform'],
    ...['--add-host', '--network', '--shm-size', '--ulimit'],
  ],
};

function namesOf(wanted: (tag: string) => boolean): readonly string[] {
  return cases.filter((case_: Case) => case_.covers.some(wanted)).map(({ name }) => name);
}

/** Kinds of things that are no instruction: they have parts only. */
const kinds: ReadonlySet<string> = new Set(['expansion', 'directive', 'parser', 'context', 'option']);

export const coverage: readonly Covered[] = Object.entries(parts).flatMap(([instruction, options]) => [
  ...(kinds.has(instruction)
    ? []
    : [
        {
          instruction,
          cases: namesOf((tag) => tag === instruction || tag.startsWith(`${instruction} `)),
        },
      ]),
  ...options.map((option) => ({
    instruction,
    option,
    cases: namesOf((tag) => tag === `${instruction} ${option}`),
  })),
]);

/** Tags of cases that no row asks for: a slip of the pen. */
export const strayTags: readonly string[] = [...new Set(cases.flatMap(({ covers }) => covers))].filter(
  (tag) =>
    !coverage.some(({ instruction, option }) => tag === [instruction, option].filter(Boolean).join(' ')),
);
