import { busybox, file, lines } from '../case.ts';
import type { Case, ContextEntry, Expectation } from '../case.ts';
import { archives } from './archives.ts';

function packed(name: string, kind: keyof typeof archives): ContextEntry {
  return file(name, archives[kind]);
}

/** Git keeps no times of files. */
const commitTimes: Expectation = {
  differs: "BuildKit's files have the time of the checkout, ours that of the commit",
  lines: /mtime: BuildKit the time of the build, Coracle 2026-01-02/,
};

export const addCases: readonly Case[] = [
  {
    name: 'ADD of files and directories does as COPY',
    covers: ['ADD'],
    dockerfile: lines('FROM scratch', 'ADD a /b', 'ADD . /x/', 'ADD d*/c /y/', 'ADD ["a", "d/c", "/z/"]'),
    files: [file('a'), file('d/c')],
  },
  {
    name: 'ADD --chown and --chmod',
    covers: ['ADD --chown', 'ADD --chmod'],
    dockerfile: lines(
      busybox,
      'ADD --chown=app:staff a /1',
      'ADD --chmod=600 d /2',
      'ADD --chmod=u+x --chown=9 a /3',
    ),
    files: [file('a'), file('d/c')],
  },
  {
    name: 'ADD --link and --exclude',
    covers: ['ADD --link', 'ADD --exclude'],
    dockerfile: lines(
      busybox,
      'ADD --link a /var/data/',
      'ADD --exclude=*.txt d /2/',
      'ADD --link --exclude=c d /3',
    ),
    files: [file('a'), file('d/c'), file('d/e.txt')],
  },
  {
    name: 'ADD --from is not there',
    covers: ['ADD'],
    dockerfile: lines('FROM scratch AS one', 'ADD a /', 'FROM scratch', 'ADD --from=one a /'),
    files: [file('a')],
    expect: { fails: 'DOCKERFILE_INVALID' },
  },
  ...(['tar', 'tar.gz', 'tar.bz2', 'tar.xz', 'tar.zst'] as const).map((kind) => ({
    name: `ADD unpacks ${kind}`,
    covers: [`ADD ${kind}`],
    dockerfile: lines(
      'FROM scratch',
      `ADD pack.${kind} /x`,
      `ADD pack.${kind} /y/`,
      `COPY pack.${kind} /copied`,
    ),
    files: [packed(`pack.${kind}`, kind)],
  })),
  {
    name: 'ADD unpacks by what is inside, not by the name',
    covers: ['ADD tar.gz'],
    dockerfile: lines('FROM scratch', 'ADD thing /x', 'ADD not.tar.gz /y/', 'ADD half /z/'),
    files: [
      packed('thing', 'tar.gz'),
      file('not.tar.gz', 'text'),
      file('half', archives['tar.gz'].subarray(0, 30)),
    ],
  },
  {
    name: 'ADD of something compressed that is no archive',
    covers: ['ADD tar.gz'],
    dockerfile: lines('FROM scratch', 'ADD text.gz /x/', 'ADD text.gz /y'),
    files: [packed('text.gz', 'gz')],
  },
  {
    name: 'ADD --chown of an archive',
    covers: ['ADD --chown', 'ADD tar'],
    dockerfile: lines('FROM scratch', 'ADD --chown=11:12 pack.tar /x', 'ADD --chmod=700 pack.tar /y'),
    files: [packed('pack.tar', 'tar')],
  },
  {
    name: 'ADD of an archive over what is there',
    covers: ['ADD tar'],
    dockerfile: lines(busybox, 'ADD over.tar /', 'ADD over.tar /var'),
    files: [packed('over.tar', 'over')],
  },
  {
    name: 'ADD of an archive through a symlink',
    covers: ['ADD tar'],
    dockerfile: lines('FROM @registry@/odd', 'ADD pack.tar /data/', 'ADD pack.tar /new/'),
    files: [packed('pack.tar', 'tar')],
  },
  {
    name: 'ADD of an archive that leaves its place',
    covers: ['ADD tar'],
    dockerfile: lines('FROM scratch', 'ADD evil.tar /x/y/'),
    files: [packed('evil.tar', 'evil')],
    expect: { differs: 'BuildKit keeps the entry inside of the root, Coracle may refuse it', lines: /./ },
  },
  {
    name: 'ADD of several archives and a file',
    covers: ['ADD tar'],
    dockerfile: lines('FROM scratch', 'ADD pack.tar pack.tar.gz a /x/', 'ADD *.gz /y/'),
    files: [packed('pack.tar', 'tar'), packed('pack.tar.gz', 'tar.gz'), file('a')],
  },
  {
    name: 'ADD --unpack=false leaves an archive as it is',
    covers: ['ADD --unpack'],
    dockerfile: lines(
      'FROM scratch',
      'ADD --unpack=false pack.tar.gz /x/',
      'ADD --unpack=false pack.tar.gz /y',
    ),
    files: [packed('pack.tar.gz', 'tar.gz')],
  },
  {
    name: 'ADD --unpack of an archive from afar',
    covers: ['ADD --unpack', 'ADD url'],
    dockerfile: lines(
      'FROM scratch',
      'ADD --unpack=true @http@/pack.tar.gz /x/',
      'ADD --unpack @http@/pack.tar.gz /y',
      'ADD @http@/pack.tar.gz /z/',
    ),
    http: { '/pack.tar.gz': { body: archives['tar.gz'], lastModified: 'Wed, 01 Jan 2020 00:00:00 GMT' } },
  },
  {
    name: 'ADD of a URL to a name and to a directory',
    covers: ['ADD url'],
    dockerfile: lines(
      'FROM scratch',
      'ADD @http@/file.txt /name',
      'ADD @http@/file.txt /dir/',
      'ADD @http@/a/b/other.bin?x=1 /dir/',
    ),
    http: {
      '/file.txt': { body: 'hello\n', lastModified: 'Wed, 01 Jan 2020 00:00:00 GMT' },
      '/a/b/other.bin': { body: 'other\n', lastModified: 'Thu, 02 Jan 2020 00:00:00 GMT' },
    },
  },
  {
    name: 'ADD of a URL takes the name that the server gives',
    covers: ['ADD url'],
    dockerfile: lines('FROM scratch', 'ADD @http@/download /dir/'),
    http: {
      '/download': {
        body: 'hello\n',
        lastModified: 'Wed, 01 Jan 2020 00:00:00 GMT',
        headers: { 'content-disposition': 'attachment; filename="named.txt"' },
      },
    },
  },
  {
    name: 'ADD of a URL with --chown, --chmod and --link',
    covers: ['ADD url', 'ADD --chown', 'ADD --chmod'],
    dockerfile: lines(
      'FROM scratch',
      'ADD --chown=4:5 @http@/f /1',
      'ADD --chmod=755 @http@/f /2',
      'ADD --link --chmod=640 @http@/f /3/',
    ),
    http: { '/f': { body: 'hello\n', lastModified: 'Wed, 01 Jan 2020 00:00:00 GMT' } },
  },
  {
    name: 'ADD of a URL without Last-Modified',
    covers: ['ADD url'],
    dockerfile: lines('FROM scratch', 'ADD @http@/f /1'),
    http: { '/f': { body: 'hello\n' } },
  },
  {
    name: 'ADD of a URL and a file at once, with a variable',
    covers: ['ADD url'],
    dockerfile: lines('FROM scratch', 'ARG v=1.2', 'ADD @http@/f-${v}.txt a /x/'),
    files: [file('a')],
    http: { '/f-1.2.txt': { body: 'hello\n', lastModified: 'Wed, 01 Jan 2020 00:00:00 GMT' } },
  },
  {
    name: 'ADD of a URL that is not there',
    covers: ['ADD url'],
    dockerfile: lines('FROM scratch', 'ADD @http@/none /1'),
    expect: { fails: 'NOT_FOUND' },
  },
  {
    name: 'ADD of a URL without a name to a directory',
    covers: ['ADD url'],
    dockerfile: lines('FROM scratch', 'ADD @http@/ /x/'),
    http: { '/': { body: 'hello\n', lastModified: 'Wed, 01 Jan 2020 00:00:00 GMT' } },
  },
  {
    name: 'ADD --checksum that is right',
    covers: ['ADD --checksum'],
    dockerfile: lines(
      'FROM scratch',
      'ADD --checksum=sha256:5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03 @http@/f /1',
    ),
    http: { '/f': { body: 'hello\n', lastModified: 'Wed, 01 Jan 2020 00:00:00 GMT' } },
  },
  {
    name: 'ADD --checksum that is wrong',
    covers: ['ADD --checksum'],
    dockerfile: lines('FROM scratch', `ADD --checksum=sha256:${'0'.repeat(64)} @http@/f /1`),
    http: { '/f': { body: 'hello\n', lastModified: 'Wed, 01 Jan 2020 00:00:00 GMT' } },
    expect: { fails: 'CHECKSUM_MISMATCH' },
  },
  {
    name: 'ADD --checksum of a local file',
    covers: ['ADD --checksum'],
    dockerfile: lines('FROM scratch', `ADD --checksum=sha256:${'0'.repeat(64)} a /1`),
    files: [file('a')],
    expect: { fails: 'DOCKERFILE_INVALID' },
  },
  {
    name: 'ADD --checksum that is no checksum',
    covers: ['ADD --checksum'],
    dockerfile: lines('FROM scratch', 'ADD --checksum=sha256:12 @http@/f /1'),
    http: { '/f': { body: 'hello\n' } },
    expect: { fails: 'DOCKERFILE_INVALID' },
  },
  {
    name: 'ADD --checksum with a variable',
    covers: ['ADD --checksum'],
    dockerfile: lines(
      'FROM scratch',
      'ARG sum=5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03',
      'ADD --checksum=sha256:$sum @http@/f /1',
    ),
    http: { '/f': { body: 'hello\n', lastModified: 'Wed, 01 Jan 2020 00:00:00 GMT' } },
  },
  {
    name: 'ADD of a Git repository',
    covers: ['ADD git'],
    dockerfile: lines('FROM scratch', 'ADD @git@ /src'),
    git: {
      files: [file('a'), file('d/run.sh', '#!/bin/sh\n', { mode: 0o755 }), file('.dockerignore', 'a\n')],
    },
    expect: commitTimes,
  },
  {
    name: 'ADD of a Git repository: a branch, a tag, a folder',
    covers: ['ADD git'],
    dockerfile: lines(
      'FROM scratch',
      'ADD @git@#main /1',
      'ADD @git@#v1 /2/',
      'ADD @git@#v1:d /3',
      'ADD @git@#:d/e /4',
      'ADD --chown=3:4 --chmod=700 @git@ /5',
    ),
    git: { files: [file('a', 'first'), file('d/e/f')], more: [file('a', 'second'), file('b')] },
    expect: commitTimes,
  },
  {
    name: 'ADD of a Git repository with --keep-git-dir',
    covers: ['ADD --keep-git-dir'],
    dockerfile: lines(
      'FROM scratch',
      'ADD --keep-git-dir=true @git@ /src',
      'FROM scratch',
      'COPY --from=0 /src/a /src/.git/HEAD /',
    ),
    git: { files: [file('a')] },
    expect: commitTimes,
  },
  {
    name: 'ADD of a Git repository without --keep-git-dir has no .git',
    covers: ['ADD --keep-git-dir'],
    dockerfile: lines('FROM scratch', 'ADD --keep-git-dir=false @git@ /src'),
    git: { files: [file('a')] },
    expect: commitTimes,
  },
  {
    name: 'ADD of a Git reference that is not there',
    covers: ['ADD git'],
    dockerfile: lines('FROM scratch', 'ADD @git@#nosuch /src'),
    git: { files: [file('a')] },
    expect: { fails: 'NOT_FOUND' },
  },
  {
    name: 'ADD of a Git folder that is not there',
    covers: ['ADD git'],
    dockerfile: lines('FROM scratch', 'ADD @git@#main:nosuch /src'),
    git: { files: [file('a')] },
    expect: { fails: 'NOT_FOUND' },
  },
  {
    name: 'ADD of a Git repository with --exclude and --link',
    covers: ['ADD git', 'ADD --exclude'],
    dockerfile: lines('FROM scratch', 'ADD --exclude=*.md --link @git@ /src'),
    git: { files: [file('a'), file('README.md'), file('d/x.md')] },
    expect: commitTimes,
  },
  {
    name: 'ADD of a heredoc',
    covers: ['ADD heredoc'],
    dockerfile: lines(
      'FROM scratch',
      'ENV a=1',
      'ADD <<EOF /x',
      'a is $a',
      'EOF',
      'ADD <<one <<"two" /d/',
      '$a',
      'one',
      '$a',
      'two',
    ),
  },
];
