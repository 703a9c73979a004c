import { directory, file, lines } from '../case.ts';
import type { Case } from '../case.ts';

const tree = [
  'a.txt',
  'b.md',
  'README.md',
  'src/a.txt',
  'src/b.go',
  'src/README.md',
  'src/deep/a.txt',
  'src/deep/c.go',
  'docs/x.md',
  'docs/keep/y.md',
  '.git/config',
  '.hidden',
  'node_modules/x/index.js',
  'src/node_modules/y/index.js',
  'temp',
  'tempo',
  'dir/temp/x',
  'a b',
].map((name) => file(name));

function ignores(name: string, ...patterns: string[]): Case {
  return {
    name: `.dockerignore: ${name}`,
    covers: ['.dockerignore'],
    dockerfile: lines('FROM scratch', 'COPY . /all/'),
    files: [...tree, file('.dockerignore', patterns.join('\n'))],
  };
}

export const ignoreCases: readonly Case[] = [
  ignores('names and folders', 'temp', 'docs', '.git'),
  ignores('globs', '*.md', '*/*.md', 'temp?', '[ab].txt'),
  ignores('two stars', '**/*.md', '**/node_modules', 'src/**/a.txt'),
  ignores('two stars at the end', 'src/**', 'docs/**'),
  ignores('two stars in the middle', '**/deep/**', '**/temp'),
  ignores('re-inclusion', '*.md', '!README.md'),
  ignores('re-inclusion below an excluded folder', 'docs', '!docs/keep', 'src/*', '!src/deep'),
  ignores('re-inclusion of everything of a kind', '*', '!**/*.go', '!a.txt'),
  ignores('re-inclusion, then exclusion again', '**/*.md', '!**/README.md', 'src/README.md'),
  ignores('the order counts', '!README.md', '*.md'),
  ignores('everything but one folder', '*', '!src', 'src/deep'),
  ignores('everything but a file deep down', '**', '!src/deep/a.txt'),
  ignores('comments, blank lines, spaces', '# a comment', '', '  temp  ', '\tdocs', '#.git', '! README.md'),
  ignores('leading slashes and dots', '/temp', './docs', 'src/../a.txt', '/src/deep/'),
  ignores('trailing slashes', 'docs/', 'src/deep/', 'temp/'),
  ignores('a folder of a name anywhere is not meant by a plain name', 'node_modules', 'deep', 'a.txt'),
  ignores('a slash alone, and a dot', '/', '.'),
  ignores('escapes', 'a\\ b', '\\!x', 'b.m\\d'),
  ignores('itself', '.dockerignore', '**/.*'),
  ignores('CRLF', 'temp\r', '*.md\r', ''),
  ignores('a byte order mark', `\ufefftemp`, '*.md'),
  ignores('ranges', '[a-b].*', 'temp[!o]', 'src/[^d]*'),
  {
    ...ignores('a pattern that is none', 'a[', 'temp'),
    expect: { fails: 'CONTEXT_INVALID' },
  },
  {
    ...ignores('an exclamation mark alone', '!', 'temp'),
    expect: { fails: 'CONTEXT_INVALID' },
  },
  {
    name: '.dockerignore: COPY of what is excluded',
    covers: ['.dockerignore'],
    dockerfile: lines('FROM scratch', 'COPY temp /'),
    files: [...tree, file('.dockerignore', 'temp\n')],
    expect: { fails: 'NOT_FOUND' },
  },
  {
    name: '.dockerignore: COPY of a folder of which only a part is left',
    covers: ['.dockerignore'],
    dockerfile: lines('FROM scratch', 'COPY src /s/', 'COPY docs/* /d/', 'COPY src/deep/a.txt /f'),
    files: [...tree, file('.dockerignore', 'src/*\n!src/deep\ndocs/x.md\n')],
  },
  {
    name: '.dockerignore: empty folders',
    covers: ['.dockerignore'],
    dockerfile: lines('FROM scratch', 'COPY . /x/'),
    files: [
      directory('empty'),
      directory('kept/empty'),
      file('gone/x'),
      file('part/x'),
      file('part/y'),
      file('.dockerignore', 'gone/*\npart/x\n'),
    ],
  },
  {
    name: '.dockerignore: RUN --mount sees what COPY sees',
    covers: ['.dockerignore'],
    dockerfile: lines('FROM @registry@/busybox', 'RUN --mount=type=bind,target=/m find /m | sort >/x'),
    files: [...tree, file('.dockerignore', '**/*.md\n!docs/keep\n')],
  },
  {
    name: '.dockerignore beside the Dockerfile has precedence',
    covers: ['.dockerignore of the Dockerfile'],
    dockerfile: lines('FROM scratch', 'COPY . /x/'),
    files: [
      ...tree,
      file('.dockerignore', 'src\n'),
      file('build/my.Dockerfile.dockerignore', 'docs\n*.txt\n'),
    ],
    options: { dockerfile: 'build/my.Dockerfile' },
  },
  {
    name: 'a Dockerfile inside of the context',
    covers: ['option --file'],
    dockerfile: lines('FROM scratch', 'COPY . /x/'),
    files: [file('a')],
    options: { dockerfile: 'sub/Containerfile.dev' },
    unlike: ['x/sub/Containerfile.dev'],
  },
  {
    name: 'a Dockerfile that is excluded',
    covers: ['option --file', '.dockerignore'],
    dockerfile: lines('FROM scratch', 'COPY . /x/'),
    files: [file('a'), file('.dockerignore', 'Dockerfile\n.dockerignore\n')],
    options: { dockerfile: 'Dockerfile' },
  },
  {
    name: 'ADD of a folder that is excluded in part, and globs',
    covers: ['.dockerignore', 'ADD'],
    dockerfile: lines('FROM scratch', 'ADD *.md /m/', 'ADD s*c /s/'),
    files: [...tree, file('.dockerignore', 'b.md\n**/deep\n')],
  },
];
