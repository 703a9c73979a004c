import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { openContext, openNamedContext } from '../../src/context/context.ts';
import type { OpenedContext } from '../../src/context/context.ts';
import { readNamedContext } from '../../src/context/locate.ts';
import { openStore } from '../../src/store/store.ts';
import type { Store } from '../../src/store/store.ts';
import { failure, file, inChunks, tarOf } from '../layer/support.ts';
import { tempDir, testCtx } from '../support/ctx.ts';
import type { TestCtx } from '../support/ctx.ts';
import { hasGit, makeRepository, serveGit } from './git-server.ts';
import { pathsOf } from './support.ts';

let root: string;
let ctx: TestCtx;
let store: Store;
const write = (name: string, text = name): void => {
  mkdirSync(path.dirname(path.join(root, name)), { recursive: true });
  writeFileSync(path.join(root, name), text);
};
const open = async (
  context: string,
  file?: string,
  input: Uint8Array = Buffer.alloc(0),
): Promise<OpenedContext> =>
  openContext(ctx, store, { context, stdin: () => inChunks(input), ...(file !== undefined && { file }) });
const textOf = ({ dockerfile }: OpenedContext): string => Buffer.from(dockerfile.bytes).toString();

beforeEach(async () => {
  root = tempDir();
  ctx = testCtx({ cwd: root });
  store = await openStore(ctx);
});

describe('a directory', () => {
  test('has a Dockerfile, and what .dockerignore leaves of the rest', async () => {
    write('app/Dockerfile', 'FROM scratch');
    write('app/.dockerignore', 'Dockerfile\n.dockerignore\n*.md');
    write('app/a.go');
    write('app/a.md');
    const opened = await open('app');
    expect(textOf(opened)).toBe('FROM scratch');
    expect(opened.dockerfile.name).toBe('app/Dockerfile');
    expect(await pathsOf(opened.tree)).toEqual(['a.go']);
    expect(opened.consulted.map((name) => path.relative(root, name))).toEqual([
      'app/Dockerfile',
      'app/Dockerfile.dockerignore',
      'app/.dockerignore',
    ]);
  });

  test("the Dockerfile's own .dockerignore goes first", async () => {
    write('docker/prod.Dockerfile', 'FROM scratch');
    write('docker/prod.Dockerfile.dockerignore', 'docker\n.dockerignore');
    write('.dockerignore', 'a');
    write('a');
    write('b');
    expect(await pathsOf((await open('.', 'docker/prod.Dockerfile')).tree)).toEqual(['a', 'b']);
  });

  test('dockerfile in small letters is taken when there is no other', async () => {
    write('dockerfile', 'small');
    expect(textOf(await open('.'))).toBe('small');
    expect(textOf(await open('.', 'Dockerfile'))).toBe('small');
    write('Dockerfile', 'large');
    expect(textOf(await open('.'))).toBe('large');
  });

  test('-f is relative to where one is, and may lie outside the context', async () => {
    write('app/x');
    write('other/Dockerfile.dev', 'dev');
    expect(textOf(await open('app', 'other/Dockerfile.dev'))).toBe('dev');
  });

  test('-f - reads the Dockerfile from standard input; .dockerignore still counts', async () => {
    write('.dockerignore', 'x');
    write('x');
    const opened = await open('.', '-', Buffer.from('FROM scratch'));
    expect(textOf(opened)).toBe('FROM scratch');
    expect(await pathsOf(opened.tree)).toEqual(['.dockerignore']);
  });

  test('without a Dockerfile says which there are', async () => {
    write('build.Dockerfile');
    expect(await failure(open('.'))).toMatchObject({
      code: 'NOT_FOUND',
      hint: expect.stringContaining('build.Dockerfile') as unknown,
    });
    expect(await failure(open('.', 'biuld.Dockerfile'))).toMatchObject({
      hint: expect.stringContaining('build.Dockerfile') as unknown,
    });
    expect(await failure(open('.', 'none/Dockerfile'))).toMatchObject({
      hint: expect.stringContaining('directory') as unknown,
    });
    mkdirSync(path.join(root, 'Dockerfile'));
    expect(await failure(open('.'))).toMatchObject({ code: 'FILE_UNREADABLE' });
  });

  test('that is not there says what there is', async () => {
    write('service/x');
    expect(await failure(open('servcie'))).toMatchObject({
      code: 'NOT_FOUND',
      hint: 'Did you mean service?',
    });
  });
});

