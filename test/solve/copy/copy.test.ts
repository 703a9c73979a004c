import { describe, expect, test } from 'vitest';
import { copy, dir, file, link, special, type Named } from './support.ts';

/** Name, what is copied from, the image before, sources and destination, the image afterwards. */
type Case = readonly [
  string,
  readonly Named[],
  readonly Named[] | undefined,
  readonly string[],
  string,
  readonly string[],
];

/** The matcher is typed as any. */
const matching = (pattern: RegExp): unknown => expect.stringMatching(pattern);

const a = file('a', 'A');
const tree = [file('d/x', 'X'), file('d/sub/y', 'Y'), a];

const cases: Record<string, readonly Case[]> = {
  files: [
    ['to a name', [a], undefined, ['a'], '/b', ['f 644 b = A']],
    [
      'into a directory that is made',
      [a],
      undefined,
      ['a'],
      '/x/y/',
      ['d 755 x', 'd 755 x/y', 'f 644 x/y/a = A'],
    ],
    [
      'into a directory that is there, without a slash',
      [a],
      [dir('opt')],
      ['a'],
      '/opt',
      ['d 755 opt', 'f 644 opt/a = A'],
    ],
    ['to a name in directories that are made', [a], undefined, ['a'], '/x/b', ['d 755 x', 'f 644 x/b = A']],
    ['into a directory written with /.', [a], undefined, ['a'], '/x/.', ['d 755 x', 'f 644 x/a = A']],
    ['over a file', [a], [file('b', 'old', { mode: 0o600 })], ['a'], '/b', ['f 644 b = A']],
    [
      'several into a directory',
      tree,
      undefined,
      ['a', 'd/x'],
      '/t/',
      ['d 755 t', 'f 644 t/a = A', 'f 644 t/x = X'],
    ],
    ['several to one name: the last stays', tree, undefined, ['a', 'd/x'], '/t', ['f 644 t = X']],
    [
      'with set-user-ID and odd modes',
      [file('a', 'A', { mode: 0o4711 })],
      undefined,
      ['a'],
      '/',
      ['f 4711 a = A'],
    ],
    ['whose name begins with a dot', [file('.env', 'E')], undefined, ['.env'], '/', ['f 644 .env = E']],
    ['whose name is no UTF-8', [file('caf\udce9', 'E')], undefined, ['caf*'], '/', ['f 644 caf\udce9 = E']],
    ['by a path with dots', tree, undefined, ['./d/../a'], '/', ['f 644 a = A']],
    ['by a path that climbs: the root is the top', tree, undefined, ['../../a'], '/', ['f 644 a = A']],
  ],
  directories: [
    ['contents to the root', tree, undefined, ['d'], '/', ['d 755 sub', 'f 644 sub/y = Y', 'f 644 x = X']],
    [
      'contents to a new directory, which is 0755',
      [dir('d', { mode: 0o700 }), file('d/x', 'X')],
      undefined,
      ['d'],
      '/t',
      ['d 755 t', 'f 644 t/x = X'],
    ],
    [
      'contents into one that is there, which keeps its mode',
      [dir('d', { mode: 0o700 }), file('d/x', 'X')],
      [dir('t', { mode: 0o711, uid: 7 })],
      ['d/'],
      '/t',
      ['d 711 7:0 t', 'f 644 t/x = X'],
    ],
    [
      'inner ones take the mode of the source',
      [dir('d/s', { mode: 0o700 }), file('d/s/x', 'X')],
      [dir('t/s', { mode: 0o755 })],
      ['d'],
      '/t',
      ['d 755 t', 'd 700 t/s', 'f 644 t/s/x = X'],
    ],
    [
      'the whole context',
      tree,
      undefined,
      ['.'],
      '/app/',
      [
        'd 755 app',
        'f 644 app/a = A',
        'd 755 app/d',
        'd 755 app/d/sub',
        'f 644 app/d/sub/y = Y',
        'f 644 app/d/x = X',
      ],
    ],
    ['empty', [dir('e')], undefined, ['e'], '/t', ['d 755 t']],
    ['empty, inner', [dir('e/f', { mode: 0o750 })], undefined, ['e'], '/t', ['d 755 t', 'd 750 t/f']],
    [
      'beside what is there',
      tree,
      [file('t/old', 'O')],
      ['d'],
      '/t',
      ['d 755 t', 'f 644 t/old = O', 'd 755 t/sub', 'f 644 t/sub/y = Y', 'f 644 t/x = X'],
    ],
  ],
  patterns: [
    [
      'star',
      [file('a.go', '1'), file('b.go', '2'), file('c.md', '3')],
      undefined,
      ['*.go'],
      '/s/',
      ['d 755 s', 'f 644 s/a.go = 1', 'f 644 s/b.go = 2'],
    ],
    [
      'a directory that matches gives its contents',
      tree,
      undefined,
      ['d*'],
      '/t/',
      ['d 755 t', 'd 755 t/sub', 'f 644 t/sub/y = Y', 'f 644 t/x = X'],
    ],
    [
      'in the middle',
      [file('p/one/f', '1'), file('p/two/g', '2')],
      undefined,
      ['p/*/f'],
      '/t/',
      ['d 755 t', 'f 644 t/f = 1'],
    ],
    [
      '** is no more than *',
      [file('p/q/f.go', '1'), file('p/g.go', '2')],
      undefined,
      ['**/*.go'],
      '/t/',
      ['d 755 t', 'f 644 t/g.go = 2'],
    ],
    [
      'question mark and class',
      [file('a1', '1'), file('a2', '2'), file('ab', '3')],
      undefined,
      ['a[^0-1]', 'a?'],
      '/t/',
      ['d 755 t', 'f 644 t/a1 = 1', 'f 644 t/a2 = 2', 'f 644 t/ab = 3'],
    ],
    [
      'nothing matches beside something that is there',
      [a],
      undefined,
      ['a', 'nothing*'],
      '/t/',
      ['d 755 t', 'f 644 t/a = A'],
    ],
    [
      'an escaped star',
      [file('a*b', '1'), file('axb', '2')],
      undefined,
      ['a[*]b'],
      '/t/',
      ['d 755 t', 'f 644 t/a*b = 1'],
    ],
  ],
  'links in the source': [
    [
      'to a file: it is followed, and keeps the name of the link',
      [a, link('l', 'a')],
      undefined,
      ['l'],
      '/t/',
      ['d 755 t', 'f 644 t/l = A'],
    ],
    [
      'to a directory: its contents',
      [...tree, link('l', 'd')],
      undefined,
      ['l'],
      '/t/',
      ['d 755 t', 'd 755 t/sub', 'f 644 t/sub/y = Y', 'f 644 t/x = X'],
    ],
    ['on the way', [...tree, link('l', 'd')], undefined, ['l/x'], '/t/', ['d 755 t', 'f 644 t/x = X']],
    ['absolute: inside the context', [...tree, link('l', '/d/x')], undefined, ['l'], '/', ['f 644 l = X']],
    [
      'climbing out: the root is the top',
      [...tree, link('l', '../../../a')],
      undefined,
      ['l'],
      '/',
      ['f 644 l = A'],
    ],
    [
      'inner ones stay links',
      [file('d/x', 'X'), link('d/l', 'x'), link('d/out', '/etc/passwd')],
      undefined,
      ['d'],
      '/t',
      ['d 755 t', 'l t/l -> x', 'l t/out -> /etc/passwd', 'f 644 t/x = X'],
    ],
    ['found by a pattern are followed', [a, link('l1', 'a')], undefined, ['l*'], '/', ['f 644 l1 = A']],
    [
      'before a wildcard are followed',
      [...tree, link('l', 'd')],
      undefined,
      ['l/*'],
      '/t/',
      ['d 755 t', 'f 644 t/x = X', 'f 644 t/y = Y'],
    ],
  ],
  'links in the image': [
    [
      'on the way',
      [a],
      [dir('run'), link('var/run', '/run')],
      ['a'],
      '/var/run/x',
      ['d 755 run', 'f 644 run/x = A', 'd 755 var', 'l var/run -> /run'],
    ],
    [
      'relative',
      [a],
      [dir('usr/bin'), link('bin', 'usr/bin')],
      ['a'],
      '/bin/',
      ['l bin -> usr/bin', 'd 755 usr', 'd 755 usr/bin', 'f 644 usr/bin/a = A'],
    ],
    [
      'climbing out',
      [a],
      [link('x/up', '../../../..')],
      ['a'],
      '/x/up/b',
      ['f 644 b = A', 'd 755 x', 'l x/up -> ../../../..'],
    ],
    [
      'dangling on the way: what it means is made',
      [a],
      [link('data', '/mnt/big')],
      ['a'],
      '/data/',
      ['l data -> /mnt/big', 'd 755 mnt', 'd 755 mnt/big', 'f 644 mnt/big/a = A'],
    ],
    [
      'the destination is one to a file: the file is written',
      [a],
      [file('real', 'R'), link('l', 'real')],
      ['a'],
      '/l',
      ['l l -> real', 'f 644 real = A'],
    ],
    [
      'the destination is one to a directory',
      [a],
      [dir('real'), link('l', 'real')],
      ['a'],
      '/l',
      ['l l -> real', 'd 755 real', 'f 644 real/a = A'],
    ],
    ['the destination dangles', [a], [link('l', 'gone')], ['a'], '/l', ['f 644 gone = A', 'l l -> gone']],
    [
      'of the same name in the directory: the link goes',
      [a],
      [file('real', 'R'), link('t/a', '/real')],
      ['a'],
      '/t/',
      ['f 644 real = R', 'd 755 t', 'f 644 t/a = A'],
    ],
    [
      'a link over a file',
      [link('d/f', 'elsewhere')],
      [file('t/f', 'F')],
      ['d'],
      '/t',
      ['d 755 t', 'l t/f -> elsewhere'],
    ],
  ],
  'special files': [
    [
      'are copied',
      [special('d/p', 'fifo'), special('d/c', 'char', { major: 1, minor: 3, mode: 0o666 })],
      undefined,
      ['d'],
      '/t',
      ['d 755 t', 'c 666 t/c', 'f 644 t/p'],
    ],
  ],
};

