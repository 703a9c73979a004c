import { file, lines } from '../case.ts';
import type { Case, ContextEntry, Options } from '../case.ts';
import { writeTar } from '../tar.ts';

/** A build whose context is a Git repository that holds the Dockerfile, too. */
function fromGit(
  name: string,
  fragment: string,
  dockerfile: string,
  files: readonly ContextEntry[],
  more: { place?: string; second?: readonly ContextEntry[]; options?: Options } = {},
): Case {
  const { place = 'Dockerfile', second, options = {} } = more;
  return {
    name: `the context from Git: ${name}`,
    covers: ['context git'],
    dockerfile,
    git: { files: [...files, file(place, dockerfile)], ...(second && { more: second }) },
    options: { ...options, context: { address: `@git@${fragment}` } },
    expect: {
      differs: "BuildKit's files have the time of the checkout, ours that of the commit",
      lines: /mtime: BuildKit the time of the build, Coracle 2026-01-02/,
    },
  };
}

const all = lines('FROM scratch', 'COPY . /x/');

const packed = writeTar([
  { name: 'Dockerfile', content: Buffer.from(all), mtime: 1_234_567_890 },
  { name: 'a', content: Buffer.from('a'), mtime: 1_234_567_890, mode: 0o600, uid: 5, gid: 6 },
  { name: 'd/', type: '5', mode: 0o700, uid: 5, gid: 6, mtime: 1_234_567_890 },
  { name: 'd/b.md', content: Buffer.from('b'), mtime: 1_234_567_891 },
  { name: 'd/link', type: '2', link: 'b.md', mtime: 1_234_567_891 },
  { name: '.dockerignore', content: Buffer.from('*.md\n'), mtime: 1_234_567_890 },
]);

export const contextCases: readonly Case[] = [
  {
    name: 'the context as a tar on standard input, owners and all',
    covers: ['context tar', 'context standard input'],
    dockerfile: lines('FROM scratch', 'COPY . /x/', 'COPY d/b /y'),
    files: [file('a', 'a', { mode: 0o600 }), file('d/b', 'b', { mode: 0o755, mtime: 1_111_111_111 })],
    options: { context: 'tar', dockerfile: 'Dockerfile' },
  },
  {
    name: 'the context as a compressed tar, with a Dockerfile deep down and a .dockerignore that does not count',
    covers: ['context tar', 'context standard input'],
    dockerfile: lines('FROM scratch', 'COPY . /x/'),
    files: [file('a'), file('d/b'), file('d/c.md'), file('.dockerignore', '**/*.md\n')],
    options: { context: 'tar.gz', dockerfile: 'd/Dockerfile' },
  },
  {
    name: 'the Dockerfile on standard input',
    covers: ['context standard input', 'option --file'],
    dockerfile: lines('FROM scratch', 'COPY . /x/'),
    files: [file('a'), file('Dockerfile', 'not this one')],
    options: { dockerfile: '-' },
  },
  fromGit('the default branch', '', all, [file('a'), file('d/run', 'x', { mode: 0o755 })]),
  fromGit('a branch and a folder', '#main:d', all, [file('a'), file('d/b')], { place: 'd/Dockerfile' }),
  fromGit('a tag', '#v1', all, [file('a', 'first')], { second: [file('a', 'second'), file('b')] }),
  fromGit('with a .dockerignore', '', all, [file('a'), file('b.md'), file('.dockerignore', '*.md\n')]),
  fromGit('with a Dockerfile of another name', '', all, [file('a')], {
    place: 'build/Dockerfile.x',
    options: { dockerfile: 'build/Dockerfile.x' },
  }),
  {
    name: 'the context as a tar from a URL',
    covers: ['context url'],
    dockerfile: all,
    http: { '/context.tar': { body: packed } },
    options: { context: { address: '@http@/context.tar' } },
  },
  {
    name: 'the context as a URL of a Dockerfile alone',
    covers: ['context url'],
    dockerfile: lines('FROM scratch', 'COPY <<EOF /x', 'text', 'EOF'),
    http: { '/any-name': { body: lines('FROM scratch', 'COPY <<EOF /x', 'text', 'EOF') } },
    options: { context: { address: '@http@/any-name' } },
  },
];
