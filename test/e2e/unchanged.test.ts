/** What must be noticed between two builds of the same, what must not, and that nothing runs when nothing changed. */
import {
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { hasGo, crane } from '../components/go.ts';
import { call, describeWith, findProgram } from '../components/program.ts';
import { hasRegistry, startRegistry } from '../components/registry.ts';
import { fileProxy } from '../golang/support/file-proxy.ts';
import { sharedTempDir } from '../support/ctx.ts';
import { coracle, coracleOk, git } from './coracle.ts';
import { build, digestOf, edit, editUnseen } from './project.ts';
import type { BuildDocument } from './project.ts';
import { mainFile, write } from './tiny.ts';

const { directory: root, remove } = sharedTempDir();
afterAll(remove);

const outer = path.join(root, 'outer');
const project = path.join(outer, 'app');
const goroot = path.join(root, 'goroot');
const home = path.join(root, 'home');
const goEnv = path.join(root, 'go.env');
const base = {
  CORACLE_HOME: home,
  GOENV: goEnv,
  WHO: 'anna',
  PATH: `${path.join(root, 'bin')}:${process.env['PATH'] ?? ''}`,
};

const main = `package main

import (
	"embed"

	"example.com/app/sub"
	"example.com/lib"
)

//go:embed static/*.txt tree
var files embed.FS

var who string

func main() {
	names, _ := files.ReadDir("static")
	println(sub.Word, lib.Word, who, len(names))
}
`;

/** The machine's Go as a tree of links, so that a test may change it, and found through a link on the PATH that a test may cut. */
async function hostGo(): Promise<void> {
  const { stdout } = await call([findProgram('go') ?? '', 'env', 'GOROOT']);
  const real = stdout.trim();
  mkdirSync(path.join(goroot, 'bin'), { recursive: true });
  for (const name of readdirSync(real)) {
    if (name !== 'bin' && name !== 'VERSION') symlinkSync(path.join(real, name), path.join(goroot, name));
  }
  cpSync(path.join(real, 'bin', 'go'), path.join(goroot, 'bin', 'go'));
  cpSync(path.join(real, 'VERSION'), path.join(goroot, 'VERSION'));
  mkdirSync(path.join(root, 'bin'));
  symlinkSync(path.join(goroot, 'bin', 'go'), path.join(root, 'bin', 'go'));
}

async function again(
  args: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): Promise<BuildDocument> {
  return build([...args, '.'], { cwd: project, env: { ...base, ...env } });
}

const at = (...names: string[]): string => path.join(project, ...names);

describeWith([hasGo], 'a build of what did not change', () => {
  let first: BuildDocument;
  let last: BuildDocument;

  beforeAll(async () => {
    await hostGo();
    const settings = path.join(process.env['HOME'] ?? '', '.config', 'go', 'env');
    writeFileSync(goEnv, existsSync(settings) ? readFileSync(settings) : '');
    write(project, {
      '.gitignore': '*.log\n*.swp\n',
      'go.mod':
        'module example.com/app\n\ngo 1.20\n\nrequire example.com/lib v0.0.0\n\nreplace example.com/lib => ./lib\n',
      'main.go': main,
      'main_test.go': 'package main\n',
      'sub/sub.go': 'package sub\n\nconst Word = "one"\n',
      'lib/go.mod': 'module example.com/lib\n\ngo 1.20\n',
      'lib/lib.go': 'package lib\n\nconst Word = "two"\n',
      'static/a.txt': 'a',
      'tree/deep/b.txt': 'b',
      'conf/app.conf': 'level=1',
      'linked/real/c.conf': 'c',
      'coracle.yaml':
        'files:\n  - { from: conf, to: /etc/app }\n  - { from: linked/link, to: /etc/linked }\ngo:\n  ldflags: ["-X main.who={{.Env.WHO}}"]\n',
    });
    symlinkSync('real', at('linked', 'link'));
    await git(project, 'init', '--quiet', '--initial-branch=main');
    await git(project, 'add', '.');
    await git(project, 'commit', '--quiet', '--message=first');
    await again(); // writes the lock
    await git(project, 'add', '.');
    await git(project, 'commit', '--quiet', '--message=lock');
    first = await again();
  });

  it('is known without go, and gives the same result', async () => {
    expect(first.unchanged).toBe(false);
    const go = path.join(root, 'bin', 'go');
    const ran = path.join(root, 'ran');
    rmSync(go);
    writeFileSync(go, `#!/bin/sh\necho "$@" >>${ran}\nexit 1\n`, { mode: 0o755 });
    const second = await again();
    rmSync(go);
    symlinkSync(path.join(goroot, 'bin', 'go'), go);
    expect(existsSync(ran)).toBe(false);
    expect(second.unchanged).toBe(true);
    expect(second.images.map(({ descriptor }) => descriptor)).toEqual(
      first.images.map(({ descriptor }) => descriptor),
    );
    expect(
      second.images.flatMap(({ platforms }) =>
        platforms.flatMap(({ layers }) => layers.map(({ reused }) => reused)),
      ),
    ).not.toContain(false);
  });

  const harmless: Readonly<Record<string, () => unknown>> = {
    'a test is touched': () => utimesSync(at('main_test.go'), 1, 1),
    'an ignored file appears beside the sources': () =>
      write(project, { 'debug.log': 'x', '.main.go.swp': 'x', 'static/.a.swp': 'x' }),
    'another module appears outside': () => write(outer, { 'other/go.mod': 'module example.com/other\n' }),
    'a variable that nothing reads is set': () => undefined,
  };
  it.each(Object.keys(harmless))('stands though %s', async (name) => {
    harmless[name]?.();
    expect((await again([], { UNREAD: '1' })).unchanged).toBe(true);
  });

  it('stands with other wishes for what is shown', async () => {
    const { stdout, code } = await coracle(['build', '--progress', 'plain', '--quiet', '.'], {
      cwd: project,
      env: base,
    });
    expect([code, stdout.trim()]).toEqual([0, first.images[0]?.platforms[0]?.configDigest]);
    expect(
      (
        await again([
          '--metadata-file',
          path.join(root, 'metadata.json'),
          '--iidfile',
          path.join(root, 'iid'),
        ])
      ).unchanged,
    ).toBe(true);
    expect(readFileSync(path.join(root, 'iid'), 'utf8')).toBe(first.images[0]?.platforms[0]?.configDigest);
  });

  it('says what changed', async () => {
    write(project, { 'unknown.txt': '' });
    expect((await again()).because).toBe('the git state of . changed');
    editUnseen(at('sub', 'sub.go'), 'one', 'eno');
    last = await again();
    expect(last.because).toBe('sub/sub.go changed');
    editUnseen(at('sub', 'sub.go'), 'eno', 'one');
  });

  /**
   * Each follows the one before, and from here on the tree differs from its commit, so that git has nothing to add.
   * `same`: the image must come out the same.
   */
  const changes: readonly (readonly [name: string, change: () => unknown, same?: 'same'])[] = [
    ['a source is edited, its size and times as before', () => editUnseen(at('sub', 'sub.go'), 'one', 'uno')],
    ['main is edited', () => edit(at('main.go'), 'println(', 'println("x", ')],
    ['a module that is replaced by a folder is edited', () => editUnseen(at('lib', 'lib.go'), 'two', 'due')],
    [
      'a file is new in a package',
      () => write(project, { 'sub/new.go': 'package sub\n\nfunc init() { println("new") }\n' }),
    ],
    ['a file is gone from a package', () => rmSync(at('sub', 'new.go'))],
    [
      'an embedded file is edited, its size and times as before',
      () => editUnseen(at('static', 'a.txt'), 'a', 'b'),
    ],
    ['a file matches a pattern of embedded ones', () => write(project, { 'static/new.txt': 'new' })],
    ['a file is new deep in an embedded directory', () => write(project, { 'tree/deep/new.txt': 'new' })],
    ['a directory is new in an embedded one', () => write(project, { 'tree/more/new.txt': 'new' })],
    ['go.mod is edited', () => edit(at('go.mod'), 'go 1.20\n', 'go 1.20\n\n// note\n'), 'same'],
    ['go.mod of a replacement is edited', () => edit(at('lib', 'go.mod'), 'go 1.20\n', 'go 1.19\n'), 'same'],
    ['go.sum appears', () => write(project, { 'go.sum': '' }), 'same'],
    ['go.work appears above', () => write(outer, { 'go.work': 'go 1.20\n\nuse ./app\n' })],
    [
      'go.work is edited',
      () => edit(path.join(outer, 'go.work'), 'use ./app\n', 'use (\n\t./app\n\t./app/lib\n)\n'),
    ],
    ['go.work goes away', () => rmSync(path.join(outer, 'go.work'))],
    [
      'go env -w',
      async () =>
        call([path.join(root, 'bin', 'go'), 'env', '-w', 'GOFLAGS=-tags=extra'], { cwd: root, env: base }),
    ],
    [
      'go env -u',
      async () => call([path.join(root, 'bin', 'go'), 'env', '-u', 'GOFLAGS'], { cwd: root, env: base }),
    ],
    ['coracle.yaml is edited', () => edit(at('coracle.yaml'), 'files:', 'workdir: /tmp\nfiles:')],
    ['.ko.yaml appears', () => write(project, { '.ko.yaml': 'defaultFlags: [-tags=ko]\n' })],
    ['a folder of data appears beside .ko.yaml', () => write(project, { 'kodata/x': 'x' })],
    ['a file is new in that folder', () => write(project, { 'kodata/y/z': 'z' }), 'same'],
    ['coracle.lock is edited', () => edit(at('coracle.lock'), '\n', '\n# note\n'), 'same'],
    [
      'a file that goes into the image is edited, its size and times as before',
      () => editUnseen(at('conf', 'app.conf'), '1', '2'),
    ],
    [
      'a file is new in a directory that goes into the image',
      () => write(project, { 'conf/more/b.conf': 'b' }),
    ],
    [
      'a file is edited in a directory that goes into the image by a link',
      () => editUnseen(at('linked', 'real', 'c.conf'), 'c', 'd'),
    ],
    [
      'everything is committed',
      async () => {
        await git(project, 'add', '.');
        await git(project, 'commit', '--quiet', '--message=all');
      },
    ],
    ['a file that git does not know appears anywhere', () => write(project, { 'notes/todo': '' })],
    ['it goes away', () => rmSync(at('notes'), { recursive: true })],
    [
      'a test is edited, so that the tree is not the commit',
      () => edit(at('main_test.go'), 'main\n', 'main\n\n'),
    ],
    ['HEAD moves', async () => git(project, 'commit', '--quiet', '--all', '--message=second')],
    ['a tag appears', async () => git(project, 'tag', 'v1.2.3')],
    ['a tag goes away', async () => git(project, 'tag', '--delete', 'v1.2.3')],
    [
      'the origin is named',
      async () => git(project, 'remote', 'add', 'origin', 'https://git.example.com/team/app.git'),
    ],
    [
      'the toolchain is replaced',
      () => {
        const text = readFileSync(path.join(goroot, 'VERSION'));
        rmSync(path.join(goroot, 'VERSION'));
        writeFileSync(path.join(goroot, 'VERSION'), text);
      },
      'same',
    ],
  ];
  it.each(changes.map(([name, change, same]) => ({ name, change, same })))(
    'is made anew when $name',
    async ({ change, same }) => {
      await change();
      const built = await again();
      expect(built.unchanged).toBe(false);
      expect(digestOf(built) === digestOf(last)).toBe(same === 'same');
      last = await again();
      expect([last.unchanged, digestOf(last)]).toEqual([true, digestOf(built)]);
    },
  );

  it.each([
    ['GOFLAGS', { GOFLAGS: '-tags=other' }],
    ['a variable that a template names', { WHO: 'bert' }],
    ['SOURCE_DATE_EPOCH', { SOURCE_DATE_EPOCH: '1700000000' }],
  ])('is made anew with another %s, and each is remembered', async (_name, env) => {
    await again();
    expect((await again([], env)).unchanged).toBe(false);
    expect((await again([], env)).unchanged).toBe(true);
  });

  it('is made anew with other flags', async () => {
    expect((await again(['--no-strip'])).unchanged).toBe(false);
    expect((await again(['--base', 'static'])).unchanged).toBe(false);
    expect((await again()).unchanged).toBe(true);
    expect((await again(['--no-cache'])).unchanged).toBe(false);
  });

  it('is not replayed when a Dockerfile appears: that is built', async () => {
    write(project, { 'notes/todo': '' }); // so that git says nothing new
    await again();
    write(project, { Dockerfile: 'FROM scratch\nCOPY go.mod /\n' });
    const output = path.join(root, 'appeared.tar');
    const { stderr } = await coracle(['build', '-o', `type=tar,dest=${output}`, '.'], {
      cwd: project,
      env: base,
    });
    rmSync(at('Dockerfile'));
    expect(stderr).toContain('COPY go.mod');
  });

  it('brings back a name that was removed, and makes a blob that is gone', async () => {
    const built = await again();
    await coracleOk(['rm', 'app'], { env: base });
    expect((await again()).unchanged).toBe(true);
    expect(await coracleOk(['images', '--json'], { env: base })).toContain(digestOf(built));
    const layer = built.images[0]?.platforms[0]?.layers.at(-1)?.digest ?? '';
    rmSync(path.join(home, 'store', 'blobs', layer.replace(':', '/')));
    const mended = await again();
    expect([mended.unchanged, digestOf(mended)]).toEqual([false, digestOf(built)]);
  });
});

describeWith([hasGo], 'a pattern', () => {
  const place = path.join(root, 'patterns');
  const all = async (): Promise<BuildDocument> => build(['./cmd/...'], { cwd: place, env: base });

  beforeAll(async () => {
    write(place, {
      'go.mod': 'module example.com/many\n\ngo 1.20\n',
      'cmd/one/main.go': mainFile('one'),
      'cmd/two/main.go': mainFile('two'),
      'cmd/library/library.go': 'package library\n',
    });
    await all();
  });

  it.each<[string, () => unknown, string[]]>([
    ['nothing', () => undefined, ['one', 'two']],
    [
      'a new program',
      () => write(place, { 'cmd/three/deep/main.go': mainFile('three') }),
      ['deep', 'one', 'two'],
    ],
    [
      'a program in a directory that was there',
      () => write(place, { 'cmd/three/main.go': mainFile('3') }),
      ['deep', 'one', 'three', 'two'],
    ],
    [
      'a library turned program',
      () => write(place, { 'cmd/library/library.go': mainFile('lib') }),
      ['deep', 'library', 'one', 'three', 'two'],
    ],
    [
      'a program turned library',
      () => write(place, { 'cmd/library/library.go': 'package library\n' }),
      ['deep', 'one', 'three', 'two'],
    ],
    [
      'a program that is gone',
      () => rmSync(path.join(place, 'cmd', 'three'), { recursive: true }),
      ['one', 'two'],
    ],
  ])('notices %s', async (name, change, programs) => {
    await change();
    const built = await all();
    expect(built.images.map(({ program }) => program).sort()).toEqual(programs);
    expect(built.unchanged).toBe(name === 'nothing');
    expect((await all()).unchanged).toBe(true);
  });
});

describeWith([hasGo, hasRegistry], 'a registry', () => {
  it('is asked once when nothing changed, and gets again what it lost, without a compile', async () => {
    const registry = await startRegistry();
    onTestFinished(async () => registry.stop());
    const place = write(path.join(root, 'pushed'), {
      'go.mod': 'module example.com/pushed\n\ngo 1.20\n',
      'main.go': mainFile('pushed'),
    });
    const reference = `${registry.host}/team/pushed:1`;
    const push = async (): Promise<BuildDocument> => build(['-t', reference, '--push', place], { env: base });
    const requests = (): string[] =>
      [...registry.log().matchAll(/"((?:GET|HEAD|PUT|POST|PATCH|DELETE) [^"]* HTTP)/g)].map(
        ([, line = '']) => line,
      );
    const digest = digestOf(await push());
    const stands = async (): Promise<void> =>
      expect((await call([await crane(), 'digest', reference])).stdout.trim()).toBe(digest);
    await stands();

    const before = requests().length;
    const second = await push();
    expect([second.unchanged, digestOf(second), second.images[0]?.pushed]).toEqual([
      true,
      digest,
      [reference],
    ]);
    expect(
      requests()
        .slice(before)
        .filter((line) => !line.startsWith('GET /v2/ ')),
    ).toEqual(['HEAD /v2/team/pushed/manifests/1 HTTP']);

    await call([await crane(), 'delete', `${registry.host}/team/pushed@${digest}`]);
    await push();
    await stands();

    write(place, { 'main.go': mainFile('moved') });
    await build(['-t', `${registry.host}/team/pushed:2`, '--push', place], { env: base });
    write(place, { 'main.go': mainFile('pushed') });
    expect(digestOf(await push())).toBe(digest);
    await call([await crane(), 'tag', `${registry.host}/team/pushed:2`, '1']);
    const last = await push();
    expect([last.unchanged, Object.keys(last.times).filter((step) => step.startsWith('compile'))]).toEqual([
      false,
      [],
    ]);
    await stands();
  });
});

describeWith([hasGo], 'a public program by its exact version', () => {
  it('is known without the proxy', async () => {
    const files = { 'go.mod': 'module example.com/prog\n\ngo 1.20\n', 'main.go': mainFile('public') };
    const proxy = path.join(root, 'proxy');
    const env = {
      ...base,
      GOPROXY: fileProxy(proxy, { 'example.com/prog@v1.0.0': files }),
      GONOSUMDB: 'example.com',
    };
    const once = async (): Promise<BuildDocument> => build(['example.com/prog@v1.0.0'], { cwd: root, env });
    const built = await once();
    expect(built.unchanged).toBe(false);
    rmSync(proxy, { recursive: true });
    const second = await once();
    expect([second.unchanged, digestOf(second)]).toEqual([true, digestOf(built)]);
  });
});