describe.each(Object.entries(cases))('COPY of %s', (_, list) => {
  test.each(list)('%s', async (_name, source, base, sources, dest, expected) => {
    expect((await copy([{ sources, dest }], source, base)).tree).toEqual(expected);
  });
});

describe('what a COPY cannot do', () => {
  type Refusal = readonly [string, readonly Named[], readonly Named[], string, string, RegExp];
  const refusals: readonly Refusal[] = [
    [
      'a directory onto a file',
      tree,
      [file('t', 'T')],
      'd',
      '/t',
      /COPY d: \/t is not a directory, and a directory/,
    ],
    ['all onto a file', tree, [file('t', 'T')], '.', '/t', /\/t is not a directory/],
    ['into a file as a directory', tree, [file('t', 'T')], 'a', '/t/', /\/t is not a directory/],
    ['below a file', tree, [file('t', 'T')], 'a', '/t/u/v', /\/t is not a directory/],
    [
      'a file onto a directory of its name',
      [a],
      [dir('t/a')],
      'a',
      '/t',
      /\/t\/a is a directory, and a file cannot/,
    ],
    ['an inner directory onto a file', tree, [file('t/sub', 'S')], 'd', '/t', /\/t\/sub is not a directory/],
    [
      'an inner directory onto a link to one',
      tree,
      [dir('o'), link('t/sub', '/o')],
      'd',
      '/t',
      /\/t\/sub is not a directory/,
    ],
    ['links in a circle', [a], [link('l', 'm'), link('m', 'l')], 'a', '/l/x', /round in a circle/],
    ['a name that layers keep for whiteouts', [file('.wh.a')], [], '.wh.a', '/', /begin with \.wh\./],
  ];
  test.each(refusals)('%s', async (_name, source, base, from, dest, message) => {
    await expect(copy([{ sources: [from], dest }], source, base)).rejects.toThrow(message);
  });

  type Absence = readonly [string, string, RegExp, RegExp];
  const absences: readonly Absence[] = [
    [
      'a file',
      'mian.go',
      /^COPY mian\.go: there is no mian\.go in the build context$/,
      /Did you mean main\.go\?/,
    ],
    ['a directory', 'cmd/api/main.go', /no cmd\/api\/main\.go/, /Did you mean cmd\/app\/main\.go\?/],
    ['nothing alike', 'zzzzzzzz', /no zzzzzzzz/, /It holds cmd, dangling, go\.mod, main\.go, round\./],
    ['below a file', 'go.mod/x', /no go\.mod\/x/, /go\.mod is no directory/],
    ['a link to nothing', 'dangling', /no dangling/, /./],
    ['the directory that a pattern begins in', 'src/*.go', /no src/, /./],
  ];
  const context = [
    file('main.go'),
    file('go.mod'),
    file('cmd/app/main.go'),
    link('dangling', 'gone'),
    link('round', 'round'),
  ];
  test.each(absences)('%s is missing', async (_name, source, message, hint) => {
    await expect(copy([{ sources: [source], dest: '/' }], context)).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: matching(message),
      hint: matching(hint),
    });
  });

  test('the context has links in a circle', async () => {
    await expect(copy([{ sources: ['round'], dest: '/' }], context)).rejects.toThrow(/COPY round: .*circle/);
  });

  test('a stage is not called the build context', async () => {
    await expect(copy([{ sources: ['x'], dest: '/' }], context, undefined, { stage: true })).rejects.toThrow(
      /no x in what it copies from/,
    );
  });
});

test.each([
  ['a pattern', { sources: ['*.nothing'] }],
  ['--parents', { sources: ['nothing'], parents: true }],
])('%s that matches nothing copies nothing, with a warning', async (_, action) => {
  const { layer, ctx } = await copy([{ ...action, dest: '/' }], [a]);
  expect(layer).toEqual([]);
  expect(ctx.events).toEqual([
    expect.objectContaining({ message: matching(/^COPY .*nothing: nothing matches/) }),
  ]);
});
