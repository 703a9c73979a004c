import { describe, expect, test } from 'vitest';
import { copy, dir, file, link, type Named } from './support.ts';

const passwd = file('etc/passwd', 'root:x:0:0::/root:/bin/sh\napp:x:1000:2000::/home/app:/bin/sh\n');
const group = file('etc/group', 'root:x:0:\nstaff:x:50:\napp:x:2000:\n');
const base = [passwd, group];
const source = [
  dir('d', { mode: 0o750 }),
  file('d/run.sh', 'R', { mode: 0o744 }),
  link('d/l', 'run.sh'),
  file('a', 'A'),
];
/** The matchers are typed as any. */
const matching = (pattern: RegExp): unknown => expect.stringMatching(pattern);
const holding = (fields: object): unknown => expect.objectContaining(fields);
/** The layer without what the image had before. */
const added = (lines: readonly string[]): readonly string[] =>
  lines.filter((line) => !/ etc(?:\/|$)/.test(line));

describe('--chown', () => {
  test.each([
    ['app', '1000:2000'],
    ['app:staff', '1000:50'],
    ['1234', '1234:1234'],
    ['1234:99', '1234:99'],
    ['app:7', '1000:7'],
    ['7:app', '7:2000'],
    ['app:', '1000:0'],
    ['app:nosuch', '1000:2000'],
    ['7:nosuch', '7:7'],
    ['nosuch:staff', '0:50'],
    [':staff', '0:50'],
  ])('%s is %s', async (owner, expected) => {
    const { layer } = await copy([{ sources: ['a'], dest: '/x/', owner }], source, base);
    expect(layer).toEqual([`d 755 ${expected} x`, `f 644 ${expected} x/a`]);
  });

  test('of root is root', async () => {
    const { layer } = await copy(
      [{ sources: ['a'], dest: '/x/', owner: 'root' }],
      [file('a', '', { uid: 5, gid: 5 })],
      base,
    );
    expect(layer).toEqual(['d 755 x', 'f 644 x/a']);
  });

  test('holds for what is inside and for links, not for directories that are there', async () => {
    const { layer } = await copy([{ sources: ['d'], dest: '/t', owner: '5:6' }], source, [dir('t')]);
    expect(layer).toEqual(['d 755 t', 'l 5:6 t/l -> run.sh', 'f 744 5:6 t/run.sh']);
  });

  test('by a name that nobody has is root, as in BuildKit, with a warning', async () => {
    const { layer, ctx } = await copy([{ sources: ['a'], dest: '/', owner: 'ap:nobody' }], source, base);
    expect(layer).toEqual(['f 644 a']);
    expect(ctx.events).toEqual([
      holding({
        message: matching(/^COPY a: .*no user "ap", so root/),
        hint: matching(/^Did you mean app\?/),
      }),
      holding({ message: matching(/no group "nobody"/) }),
    ]);
  });

  test('reads passwd through links of the image', async () => {
    const moved = [file('usr/etc/passwd', 'app:x:3:4::/:'), link('etc', '/usr/etc')];
    const { layer } = await copy([{ sources: ['a'], dest: '/', owner: 'app' }], source, moved);
    expect(layer).toEqual(['f 644 3:4 a']);
  });

  test('by name with --link is refused: nobody looks at the image', async () => {
    const op = copy([{ sources: ['a'], dest: '/', owner: 'app' }], source, base, { link: true });
    await expect(op).rejects.toMatchObject({
      code: 'DOCKERFILE_INVALID',
      hint: matching(/numbers/),
    });
  });

  test("a context is root's, a stage keeps its owners", async () => {
    const owned = [file('a', 'A', { uid: 10, gid: 20 }), file('d/b', 'B', { uid: 30, gid: 40 })];
    const { layer } = await copy([{ sources: ['a', 'd'], dest: '/t/' }], owned, undefined, { stage: true });
    expect(layer).toEqual(['d 755 t', 'f 644 10:20 t/a', 'f 644 30:40 t/b']);
  });
});

