/** Small programs that need one thing each, started on images that lack it, and on images that have it. */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { failureOf } from '../../../src/compare/failure.ts';
import { measureStarts } from '../../../src/compare/measure/starts.ts';
import type { Failure } from '../../../src/compare/types.ts';
import { ToolError } from '../../../src/core/errors.ts';
import type { ContainerConfig } from '../../../src/oci/types.ts';
import { openStore } from '../../../src/store/store.ts';
import { cached } from '../../components/cache.ts';
import { hasGo } from '../../components/go.ts';
import { call, describeWith, installed, isRoot } from '../../components/program.ts';
import type { File } from '../../solve/exec/files.ts';
import { containing } from '../../support/containing.ts';
import { testCtx } from '../../support/ctx.ts';
import { imageOf, needy } from './needy.ts';

const exits = { probe: { kind: 'exit', code: 0, why: '' }, network: 'own', notes: [] } as const;

async function failureOn(
  files: Record<string, File>,
  config: ContainerConfig,
  found: Parameters<typeof measureStarts>[2] = exits,
): Promise<Failure | undefined> {
  const ctx = testCtx();
  const image = await imageOf(ctx, files, config);
  const [figures] = await measureStarts(ctx, [image], found, 1, { timeout: 1500 });
  return figures?.failure;
}

describeWith([isRoot, hasGo, installed('unshare'), installed('setpriv')], 'causes of failure', () => {
  let program: { text: Buffer; mode: number };
  beforeAll(async () => {
    program = { text: await needy(), mode: 0o755 };
  });
  const start = async (
    what: string,
    files: Record<string, File> = {},
    config: ContainerConfig = {},
  ): Promise<Failure | undefined> =>
    failureOn(
      { app: program, ...files },
      { Entrypoint: ['/app', what], User: '65532:65532', Env: ['PATH=/bin'], ...config },
    );

  test.each([
    ['shell', 'shell', '/app runs sh, and the image has no such shell.'],
    ['ca', 'CA bundle', 'has no CA bundle'],
    ['zone', 'time zones', 'the time zone Europe/Vienna, and the image has no time zones'],
    ['user', 'user', 'asks for users, and the image has no /etc/passwd'],
    ['tmp', 'temporary directory', 'writes to /tmp, and the image has none'],
    ['home', 'home', 'has none in the image'],
  ])('%s', async (what, lacks, cause) => {
    const failure = await start(what);
    expect(failure).toMatchObject({ phase: 'start', lacks, cause: containing(cause) });
    expect(failure?.said.join('\n')).toContain('fatal:');
  });

  test('what another program is, is said without a kind', async () => {
    expect(await start('git')).toMatchObject({ cause: '/app runs git, which the image does not have.' });
    expect((await start('git'))?.lacks).toBeUndefined();
  });

  test('words alone do not make a lack', async () => {
    const bundle = { 'etc/ssl/certs/ca-certificates.crt': 'none' };
    const failure = await start('ca', bundle);
    expect(failure?.lacks).toBeUndefined();
    expect(failure?.cause).toContain(
      "its authority is not in the image's CA bundle, /etc/ssl/certs/ca-certificates.crt",
    );
    const passwd = { 'etc/passwd': 'web:x:7:7::/:/\n' };
    expect(await start('user', passwd)).toMatchObject({
      lacks: 'user',
      cause: containing('does not know'),
    });
    expect(await start('tmp', { tmp: { directory: 0o755 } })).toMatchObject({
      lacks: 'temporary directory',
      cause: containing('mode 755'),
    });
    expect(await start('tmp', { tmp: { directory: 0o1777 } })).toBeUndefined();
  });

  test('the reason stands in the answer of the health page', async () => {
    const found = { ...exits, probe: { kind: 'http', port: 8130, path: '/healthz', why: '' } } as const;
    const failure = await failureOn(
      { app: program },
      { Entrypoint: ['/app', 'serve', '8130'], Env: ['ZONE=1'] },
      found,
    );
    expect(failure?.lacks).toBe('time zones');
    expect(failure?.said.join('\n')).toContain('500 Internal Server Error');
    const other = await failureOn({ app: program }, { Entrypoint: ['/app', 'serve', '8131'] }, found);
    expect(other?.cause).toBe('The program did not answer in 1.5 seconds.');
  });

  test('a program that is not there, a script without its shell, a user whom nobody knows', async () => {
    expect(await failureOn({ app: program }, { Cmd: ['/bin/sh', '-c', 'app'] })).toMatchObject({
      lacks: 'shell',
    });
    expect(await failureOn({ app: program }, { Cmd: ['/other'] })).toMatchObject({
      cause: 'The image starts /other, which is not in it.',
    });
    const script = { run: { text: '#!/bin/bash\ntrue\n', mode: 0o755 } };
    expect(await failureOn(script, { Cmd: ['/run'] })).toMatchObject({
      lacks: 'shell',
      cause: '/run is a script for /bin/bash, which the image does not have.',
    });
    expect(await start('exit', {}, { User: 'app' })).toMatchObject({ lacks: 'user' });
  });

  describeWith([installed('gcc')], 'linked with shared libraries', () => {
    const shared = async (): Promise<Buffer> => {
      const folder = await cached('needy-shared', async (fresh) => {
        writeFileSync(
          path.join(fresh, 'main.c'),
          '#include <math.h>\nint main(int c, char **v) { return (int)cos(c - 1) - 1; }\n',
        );
        await call(['gcc', '-fno-builtin', '-o', 'shared', 'main.c', '-lm'], { cwd: fresh });
      });
      return readFileSync(path.join(folder, 'shared'));
    };
    const found = async (name: string): Promise<{ text: Buffer; mode: number }> => {
      const { stdout } = await call(['gcc', `-print-file-name=${name}`]);
      return { text: readFileSync(stdout.trim()), mode: 0o755 };
    };

    test('no loader, no C library, another library missing', async () => {
      const app = { text: await shared(), mode: 0o755 };
      const loader =
        /\/lib\S*\/ld-linux\S*\.so\.\d/.exec(app.text.toString('latin1'))?.[0]?.replace(/\0.*/s, '') ?? '';
      const config = { Entrypoint: ['/app'] };
      expect(await failureOn({ app }, config)).toMatchObject({
        lacks: 'libc',
        cause: containing(loader),
      });
      const withLoader = { app, [loader.slice(1)]: await found(path.basename(loader)) };
      expect(await failureOn(withLoader, config)).toMatchObject({
        lacks: 'library',
        cause: containing('libm.so.6'),
      });
      const withMath = { ...withLoader, 'lib/libm.so.6': await found('libm.so.6') };
      expect(await failureOn(withMath, config)).toMatchObject({
        lacks: 'libc',
        cause: containing('libc.so.6'),
      });
      expect(
        await failureOn({ ...withMath, 'lib/libc.so.6': await found('libc.so.6') }, config),
      ).toBeUndefined();
    });
  });
});