describe('standard input and archives', () => {
  test('a Dockerfile alone has nothing to copy from', async () => {
    const opened = await open('-', undefined, Buffer.from('FROM scratch'));
    expect(textOf(opened)).toBe('FROM scratch');
    expect(await pathsOf(opened.tree)).toEqual([]);
    expect(await opened.tree.entry('')).toMatchObject({ type: 'directory' });
    expect(await failure(open('-', '-'))).toMatchObject({ code: 'USAGE' });
  });

  test('an archive brings its Dockerfile along; .dockerignore is a file like any other, as in BuildKit', async () => {
    const tar = gzipSync(
      await tarOf([file('Dockerfile', 'one'), file('d/Dockerfile', 'two'), file('.dockerignore', 'd')]),
    );
    expect(textOf(await open('-', undefined, tar))).toBe('one');
    expect(textOf(await open('-', 'd/Dockerfile', tar))).toBe('two');
    expect(textOf(await open('-', './d/../Dockerfile', tar))).toBe('one');
    expect(await failure(open('-', 'nowhere', tar))).toMatchObject({ code: 'NOT_FOUND' });
    writeFileSync(path.join(root, 'context.tar.gz'), tar);
    const opened = await open('context.tar.gz');
    expect(await pathsOf(opened.tree)).toEqual(['.dockerignore', 'Dockerfile', 'd', 'd/Dockerfile']);
    expect(opened.consulted).toEqual([path.join(root, 'context.tar.gz')]);
  });
});

describe('addresses', () => {
  test('an archive or a Dockerfile over http', async () => {
    const tar = gzipSync(await tarOf([file('Dockerfile', 'one'), file('a')]));
    const server = createServer(
      (request, response) => void response.end(request.url === '/Dockerfile' ? 'FROM scratch' : tar),
    );
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const address = server.address();
    const base = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
    const archive = await open(`${base}/context.tar.gz`);
    expect([textOf(archive), await pathsOf(archive.tree)]).toEqual(['one', ['Dockerfile', 'a']]);
    expect(textOf(await open(`${base}/Dockerfile`))).toBe('FROM scratch');
  });

  test.skipIf(!hasGit)('a Git repository, with a Dockerfile in a directory of it', async () => {
    const hash = makeRepository(path.join(root, 'p.git'), { 'app/Dockerfile': 'FROM scratch', 'app/x': 'x' });
    const { url } = await serveGit(root);
    const opened = await open(`${url}/p.git#main:app`);
    expect(textOf(opened)).toBe('FROM scratch');
    expect(opened).toMatchObject({ commit: hash, identifier: `${url}/p.git#${hash}` });
  });
});

describe('--build-context', () => {
  const read = async (text: string): Promise<unknown> => readNamedContext(ctx, text);
  const digest = `sha256:${'a'.repeat(64)}`;

  test('reads every form', async () => {
    write('lib/x');
    expect(await read('lib=lib')).toEqual({
      name: 'lib',
      spec: { kind: 'directory', path: path.join(root, 'lib') },
    });
    expect(await read('base=docker-image://debian:12')).toEqual({
      name: 'base',
      spec: { kind: 'image', reference: 'debian:12' },
    });
    expect(await read('l=oci-layout://lib')).toMatchObject({
      spec: { kind: 'layout', path: path.join(root, 'lib') },
    });
    expect(await read('l=oci-layout:///a/b:v1')).toMatchObject({ spec: { path: '/a/b', tag: 'v1' } });
    expect(await read(`l=oci-layout://lib@${digest}`)).toMatchObject({
      spec: { path: path.join(root, 'lib'), digest },
    });
    expect(await read('g=https://host/p.git#v1')).toMatchObject({
      spec: { kind: 'git', url: { ref: 'v1' } },
    });
    expect(await read('h=https://host/a.tar')).toMatchObject({ spec: { kind: 'http' } });
  });

  test.each([
    ['lib', 'USAGE'],
    ['=x', 'USAGE'],
    ['lib=', 'USAGE'],
    ['lib=-', 'USAGE'],
    ['lib=nowhere', 'NOT_FOUND'],
    ['lib=target:x', 'UNSUPPORTED'],
    ['l=oci-layout://x@sha256:short', 'REFERENCE_INVALID'],
  ])('%s is refused', async (text, code) => {
    expect(await failure(read(text))).toMatchObject({ code });
  });

  test('a directory has its own .dockerignore', async () => {
    write('lib/.dockerignore', 'x');
    write('lib/x');
    write('lib/y');
    const opened = await openNamedContext(ctx, store, { kind: 'directory', path: path.join(root, 'lib') });
    expect(await pathsOf(opened.tree)).toEqual(['.dockerignore', 'y']);
  });
});