describe('--chmod', () => {
  test.each([
    ['755', ['d 755 n', 'd 755 n/s', 'f 755 n/s/f', 'f 755 n/x']],
    ['0600', ['d 600 n', 'd 600 n/s', 'f 600 n/s/f', 'f 600 n/x']],
    ['4755', ['d 755 n', 'd 4755 n/s', 'f 4755 n/s/f', 'f 4755 n/x']],
    ['u=rwX,go=rX', ['d 755 n', 'd 755 n/s', 'f 644 n/s/f', 'f 755 n/x']],
    ['go-w', ['d 755 n', 'd 700 n/s', 'f 640 n/s/f', 'f 700 n/x']],
    ['a+x', ['d 755 n', 'd 711 n/s', 'f 771 n/s/f', 'f 711 n/x']],
    ['g=u', ['d 755 n', 'd 770 n/s', 'f 660 n/s/f', 'f 770 n/x']],
    ['o=g,g=', ['d 755 n', 'd 700 n/s', 'f 606 n/s/f', 'f 700 n/x']],
    ['u+s,+t', ['d 755 n', 'd 5700 n/s', 'f 5660 n/s/f', 'f 5700 n/x']],
    ['=r', ['d 755 n', 'd 444 n/s', 'f 444 n/s/f', 'f 444 n/x']],
    ['u-rw+X', ['d 755 n', 'd 100 n/s', 'f 60 n/s/f', 'f 100 n/x']],
  ])('%s', async (mode, expected) => {
    const files = [
      dir('d/s', { mode: 0o700 }),
      file('d/s/f', '', { mode: 0o660 }),
      file('d/x', '', { mode: 0o700 }),
    ];
    expect((await copy([{ sources: ['d'], dest: '/n', mode }], files)).layer).toEqual(expected);
  });

  test('leaves links alone', async () => {
    expect((await copy([{ sources: ['d'], dest: '/', mode: '600' }], source)).layer).toEqual([
      'l l -> run.sh',
      'f 600 run.sh',
    ]);
  });

  test.each(['888', '10000', '', 'u', 'u+q', 'rwx', 'u=r,', '0o755', 'z=r'].filter(Boolean))(
    '%s is refused',
    async (mode) => {
      await expect(copy([{ sources: ['a'], dest: '/', mode }], source)).rejects.toMatchObject({
        code: 'DOCKERFILE_INVALID',
      });
    },
  );
});

describe('--parents', () => {
  const deep = [
    dir('x', { mode: 0o700, uid: 3 }),
    dir('x/y', { mode: 0o711 }),
    file('x/y/z.txt', 'Z'),
    file('x/b.md', 'B'),
    file('x/w/q.txt', 'Q'),
  ];
  test.each<readonly [string, string, readonly string[]]>([
    ['a file', 'x/y/z.txt', ['d 755 t', 'd 700 3:0 t/x', 'd 711 t/x/y', 'f 644 t/x/y/z.txt']],
    ['a directory', 'x/y', ['d 755 t', 'd 700 3:0 t/x', 'd 711 t/x/y', 'f 644 t/x/y/z.txt']],
    ['a pivot', 'x/./y/z.txt', ['d 755 t', 'd 711 t/y', 'f 644 t/y/z.txt']],
    [
      'a pattern',
      'x/*/*.txt',
      ['d 755 t', 'd 700 3:0 t/x', 'd 755 t/x/w', 'f 644 t/x/w/q.txt', 'd 711 t/x/y', 'f 644 t/x/y/z.txt'],
    ],
    [
      '** crosses directories',
      './x/./**/*.txt',
      ['d 755 t', 'd 755 t/w', 'f 644 t/w/q.txt', 'd 711 t/y', 'f 644 t/y/z.txt'],
    ],
    ['what is not there: nothing', 'x/none', ['d 755 t']],
  ])('%s', async (_, from, expected) => {
    expect((await copy([{ sources: [from], dest: '/t/', parents: true }], deep)).layer).toEqual(expected);
  });

  test('a directory that is there keeps its owner and takes the mode', async () => {
    const { layer } = await copy([{ sources: ['x/y/z.txt'], dest: '/', parents: true }], deep, [
      dir('x', { uid: 9 }),
    ]);
    expect(layer).toEqual(['d 700 9:0 x', 'd 711 x/y', 'f 644 x/y/z.txt']);
  });

  test('a pivot that is missing is an error', async () => {
    await expect(copy([{ sources: ['q/./y'], dest: '/', parents: true }], deep)).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
  });
});

