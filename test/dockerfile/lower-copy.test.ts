import { describe, expect, test } from 'vitest';
import { containing, having } from '../support/containing.ts';
import { addSource } from '../../src/dockerfile/lower-add-source.ts';
import { isMode, parseSize } from '../../src/dockerfile/lower-values.ts';
import { historyOf, lowered, namesOf, opsOf } from './lowering.ts';
import type { TestLowered } from './lowering.ts';

const copy = async (instruction: string, before = ''): Promise<TestLowered> =>
  lowered(`FROM alpine AS stage\nFROM alpine\nWORKDIR /w\nENV V=val\n${before}\n${instruction}\n`);

/** The actions of the last COPY or ADD. */
const actionsOf = async (instruction: string, before = ''): Promise<readonly object[]> =>
  opsOf(await copy(instruction, before), 'copy').at(-1)?.actions ?? [];

const plain = { kind: 'copy', input: 1, parents: false, exclude: [], unpack: false };

describe('sources', () => {
  test.each([
    ['COPY a b', [{ ...plain, sources: ['a'], dest: '/w/b' }]],
    [
      'COPY a* ./b/ c/',
      [
        { ...plain, sources: ['a*'], dest: '/w/c/' },
        { ...plain, sources: ['./b/'], dest: '/w/c/' },
      ],
    ],
    [
      'COPY ["a b", "$V", "/d e/"]',
      [
        { ...plain, sources: ['a b'], dest: '/d e/' },
        { ...plain, sources: ['val'], dest: '/d e/' },
      ],
    ],
    ['ADD a b', [{ ...plain, sources: ['a'], dest: '/w/b', unpack: true }]],
    ['ADD --unpack=false a b', [{ ...plain, sources: ['a'], dest: '/w/b' }]],
    [
      'COPY --parents --exclude=*.md --exclude=$V a/./b c',
      [{ ...plain, sources: ['a/./b'], dest: '/w/c', parents: true, exclude: ['*.md', '$V'] }],
    ],
    [
      'COPY --chown=$V:1 --chmod=$M a b',
      [{ ...plain, sources: ['a'], dest: '/w/b', owner: 'val:1', mode: '0640' }],
    ],
    ['COPY --chmod=u=rwX,go=rX a b', [{ ...plain, sources: ['a'], dest: '/w/b', mode: 'u=rwX,go=rX' }]],
    ['COPY --chown=$NONE a b', [{ ...plain, sources: ['a'], dest: '/w/b' }]],
    ['COPY --from=stage a b', [{ ...plain, sources: ['a'], dest: '/w/b' }]],
    ['COPY --from=0 a b', [{ ...plain, sources: ['a'], dest: '/w/b' }]],
    ['COPY --from=scratch / /b', [{ ...plain, sources: ['/'], dest: '/b' }]],
  ])('%s', async (instruction, actions) => {
    expect(await actionsOf(instruction, 'ARG M=0640')).toEqual(
      actions.map((action) => ({ ...action, where: having({ line: 6 }) })),
    );
  });

  test.each([
    ['b', '/w/b'],
    ['b/', '/w/b/'],
    ['b/.', '/w/b/'],
    ['.', '/w/'],
    ['./', '/w/'],
    ['..', '/'],
    ['/', '/'],
    ['/b', '/b'],
    ['/b/../c/', '/c/'],
    ['../../../x', '/x'],
    ['$V/', '/w/val/'],
    ['"$NONE"', '/w/'],
  ])('to %s is %s', async (dest, path) => {
    expect(await actionsOf(`COPY a ${dest}`)).toMatchObject([{ dest: path }]);
  });

  test('the context is one input, and a stage another; what lies beneath is the first', async () => {
    const result = await copy('COPY a b c/');
    const last = result.vertices.at(-1);
    expect(last?.inputs.map(({ op }) => op.kind)).toEqual(['copy', 'tree']);
    const from = (await copy('COPY --from=stage a b')).vertices.at(-1);
    expect(from?.inputs.map(({ op }) => op.kind)).toEqual(['copy', 'source']);
  });

  test('a stage may copy from what it began with', async () => {
    const result = await lowered('FROM alpine AS a\nRUN x\nFROM a\nCOPY --from=a /x /y\n');
    const vertex = result.vertices.at(-1);
    expect(vertex?.inputs).toHaveLength(2);
    expect(vertex?.inputs[0]).toBe(vertex?.inputs[1]);
    expect(vertex?.op).toMatchObject({ actions: [{ input: 1 }] });
  });

  test('--link is a layer of its own, unless modes are changed', async () => {
    const links = async (instruction: string): Promise<boolean | undefined> =>
      opsOf(await copy(instruction), 'copy').at(-1)?.link;
    expect(await links('COPY a b')).toBe(false);
    expect(await links('COPY --link a b')).toBe(true);
    expect(await links('COPY --link=false a b')).toBe(false);
    expect(await links('ADD --link --chmod=1 a b')).toBe(false);
  });
});

