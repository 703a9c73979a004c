/** Options of a Dockerfile build that say how it is done, not what: each does what docs/dockerfile.md says of it. */
import { copyFileSync, readFileSync, utimesSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import type { Exit } from '../../src/core/exec.ts';
import { describeWith, findProgram, installed, isRoot } from '../components/program.ts';
import { tempDir } from '../support/ctx.ts';
import { parseJson } from '../support/json.ts';
import { coracle } from './coracle.ts';
import { tiny, write } from './tiny.ts';

interface Built {
  readonly images: readonly { readonly descriptor: { readonly digest: string } }[];
  readonly steps?: readonly {
    readonly name: string;
    readonly state: string;
    readonly because: readonly string[];
  }[];
  readonly differing?: readonly { readonly differences: readonly { readonly path: string }[] }[];
}

interface Project {
  readonly directory: string;
  build(...args: readonly string[]): Promise<Exit & { readonly built: Built }>;
  coracle(...args: readonly string[]): Promise<Exit>;
}

/** A context with busybox in it, and a home of its own; `lines` follow a stage that has a shell. */
function project(...lines: readonly string[]): Project {
  const root = tempDir();
  const env = { CORACLE_HOME: path.join(root, 'home'), SOURCE_DATE_EPOCH: undefined };
  const shell = ['FROM scratch AS shell', 'COPY --chmod=755 busybox /bin/sh', 'ENV PATH=/bin'];
  const directory = write(path.join(root, 'app'), {
    Dockerfile: [...shell, ...lines, ''].join('\n'),
    'main.txt': 'one\n',
  });
  copyFileSync(findProgram('busybox') ?? '', path.join(directory, 'busybox'));
  return {
    directory,
    coracle: async (...args) => coracle(args, { env }),
    build: async (...args) => {
      const exit = await coracle(['build', '--json', '--progress=plain', ...args, directory], { env });
      return { ...exit, built: { images: [], ...parseJson<Partial<Built>>(exit.stdout) } };
    },
  };
}

function digestOf({ built, stderr }: { readonly built: Built; readonly stderr: string }): string {
  const [image] = built.images;
  if (!image) throw new Error(stderr);
  return image.descriptor.digest;
}

/** State and reasons of each step, by its instruction. */
function states({ steps = [] }: Built): Record<string, readonly string[]> {
  return Object.fromEntries(
    steps.map(({ name, state, because }) => [name.replace(/^\[[^\]]*\] /, ''), [state, ...because]]),
  );
}

const random = 'RUN head -c 8 /dev/urandom >/made';

