/** Where images go, and what can be said of them: each output, each setting, each base, each kind of project. */
import { chmodSync, existsSync, readFileSync, readdirSync, rmSync, statSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { hasDocker, startDocker } from '../components/docker.ts';
import { crane, goCommand, hasGo } from '../components/go.ts';
import { hasPodman, startPodman } from '../components/podman.ts';
import { call, describeWith, findProgram, installed } from '../components/program.ts';
import { hasRegistry, startRegistry } from '../components/registry.ts';
import { sharedTempDir, tempDir } from '../support/ctx.ts';
import { parseJson } from '../support/json.ts';
import { ociProblems } from '../support/oci-schemas/validate.ts';
import { coracle, coracleOk, repository } from './coracle.ts';
import { build as buildAny, digestOf } from './project.ts';
import type { BuildDocument } from './project.ts';
import { mainFile, tiny, write } from './tiny.ts';

const { directory: root, remove } = sharedTempDir();
afterAll(remove);
const env = { CORACLE_HOME: path.join(root, 'home') };
const source = path.join(root, 'tiny');

const schema = path.join(repository, 'docs', 'schemas', 'build.schema.json');
const validate = new Ajv2020({ allErrors: true }).compile(parseJson<object>(readFileSync(schema, 'utf8')));

/** Every document that a build here gives is as its schema says. */
async function build(
  args: readonly string[],
  options: { cwd?: string; env?: Record<string, string> } = {},
): Promise<BuildDocument> {
  const document = await buildAny(args, { ...options, env: { ...env, ...options.env } });
  expect(validate(document) || validate.errors).toBe(true);
  return document;
}

interface Manifest {
  readonly mediaType: string;
  readonly config: { readonly mediaType: string; readonly digest: string };
  readonly layers: readonly { readonly mediaType: string; readonly digest: string }[];
  readonly manifests?: readonly {
    readonly digest: string;
    readonly platform: { readonly architecture: string };
  }[];
  readonly annotations?: Record<string, string>;
}

interface Config {
  readonly config: Record<string, unknown>;
  readonly rootfs: { readonly diff_ids: readonly string[] };
  readonly history: readonly object[];
}

/** A document of the store. */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- as parseJson
function blob<T>(digest: string): T {
  return parseJson<T>(
    readFileSync(path.join(env.CORACLE_HOME, 'store', 'blobs', digest.replace(':', '/')), 'utf8'),
  );
}

/** The least program, in a module of this name. */
const named = (name: string): string =>
  tiny(path.join(root, name), name, `module example.com/${name}\n\ngo 1.20\n`);

/** What a program says; println writes to standard error. */
async function says(file: string): Promise<string> {
  const { stdout, stderr } = await call([file]);
  return `${stdout}${stderr}`;
}

const manifestOf = (document: BuildDocument): Manifest => blob(digestOf(document));
const configOf = (document: BuildDocument): Config => blob(manifestOf(document).config.digest);

beforeAll(() => {
  tiny(source);
});

describe('outputs', () => {
  it('go to every kind of place at once', async () => {
    const to = path.join(root, 'out');
    const args = [
      '-t',
      'team/tiny:1',
      '-o',
      `type=oci,dest=${to}/oci.tar`,
      '-o',
      `type=oci,tar=false,dest=${to}/layout`,
    ];
    args.push(
      '-o',
      `type=docker,dest=${to}/docker.tar`,
      '-o',
      `type=tar,dest=${to}/root.tar`,
      '-o',
      `${to}/rootfs`,
    );
    args.push('--metadata-file', `${to}/metadata.json`, '--iidfile', `${to}/iid`);
    write(to, {});
    await call(['mkdir', '-p', to]);
    const built = await build([...args, source]);
    const digest = digestOf(built);
    for (const place of [
      `oci:${to}/oci.tar`,
      `oci:${to}/layout`,
      `docker-archive:${to}/docker.tar`,
      'team/tiny:1',
    ])
      expect((await coracleOk(['inspect', '-q', place], { env })).trim()).toBe(digest);
    const { stdout } = await call(['tar', '--list', '--file', `${to}/root.tar`]);
    expect(stdout.split('\n')).toContain('app/tiny');
    expect(await says(`${to}/rootfs/app/tiny`)).toBe('hello\n');
    const iid = built.images[0]?.platforms[0]?.configDigest;
    expect(readFileSync(`${to}/iid`, 'utf8')).toBe(iid);
    expect(parseJson(readFileSync(`${to}/metadata.json`, 'utf8'))).toEqual({
      'containerimage.config.digest': iid,
      'containerimage.descriptor': built.images[0]?.descriptor,
      'containerimage.digest': digest,
      'image.name': 'docker.io/team/tiny:1',
    });
    expect(await coracleOk(['build', '-q', '-t', 'team/tiny:1', source], { env })).toBe(`${iid}\n`);
    expect(readdirSync(to).sort()).toEqual([
      'docker.tar',
      'iid',
      'layout',
      'metadata.json',
      'oci.tar',
      'root.tar',
      'rootfs',
    ]);
    // What is gone from there is written again, though nothing changed.
    rmSync(to, { recursive: true });
    await call(['mkdir', '-p', to]);
    expect([(await build([...args, source])).unchanged, existsSync(`${to}/rootfs/app/tiny`)]).toEqual([
      true,
      true,
    ]);
  });

  it.each(['-', 'type=tar', 'type=tar,dest=-', 'type=oci', 'type=docker,dest=-'])(
    'go to standard output: %s',
    async (output) => {
      const place = tempDir();
      const run = 'coracle=$1; shift; "$coracle" build "$@" >out.tar && tar --list --file out.tar';
      const { program } = await import('./coracle.ts');
      const { stdout } = await call(['sh', '-c', run, 'sh', program, '-o', output, source], {
        cwd: place,
        env,
      });
      expect(stdout.split('\n')).toContain(
        output.includes('oci') || output.includes('docker') ? 'index.json' : 'app/tiny',
      );
    },
  );

  it('of two platforms are an index, or a directory each', async () => {
    const to = path.join(tempDir(), 'both');
    const notes = [
      '--annotation',
      'a=manifest',
      '--annotation',
      'index:b=index',
      '--annotation',
      'manifest,index:c=both',
    ];
    const args = ['--platform', 'linux/amd64,linux/arm64', ...notes, source];
    const built = await build(['-o', to, '--iidfile', `${to}.iid`, ...args]);
    expect(readFileSync(`${to}.iid`, 'utf8')).toBe(digestOf(built));
    expect(readdirSync(to).sort()).toEqual(['linux_amd64', 'linux_arm64']);
    const index = manifestOf(built);
    expect(ociProblems('index', index)).toEqual([]);
    expect(index.annotations).toEqual({ b: 'index', c: 'both' });
    expect(index.manifests?.map(({ platform }) => platform.architecture)).toEqual(['amd64', 'arm64']);
    expect(blob<Manifest>(index.manifests?.[1]?.digest ?? '').annotations).toMatchObject({
      a: 'manifest',
      c: 'both',
    });
    const refused = await coracle(['build', '-o', `type=docker,dest=${to}.tar`, ...args], { env });
    expect(refused.stderr).toContain('[UNSUPPORTED]');
    expect(existsSync(`${to}.tar`)).toBe(false);
  });

  it('of several programs are an image each', async () => {
    const place = write(tempDir(), {
      'go.mod': 'module example.com/many\n\ngo 1.20\n',
      'cmd/one/main.go': mainFile('one'),
      'cmd/two/main.go': mainFile('two'),
      'main.go': mainFile('zero'),
    });
    const built = await build(
      ['-t', 'registry.example.com/team:2', '-o', path.join(place, 'out'), './cmd/...'],
      { cwd: place },
    );
    expect(built.images.map(({ references }) => references)).toEqual([
      ['registry.example.com/team/one:2'],
      ['registry.example.com/team/two:2'],
    ]);
    const file = readdirSync(path.join(place, 'out', 'two'))[0] ?? '';
    expect(await says(path.join(place, 'out', 'two', file, 'app', 'two'))).toBe('two\n');
    const one = await build([path.join(place, 'cmd', 'one')]);
    expect(one.images.map(({ program, references }) => [program, references])).toEqual([
      ['one', ['docker.io/library/one:latest']],
    ]);
  });
});

describe('settings', () => {
  const settings = `user: "1000:1001"
entrypoint: [/app/set, serve]
cmd: [--fast]
env: { B: two, A: 1 }
ports: [8080, 53/udp]
labels: { team: a }
annotations: { note: b }
workdir: /srv
stopSignal: SIGQUIT
healthcheck: { cmd: [/app/set, health], interval: 10s, timeout: 1500ms, startPeriod: 1m, retries: 4 }
volumes: [/data]
files:
  - { from: script.sh, to: /usr/bin/script, mode: "0750", owner: "7:8" }
  - { from: tree, to: /srv/tree }
`;

  beforeAll(() => {
    const place = named('set');
    write(place, { 'coracle.yaml': settings, 'script.sh': 'x', 'tree/a/run': 'x', 'tree/b': 'x' });
    chmodSync(path.join(place, 'tree', 'a', 'run'), 0o700);
    chmodSync(path.join(place, 'tree', 'b'), 0o600);
    symlinkSync('b', path.join(place, 'tree', 'link'));
  });

  it('of coracle.yaml are in the image', async () => {
    const tar = path.join(root, 'set.tar');
    const built = await build(['-o', `type=tar,dest=${tar}`, path.join(root, 'set')]);
    const config = configOf(built);
    expect(ociProblems('config', config)).toEqual([]);
    expect(config.config).toEqual({
      User: '1000:1001',
      ExposedPorts: { '53/udp': {}, '8080/tcp': {} },
      Env: ['A=1', 'B=two'],
      Entrypoint: ['/app/set', 'serve'],
      Cmd: ['--fast'],
      Volumes: { '/data': {} },
      WorkingDir: '/srv',
      Labels: expect.objectContaining({ team: 'a', note: 'b' }) as unknown,
      StopSignal: 'SIGQUIT',
      Healthcheck: {
        Test: ['CMD', '/app/set', 'health'],
        Interval: 10e9,
        Timeout: 1.5e9,
        StartPeriod: 60e9,
        Retries: 4,
      },
    });
    const { stdout } = await call(['tar', '--list', '--verbose', '--numeric-owner', '--file', tar]);
    const lines = stdout.split('\n').map((line) => line.replace(/ +\d+ [-0-9]+ [:0-9]+ /, ' '));
    expect(lines).toEqual(
      expect.arrayContaining([
        '-rwxr-x--- 7/8 usr/bin/script',
        '-rwxr-xr-x 0/0 srv/tree/a/run',
        '-rw-r--r-- 0/0 srv/tree/b',
        'lrwxrwxrwx 0/0 srv/tree/link -> b',
        '-rwxr-xr-x 0/0 app/set',
      ]),
    );
  });

  it('on the command line win', async () => {
    const flags = [
      '--user',
      '5',
      '--entrypoint',
      '/app/set other',
      '--cmd',
      '["a b"]',
      '-e',
      'A=2',
      '-p',
      '9090',
      '--label',
      'team=z',
    ];
    flags.push(
      '--annotation',
      'note=y',
      '-w',
      '/tmp',
      '--stop-signal',
      'SIGINT',
      '--no-healthcheck',
      '--volume',
      '/more',
    );
    const built = await build([...flags, path.join(root, 'set')]);
    expect(configOf(built).config).toMatchObject({
      User: '5',
      Entrypoint: ['/app/set', 'other'],
      Cmd: ['a b'],
      WorkingDir: '/tmp',
      StopSignal: 'SIGINT',
      Healthcheck: { Test: ['NONE'] },
      Env: ['A=2', 'B=two'],
      Labels: { team: 'z', note: 'y' },
    });
    expect(manifestOf(built).annotations).toMatchObject({ note: 'y' });
  });

  it('are Docker’s media types when asked for', async () => {
    const manifest = manifestOf(await build(['--media-types', 'docker', source]));
    expect([
      manifest.mediaType,
      manifest.config.mediaType,
      ...new Set(manifest.layers.map(({ mediaType }) => mediaType)),
    ]).toEqual([
      'application/vnd.docker.distribution.manifest.v2+json',
      'application/vnd.docker.container.image.v1+json',
      'application/vnd.docker.image.rootfs.diff.tar.gzip',
    ]);
    expect(manifest.annotations).toBeUndefined();
  });

  it('choose how layers are compressed, which changes no content', async () => {
    const kinds = ['gzip', 'gzip:1', 'gzip:12', 'zstd', 'zstd:19', 'none'];
    const all: BuildDocument[] = [];
    for (const kind of kinds) all.push(await build(['--compression', kind, source]));
    const type = '.v1.tar';
    expect(all.map((built) => manifestOf(built).layers.at(-1)?.mediaType.split(type)[1])).toEqual([
      '+gzip',
      '+gzip',
      '+gzip',
      '+zstd',
      '+zstd',
      '',
    ]);
    expect(new Set(all.map((built) => JSON.stringify(configOf(built).rootfs.diff_ids))).size).toBe(1);
    const [gzip, fast, best, zstd, small, none] = all.map((built) =>
      built.images[0]?.platforms[0]?.layers.at(-1),
    );
    const size = (layer: typeof gzip): number => layer?.size ?? 0;
    expect([size(fast) > size(gzip), size(gzip) > size(best), size(zstd) > size(small), size(none)]).toEqual([
      true,
      true,
      true,
      none?.uncompressedSize,
    ]);
  });

  it('take the time of SOURCE_DATE_EPOCH', async () => {
    const built = await build([source], { env: { SOURCE_DATE_EPOCH: '1700000000' } });
    expect(configOf(built)).toMatchObject({ created: '2023-11-14T22:13:20Z' });
  });
});

describeWith([hasRegistry], 'a base', () => {
  it('is nothing, ours, or an image, which the lock pins', async () => {
    const registry = await startRegistry();
    onTestFinished(async () => registry.stop());
    const place = named('based');
    const scratch = await build(['--base', 'scratch', place]);
    expect(scratch.images[0]?.platforms[0]?.layers.map(({ what }) => what)).toEqual(['program']);
    const own = await build(['--base', 'static', '-o', path.join(root, 'static'), place]);
    expect(own.images[0]?.platforms[0]?.layers.map(({ what }) => what)).toEqual(['base', 'program']);
    expect(readFileSync(path.join(root, 'static', 'etc', 'passwd'), 'utf8')).toContain(
      'nonroot:x:65532:65532:',
    );
    expect(
      readFileSync(path.join(root, 'static', 'etc', 'ssl', 'certs', 'ca-certificates.crt'), 'utf8'),
    ).toContain('BEGIN CERTIFICATE');
    expect(existsSync(path.join(root, 'static', 'usr', 'share', 'zoneinfo', 'Europe', 'Berlin'))).toBe(true);
    expect(statSync(path.join(root, 'static', 'tmp')).mode & 0o7777).toBe(0o1777);

    const base = `${registry.host}/base:1`;
    const push = async (...more: string[]): Promise<string> =>
      digestOf(
        await build([
          '--base',
          'static',
          '-e',
          'LANG=C',
          '-e',
          'A=base',
          '--label',
          'from=base',
          '--cmd',
          'x',
          '-t',
          base,
          '--push',
          ...more,
          source,
        ]),
      );
    const first = await push();
    const below = manifestOf(await build(['--base', 'static', source])).layers;
    const on = ['--base', base, '-e', 'A=mine', place];
    const built = await build(on);
    expect(built.images[0]?.platforms[0]?.base).toMatchObject({ name: base, digest: first });
    const manifest = manifestOf(built);
    expect(manifest.layers.slice(0, 2).map(({ digest }) => digest)).toEqual(
      below.map(({ digest }) => digest),
    );
    expect(manifest.annotations).toMatchObject({
      'org.opencontainers.image.base.name': base,
      'org.opencontainers.image.base.digest': first,
    });
    const { config, history, rootfs } = configOf(built);
    expect(config).toMatchObject({
      Env: ['A=mine', 'LANG=C'],
      User: '65532:65532',
      Entrypoint: ['/app/based'],
      Labels: { from: 'base' },
    });
    expect(config['Cmd']).toBeUndefined();
    expect([rootfs.diff_ids.length, history.length]).toEqual([3, 3]);

    const second = await push('--label', 'from=newer');
    expect(second).not.toBe(first);
    const same = await build(['--locked', '--no-cache', ...on]);
    expect(digestOf(same)).toBe(digestOf(built));
    const told = await coracleOk(['lock', '--update', '--dry-run', '--base', base, place], { env });
    expect(told).toContain(`${first} -> ${second}`);
    expect(digestOf(await build(['--locked', ...on]))).toBe(digestOf(built));
    await coracleOk(['lock', '--update', '--base', base, place], { env });
    expect((await build(['--locked', ...on])).images[0]?.platforms[0]?.base.digest).toBe(second);
    await call([await crane(), 'tag', base, '2']);
    const refused = await coracle(['build', '--locked', '--base', `${registry.host}/base:2`, place], { env });
    expect(refused.stderr).toContain('[LOCK_MISMATCH]');
  });
});

describeWith([hasGo, installed('gcc')], 'a program with C', () => {
  const place = path.join(root, 'c');

  beforeAll(() => {
    write(place, {
      'go.mod': 'module example.com/c\n\ngo 1.20\n',
      'main.go':
        'package main\n\n// int answer(void) { return 42; }\nimport "C"\n\nfunc main() { println(C.answer()) }\n',
    });
  });

  it('is refused a base that lacks its library, which is named, and so is a base that has it', async () => {
    const { stderr, code } = await coracle(['build', '--cgo', 'dynamic', '--base', 'static', place], { env });
    expect(stderr).toContain('[BASE_CANNOT_RUN]');
    expect(stderr).toMatch(/libc\.so\.6|ld-linux/);
    expect(stderr).toMatch(/^hint: .*(debian|distroless)/m);
    expect(code).not.toBe(0);
  });

  it('runs on nothing when it is linked statically', async () => {
    const to = path.join(tempDir(), 'out');
    await build(['--cgo', 'static', '--base', 'scratch', '-o', to, place]);
    expect(await says(path.join(to, 'app', 'c'))).toBe('42\n');
  });
});

describe('a project', () => {
  it('of ko is built as ko would, its data with it', async () => {
    const place = named('ko');
    write(place, {
      '.ko.yaml':
        'defaultBaseImage: static\nbuilds:\n- main: .\n  ldflags: ["-X main.version={{.Env.KO_VERSION}}"]\n',
      'main.go':
        'package main\n\nimport "os"\n\nvar version string\n\nfunc main() { os.Stdout.WriteString(version + os.Getenv("KO_DATA_PATH")) }\n',
      'kodata/page.html': 'page',
      'kodata/sub/x': 'x',
    });
    const to = path.join(tempDir(), 'out');
    const again = async (): Promise<BuildDocument> => build(['-o', to, place], { env: { KO_VERSION: 'v7' } });
    const built = await again();
    expect(built.images[0]?.platforms[0]?.base.name).toContain('static');
    expect(configOf(built).config['Env']).toEqual(['KO_DATA_PATH=/var/run/ko']);
    expect((await call([path.join(to, 'app', 'ko')], { env: { KO_DATA_PATH: '' } })).stdout).toBe('v7');
    expect(readFileSync(path.join(to, 'var', 'run', 'ko', 'page.html'), 'utf8')).toBe('page');
    write(place, { 'kodata/sub/new': 'x' });
    expect(digestOf(await again())).not.toBe(digestOf(built));
    expect((await again()).unchanged).toBe(true);
  });

  it('with a vendor folder is built from it, and with a workspace from its modules', async () => {
    const place = write(path.join(root, 'work'), {
      'app/go.mod': 'module example.com/app\n\ngo 1.20\n\nrequire example.com/lib v1.0.0\n',
      'app/main.go':
        'package main\n\nimport (\n\t"os"\n\n\t"example.com/lib"\n)\n\nfunc main() { os.Stdout.WriteString(lib.Word) }\n',
      'lib/go.mod': 'module example.com/lib\n\ngo 1.20\n',
      'lib/lib.go': 'package lib\n\nconst Word = "lib"\n',
      'go.work': 'go 1.20\n\nuse (\n\t./app\n\t./lib\n)\n',
    });
    const app = path.join(place, 'app');
    const word = async (): Promise<string> => {
      const to = path.join(tempDir(), 'out');
      await build(['-o', to, app]);
      return (await call([path.join(to, 'app', 'app')])).stdout;
    };
    expect(await word()).toBe('lib');
    write(place, { 'lib/lib.go': 'package lib\n\nconst Word = "changed"\n' });
    expect(await word()).toBe('changed');
    rmSync(path.join(place, 'go.work'));
    write(app, {
      'go.mod':
        'module example.com/app\n\ngo 1.20\n\nrequire example.com/lib v1.0.0\n\nreplace example.com/lib => ../lib\n',
    });
    await goCommand(['mod', 'vendor'], { cwd: app, env: { GOFLAGS: '' } });
    rmSync(path.join(place, 'lib'), { recursive: true });
    expect(await word()).toBe('changed');
    write(app, { 'vendor/example.com/lib/lib.go': 'package lib\n\nconst Word = "vendored"\n' });
    expect(await word()).toBe('vendored');
  });
});

describeWith([hasDocker], 'Docker', () => {
  it.each(['gzip', 'none'])('has what is loaded into it, compressed by %s', async (compression) => {
    const docker = await startDocker();
    onTestFinished(async () => docker.stop());
    const built = await build(['--load', '-t', 'team/loaded:1', '--compression', compression, source], {
      env: { DOCKER_HOST: docker.host },
    });
    const id = (await docker.docker('image', 'inspect', '--format', '{{.Id}}', 'team/loaded:1')).trim();
    expect([built.images[0]?.platforms[0]?.configDigest, digestOf(built)]).toContain(id);
  });
});

describeWith([hasPodman], 'Podman', () => {
  it('runs what is loaded into it', async () => {
    const podman = await startPodman();
    onTestFinished(async () => podman.stop());
    // A socket that nobody listens on is no engine: the podman command is.
    const built = await build(['--load', '-t', 'registry.example.com/team/loaded:1', source], {
      env: { ...podman.env, DOCKER_HOST: `unix://${root}/none.sock` },
    });
    const id = (
      await podman.podman('image', 'inspect', '--format', '{{.Id}}', 'registry.example.com/team/loaded:1')
    ).trim();
    expect(`sha256:${id}`).toBe(built.images[0]?.platforms[0]?.configDigest);
    // A machine may allow no higher limits than these.
    const limits = ['--ulimit=nofile=1024:1024', '--ulimit=nproc=1024:1024'];
    const name = 'registry.example.com/team/loaded:1';
    const { stderr } = await call(
      [findProgram('podman') ?? '', 'run', '--rm', '--network=none', ...limits, name],
      { env: podman.env },
    );
    expect(stderr).toContain('hello\n');
  });
});