describe('--exclude', () => {
  const files = [
    file('d/a.go'),
    file('d/a_test.go'),
    file('d/sub/b_test.go'),
    file('d/sub/c.go'),
    file('d/tmp/keep/k'),
    file('d/tmp/x'),
  ];
  const all = [
    'd 755 t',
    'f 644 t/a.go',
    'f 644 t/a_test.go',
    'd 755 t/sub',
    'f 644 t/sub/b_test.go',
    'f 644 t/sub/c.go',
    'd 755 t/tmp',
    'd 755 t/tmp/keep',
    'f 644 t/tmp/keep/k',
    'f 644 t/tmp/x',
  ];
  test.each<readonly [string, readonly string[], (line: string) => boolean]>([
    ['a name', ['a.go'], (line) => !line.endsWith('t/a.go')],
    ['a pattern at the top', ['*_test.go'], (line) => !line.endsWith('t/a_test.go')],
    ['a pattern anywhere', ['**/*_test.go'], (line) => !line.includes('_test')],
    ['a directory', ['tmp'], (line) => !line.includes('tmp')],
    ['a directory but for what is brought back', ['tmp', '!tmp/keep'], (line) => !line.endsWith('tmp/x')],
    ["a directory's contents", ['tmp/**'], (line) => !/tmp\/./.test(line)],
    ['with a leading slash: nothing, as in BuildKit', ['/a.go'], () => true],
  ])('%s', async (_, exclude, stays) => {
    expect((await copy([{ sources: ['d'], dest: '/t', exclude }], files)).layer).toEqual(all.filter(stays));
  });

  test('does not concern a source that is named', async () => {
    expect(
      (await copy([{ sources: ['d/*.go'], dest: '/t/', exclude: ['a.go', '*.go'] }], files)).layer,
    ).toEqual(['d 755 t', 'f 644 t/a.go', 'f 644 t/a_test.go']);
  });

  test('with --parents goes by the path from the root', async () => {
    const { layer } = await copy(
      [{ sources: ['d'], dest: '/', parents: true, exclude: ['d/sub', '**/tmp'] }],
      files,
    );
    expect(layer).toEqual(['d 755 d', 'f 644 d/a.go', 'f 644 d/a_test.go']);
  });

  test('malformed is an error at the instruction', async () => {
    const where = { file: 'Dockerfile', line: 2, text: 'FROM x\nADD --exclude=[ d /\n' };
    await expect(copy([{ sources: ['d'], dest: '/', exclude: ['['], where }], files)).rejects.toMatchObject({
      code: 'DOCKERFILE_INVALID',
      where,
      message: matching(/^ADD d: /),
    });
  });
});

describe('the layer', () => {
  test('repeats the directories above, as the image has them', async () => {
    const before = [
      dir('usr', { mode: 0o711, uid: 4 }),
      dir('usr/local', { mode: 0o2775, gid: 50 }),
      file('usr/x'),
    ];
    const { layer } = await copy([{ sources: ['a'], dest: '/usr/local/bin/' }], source, before);
    expect(layer).toEqual([
      'd 711 4:0 usr',
      'd 2775 0:50 usr/local',
      'd 2755 0:50 usr/local/bin',
      'f 644 usr/local/bin/a',
    ]);
  });

  test('with --link knows nothing of the image', async () => {
    const before = [dir('usr', { mode: 0o711 }), link('var/run', '/run')];
    const { layer, key } = await copy([{ sources: ['a'], dest: '/var/run/' }], source, before, {
      link: true,
    });
    expect(layer).toEqual(['d 755 var', 'd 755 var/run', 'f 644 var/run/a']);
    expect(key).not.toHaveProperty(['the files beneath']);
  });

  test('does not hold a directory of which only the time would change', async () => {
    expect(
      (await copy([{ sources: ['e'], dest: '/t' }], [dir('e', { mtime: 7 })], [dir('t')])).layer,
    ).toEqual([]);
  });

  test('keeps hard links inside one source, and only there', async () => {
    const linked = [
      file('d/1', 'L', { same: 'i' }),
      file('d/2', 'L', { same: 'i' }),
      file('o', 'L', { same: 'i' }),
    ];
    const { layer, image } = await copy([{ sources: ['d', 'o'], dest: '/t/' }], linked);
    expect(layer).toEqual(['d 755 t', 'f 644 t/1', 'h 644 t/2 -> t/1', 'f 644 t/o']);
    expect(image.get('t/2')?.text).toBe('L');
  });

  test('keeps extended attributes and file capabilities', async () => {
    const xattrs = { 'security.capability': Uint8Array.of(1, 2), 'user.note': Uint8Array.of(3) };
    const { index } = await copy(
      [{ sources: ['p'], dest: '/', owner: '5' }],
      [file('p', '', { xattrs })],
      undefined,
      { stage: true },
    );
    expect(index).toEqual([holding({ path: 'p', uid: 5, xattrs })]);
  });

  test('says which times the build made', async () => {
    const files = [
      file('d/old', '', { mtime: 11 }),
      file('d/new', '', { mtime: 12, made: true }),
      dir('d/s', { mtime: 13 }),
      dir('d', { mtime: 14 }),
    ];
    const { index } = await copy([{ sources: ['d'], dest: '/x/t' }], files);
    expect(index.map(({ path, mtime, made = false }) => [path, mtime, made])).toEqual([
      ['x', 5000, true],
      ['x/t', 14, false],
      ['x/t/new', 12, true],
      ['x/t/old', 11, false],
      ['x/t/s', 13, false],
    ]);
  });

  test('a directory of the image that is written to gets a new time', async () => {
    const { index } = await copy([{ sources: ['a'], dest: '/t/' }], source, [dir('t', { mtime: 3 })]);
    expect(index[0]).toMatchObject({ path: 't', mtime: 5000, made: true });
  });

  test('is in byte order, parents first', async () => {
    const odd: readonly Named[] = [file('d/b'), file('d/b.c'), file('d/b-d/x'), file('d/B'), file('d/é')];
    const { index } = await copy([{ sources: ['d'], dest: '/' }], odd);
    expect(index.map(({ path }) => path)).toEqual(['B', 'b', 'b-d', 'b-d/x', 'b.c', 'é']);
  });
});