describe('heredocs', () => {
  const inline = async (instruction: string): Promise<object[]> =>
    (await actionsOf(instruction, 'ARG U=2')).map((action) => {
      const bytes: unknown = Reflect.get(action, 'bytes');
      return { ...action, ...(bytes instanceof Uint8Array ? { bytes: Buffer.from(bytes).toString() } : {}) };
    });

  test.each([
    ['COPY <<f /d/\n$V "$U" \'$V\' \\$V\nf', '/d/', 'f', 'val "2" \'val\' $V\n'],
    ['COPY <<"f" x\n$V\nf', '/w/x', 'f', '$V\n'],
    ['COPY <<-f x\n\t$V\n\tf', '/w/x', 'f', 'val\n'],
    ['ADD <<f.sh /f\n${NONE:-d}\nf.sh', '/f', 'f.sh', 'd\n'],
    ['COPY <<f /f\nf', '/f', 'f', ''],
  ])('%j', async (instruction, dest, name, bytes) => {
    expect(await inline(instruction)).toMatchObject([{ kind: 'inline', name, dest, bytes }]);
  });

  test('several, after all paths, with owner and mode', async () => {
    expect(await inline('COPY --chown=1:2 --chmod=700 <<a p <<b /d/\n1\na\n2\nb')).toMatchObject([
      { kind: 'copy', sources: ['p'] },
      { kind: 'inline', name: 'a', bytes: '1\n', owner: '1:2', mode: '700' },
      { kind: 'inline', name: 'b', bytes: '2\n', owner: '1:2', mode: '700' },
    ]);
  });

  test('a substitution in a heredoc that cannot be made is an error in it', async () => {
    await expect(copy('COPY <<f x\na\n${NONE:?say}\nf')).rejects.toMatchObject({
      code: 'DOCKERFILE_INVALID',
      message: containing('say'),
      where: { line: 7 },
    });
  });
});

describe('ADD from elsewhere', () => {
  test('a URL is a file, as it is, or unpacked when asked', async () => {
    const result = await copy('ADD https://h/a/b.tgz?x#y http://h /d/');
    expect(result.asked.filter((one) => one.startsWith('http'))).toEqual([
      'http https://h/a/b.tgz?x#y {}',
      'http http://h {}',
    ]);
    expect(opsOf(result, 'copy').at(-1)?.actions).toMatchObject([
      { input: 1, sources: ['b.tgz'], literal: true, unpack: false },
      { input: 2, sources: ['__unnamed__'], literal: true },
    ]);
    expect(await actionsOf('ADD --unpack https://h/a.tgz /d/')).toMatchObject([{ unpack: true }]);
  });

  test('a checksum goes along', async () => {
    const sha = `sha256:${'a'.repeat(64)}`;
    const { asked } = await copy(`ADD --checksum=\${S} https://h/f /d`, `ARG S=${sha}`);
    expect(asked.at(-1)).toBe(`http https://h/f {"checksum":"${sha}"}`);
  });

  test('a Git repository is a tree', async () => {
    const result = await copy('ADD --keep-git-dir https://h/r.git#v1:sub /d');
    expect(result.asked.at(-1)).toBe('git https://h/r.git#v1:sub {"keepGitDir":true}');
    expect(opsOf(result, 'copy').at(-1)?.actions).toMatchObject([
      { sources: ['/'], literal: true, unpack: false },
    ]);
    const query = await copy('ADD git@h:r.git?keep-git-dir&commit=abc /d');
    expect(query.asked.at(-1)).toBe(
      'git git@h:r.git?keep-git-dir&commit=abc {"keepGitDir":true,"checksum":"abc"}',
    );
  });

  test.each([
    ['https://h/r.git', 'git'],
    ['HTTPS://h/r.git', 'git'],
    ['http://h/r.git?ref=a#b', 'git'],
    ['https://h/r.git#main:dir', 'git'],
    ['git://h/r', 'git'],
    ['ssh://git@h/r', 'git'],
    ['git@github.com:a/b', 'git'],
    ['user@host:path', 'git'],
    ['https://h/r.git/x', 'http'],
    ['https://h/r.gitx', 'http'],
    ['https://h', 'http'],
    ['HTTPS://h/x', 'path'],
    ['ftp://h/x', 'path'],
    ['github.com/a/b', 'path'],
    ['a:b', 'path'],
    ['./user@host:path', 'path'],
    ['dir/user@host:path', 'path'],
    ['@h:x', 'path'],
    ['https:/h', 'path'],
  ])('%s is %s', (source, kind) => {
    expect(addSource(source).kind).toBe(kind);
  });

  test.each([
    ['https://h/a/b', 'b'],
    ['https://h/a/b/', 'b'],
    ['https://h/a%20b?c=/d', 'a b'],
    ['https://h/', '__unnamed__'],
    ['https://h/a/..', '__unnamed__'],
    ['https://h/%', '%'],
  ])('the file of %s is %s', (source, file) => {
    expect(addSource(source)).toEqual({ kind: 'http', file });
  });
});