describeWith([isRoot, installed('busybox'), installed('unshare')], 'an option of a Dockerfile build', () => {
  it('--dry-run and --explain say which steps run, and why', async () => {
    const { directory, build } = project('COPY main.txt /', 'RUN cat main.txt >/made');
    await build();
    write(directory, { 'main.txt': 'two\n' });
    const dry = await build('--dry-run');
    expect(dry.built.images).toEqual([]);
    expect(states(dry.built)).toMatchObject({
      'COPY --chmod=755 busybox /bin/sh': ['cached'],
      'COPY main.txt /': ['would run', 'file main.txt changed'],
      'RUN cat main.txt >/made': ['would run', 'an earlier step would run'],
    });
    const { built } = await build('--explain');
    expect(states(built)).toMatchObject({
      'COPY main.txt /': ['ran', 'file main.txt changed'],
      'RUN cat main.txt >/made': ['ran', 'the files beneath changed'],
    });
  });

  it('--no-cache runs all steps, --no-cache-filter those of one stage', async () => {
    const { build } = project('RUN true', 'FROM shell AS other', random);
    const first = digestOf(await build());
    expect(digestOf(await build('--no-cache-filter', 'nosuch'))).toBe(first);
    const filtered = await build('--no-cache-filter', 'other', '--explain');
    expect(digestOf(filtered)).not.toBe(first);
    expect(states(filtered.built)).toMatchObject({
      'RUN true': ['cached'],
      [random]: ['ran', '--no-cache-filter'],
    });
    expect(states((await build('--no-cache', '--explain')).built)).toMatchObject({
      'RUN true': ['ran', '--no-cache'],
    });
  });

  it('--keep-timestamps keeps times, which else are those of the epoch', async () => {
    const { directory, build } = project('COPY main.txt /');
    const file = path.join(directory, 'main.txt');
    const tar = path.join(directory, '..', 'image.tar');
    const times = async (...args: readonly string[]): Promise<[digest: string, kept: boolean]> => {
      const digest = digestOf(await build('-o', `type=tar,dest=${tar}`, ...args));
      return [digest, readFileSync(tar).includes((1_234_567_890).toString(8))];
    };
    const plain = await times();
    utimesSync(file, 1_234_567_890, 1_234_567_890);
    expect(await times()).toEqual(plain);
    expect(plain[1]).toBe(false);
    expect((await times('--keep-timestamps'))[1]).toBe(true);
  });

  it('--verify names the files that a second build makes differently', async () => {
    const same = await project('RUN echo made >/made').build('--verify');
    expect(same.built.differing ?? []).toEqual([]);
    const { built, code } = await project(random).build('--verify');
    expect(code).toBe(1);
    expect(built.differing?.flatMap(({ differences }) => differences.map((one) => one.path))).toEqual([
      '/made',
    ]);
  });

  it('--pull asks the registry for a base that the store has', async () => {
    const { directory, build } = project();
    const base = '127.0.0.1:1/base:1';
    await build('-t', base);
    write(directory, { 'other.Dockerfile': `FROM ${base}\nCOPY main.txt /\n` });
    const other = ['-f', path.join(directory, 'other.Dockerfile')];
    expect((await build(...other)).code).toBe(0);
    expect((await build(...other, '--pull')).stderr).toContain('127.0.0.1:1');
    expect((await build(...other, '--pull')).code).not.toBe(0);
  });

  it('--allow is asked for by --security=insecure', async () => {
    const { build } = project('RUN --security=insecure true');
    const refused = await build();
    expect(refused.stderr).toContain('--allow security.insecure');
    expect(refused.code).not.toBe(0);
    // Whether it then runs is a matter of what this root may.
    expect((await build('--allow', 'security.insecure')).stderr).not.toContain('not allowed');
  });

  it.each(['builtin', 'chroot'])('--sandbox %s gives the same image', async (sandbox) => {
    const lines = ['RUN mkdir -p /a/b && echo made >/a/b/c && ln -s c /a/b/d && rm -r /a/b/c'];
    const { build } = project(...lines);
    expect(digestOf(await build('--sandbox', sandbox))).toBe(digestOf(await project(...lines).build()));
  });

  it('--frontend chooses where a directory has a Dockerfile and a Go program', async () => {
    const { directory, build } = project();
    tiny(directory);
    expect((await build('--dry-run')).code).toBe(0);
    const clash = await build('--go-tags', 'x');
    expect(clash.stderr).toContain('Add --frontend go');
    expect((await build('--frontend', 'dockerfile', '--target', 'nosuch')).stderr).toContain('no stage');
    expect((await build('--frontend', 'go', '--target', 'shell')).stderr).toContain(
      '--target is for Dockerfiles',
    );
  });

  it('--secret reaches the step that asks for it, and nothing that is printed or kept', async () => {
    const value = 'a-value-found-nowhere';
    const {
      directory,
      build,
      coracle: call,
    } = project(
      'RUN --mount=type=secret,id=token,env=TOKEN test "$TOKEN" = a-value-found-nowhere && echo seen >/made',
      'RUN --mount=type=secret,id=token test -e /run/secrets/token && exit 9',
    );
    write(directory, { '../token.txt': value, '.dockerignore': 'Dockerfile\n' });
    const failed = await build('--secret', `id=token,src=${path.join(directory, '../token.txt')}`);
    expect(failed.stderr).toContain('exit code 9');
    expect(failed.stderr.replaceAll('$TOKEN" = a-value', '')).not.toContain(`found ${value}`);
    const id = /--failed ([0-9a-f]+)/.exec(failed.stderr)?.[1] ?? '';
    const shell = await call('run', '--failed', id, '--', 'sh', '-c', 'cat /made; ls /run/secrets');
    expect(shell.stdout).toBe('seen\n');
    expect(shell.stderr).toContain('secret token');
  });
});