describe('failures to build', () => {
  const judged = async (error: unknown): Promise<Failure> => {
    const ctx = testCtx();
    return failureOf(ctx, await openStore(ctx), { phase: 'build', error });
  };

  test('a base that lacks the C library', async () => {
    const error = new ToolError(
      'BASE_CANNOT_RUN',
      'scratch has no /lib64/ld-linux-x86-64.so.2, the glibc loader that the program asks for',
    );
    expect(await judged(error)).toMatchObject({ phase: 'build', lacks: 'libc', said: [error.message] });
    const library = new ToolError('BASE_CANNOT_RUN', 'alpine:3 has no libstdc++.so.6, which /app needs');
    expect(await judged(library)).toMatchObject({ lacks: 'library' });
  });

  test('a package that needs C, no compiler, and what nobody knows, with the last lines', async () => {
    const detail = 'example.com/a imports b: build constraints exclude all Go files in /mod/b@v1';
    const c = await judged(new ToolError('GO_COMPILE', 'the program does not compile', { detail }));
    expect(c).toMatchObject({ lacks: 'libc', said: ['the program does not compile', detail] });
    const gcc = new ToolError('GO_COMPILE', 'x', {
      detail: 'cgo: C compiler "gcc" not found: exec: "gcc": executable file not found in $PATH',
    });
    expect((await judged(gcc)).cause).toContain('gcc was not found');
    const many = Array.from({ length: 40 }, (_, index) => `line ${index}`).join('\n');
    const other = await judged(new ToolError('RUN_FAILED', 'make ended with code 2', { detail: many }));
    expect(other.cause).toBe('make ended with code 2');
    expect(other.said).toHaveLength(12);
    expect(other.said.at(-1)).toBe('line 39');
  });
});