test.each([
  ['COPY https://h/f x', 'COPY does not take URLs'],
  ['COPY git@h:r x', 'COPY does not take Git repositories'],
  ['COPY --chmod=8 a b', '--chmod=8 is not a mode'],
  ['COPY --chmod=10000 a b', 'not a mode'],
  ['COPY --chmod=u+q a b', 'not a mode'],
  ['ADD --checksum=sha256:1 a b', '--checksum is for URLs'],
  ['ADD --checksum=sha256:1 https://h/a https://h/b c', 'one source'],
  ['ADD --checksum=md5:1 https://h/a c', 'is no SHA-256 digest'],
  ['ADD --checksum=abc https://h/r.git?commit=def c', 'different commits'],
  ['ADD --keep-git-dir=false https://h/r.git?keep-git-dir=true c', 'contradict'],
  ['ADD https://h/r.git?nothing=1 c', 'no parameter "nothing"'],
  ['ADD https://h/r.git?ref=a&ref=b c', 'several values'],
  ['ADD https://h/r.git?ref= c', 'no value'],
  ['COPY ${NONE:?say} b', 'NONE: say'],
])('%s is an error at its place', async (instruction, message) => {
  await expect(copy(instruction)).rejects.toMatchObject({
    message: containing(message),
    where: { file: 'Dockerfile', line: 6 },
  });
});

test('history and names show what was meant, and only some options', async () => {
  const result = await copy(
    'copy --from=stage --link --exclude=x --parents --chown=$V --chmod=755 a "b" ./$V <<f /d/$V/\nx\nf',
  );
  expect(historyOf(result).at(-1)).toBe(
    'COPY --parents --chown=val --chmod=755 a b ./val <<f /d/val/ # buildkit',
  );
  expect(namesOf(result).at(-1)).toBe(
    '[stage-1 3/3] COPY --from=stage --link --exclude=x --parents --chown=val --chmod=755 a b ./val <<f /d/val/',
  );
  expect(result.history.at(-1)?.empty).toBe(false);
});

test.each([
  ['0', true],
  ['755', true],
  ['7777', true],
  ['10000', false],
  ['08', false],
  ['+x', true],
  ['u=rwX,go=', true],
  ['a-w+x,o=u', true],
  ['=', true],
  ['', false],
  ['u', false],
  ['u=rw,', false],
  ['q+x', false],
])('%s as a mode: %s', (text, valid) => {
  expect(isMode(text)).toBe(valid);
});

test.each([
  ['0', 0],
  ['512', 512],
  ['1k', 1024],
  ['1 KB', 1024],
  ['1.5m', 1.5 * 1024 ** 2],
  ['2GiB', 2 * 1024 ** 3],
  ['7b', 7],
  ['', undefined],
  ['k', undefined],
  ['-1', undefined],
  ['1x', undefined],
  ['1kk', undefined],
])('%s as a size: %s', (text, size) => {
  expect(parseSize(text)).toBe(size);
});