describe('a heredoc', () => {
  const bytes = Buffer.from('echo hi\n');
  test.each<readonly [string, string, readonly string[]]>([
    ['to a name', '/run.sh', ['f 644 run.sh = echo hi\n']],
    ['into a directory', '/bin/', ['d 755 bin', 'f 644 bin/EOF = echo hi\n']],
  ])('%s', async (_, dest, expected) => {
    expect((await copy([{ kind: 'inline', name: 'EOF', bytes, dest }])).tree).toEqual(expected);
  });
  test('with owner and mode', async () => {
    const { index } = await copy([
      { kind: 'inline', name: 'EOF', bytes, dest: '/x', owner: '3:4', mode: '700' },
    ]);
    expect(index).toEqual([holding({ path: 'x', uid: 3, gid: 4, mode: 0o700, made: true, size: 8 })]);
  });
});

describe('WORKDIR', () => {
  test.each<readonly [string, readonly Named[], string, string | undefined, readonly string[]]>([
    ['makes what is missing', [], '/a/b', undefined, ['d 755 a', 'd 755 a/b']],
    ['is empty when all is there', [dir('a/b', { mode: 0o700, uid: 8 })], '/a/b', undefined, []],
    ['follows links', [dir('r'), link('a', '/r')], '/a/b', undefined, ['d 755 r', 'd 755 r/b']],
    [
      'belongs to the user, what is new',
      [...base, dir('a')],
      '/a/b/c',
      'app',
      ['d 755 a', 'd 755 1000:2000 a/b', 'd 755 1000:2000 a/b/c'],
    ],
  ])('%s', async (_, before, path, owner, expected) => {
    const { layer } = await copy(
      [{ kind: 'directory', path, ...(owner !== undefined && { owner }) }],
      [],
      before,
    );
    expect(added(layer)).toEqual(expected);
  });
  test('where a file is cannot be', async () => {
    await expect(copy([{ kind: 'directory', path: '/a/b' }], [], [file('a')])).rejects.toThrow(
      /^WORKDIR \/a\/b: \/a is not a directory/,
    );
  });
});

describe("a URL's file or a Git tree, copied by name", () => {
  test('a name is no pattern', async () => {
    const files = [file('a[1].txt', '1'), file('a1.txt', '2')];
    expect((await copy([{ sources: ['a[1].txt'], dest: '/t/', literal: true }], files)).layer).toEqual([
      'd 755 t',
      'f 644 t/a[1].txt',
    ]);
  });
  test('a tree gives a new destination its own mode', async () => {
    const files = [dir('', { mode: 0o750 }), file('f')];
    expect((await copy([{ sources: ['/'], dest: '/t', literal: true }], files)).layer).toEqual([
      'd 750 t',
      'f 644 t/f',
    ]);
    expect((await copy([{ sources: ['/'], dest: '/t/', literal: true }], files)).layer).toEqual([
      'd 755 t',
      'f 644 t/f',
    ]);
  });
});
