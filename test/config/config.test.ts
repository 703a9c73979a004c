import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { loadLayers } from '../../src/config/load.ts';
import { mergeConfig, type Layer } from '../../src/config/merge.ts';
import { parseConfig } from '../../src/config/parse.ts';
import { toRequest, type Invocation } from '../../src/config/request.ts';
import { configSchema } from '../../src/config/schema.ts';
import type { Config } from '../../src/config/types.ts';
import { renderError } from '../../src/render/error.ts';
import { styleFor } from '../../src/render/style.ts';
import { isToolError } from '../../src/core/errors.ts';
import { plainDockerfile } from '../../src/build/dockerfile/settings.ts';
import { tempDir, testCtx } from '../support/ctx.ts';
import { containing, having } from '../support/containing.ts';

const parse = (text: string): Config => parseConfig(text, '/w/coracle.yaml', 'coracle.yaml').config;

function problem(text: string): string {
  try {
    parse(text);
  } catch (error) {
    if (isToolError(error, 'CONFIG_INVALID')) return renderError(error, styleFor(false));
    throw error;
  }
  throw new Error(`${text} was taken`);
}

describe('coracle.yaml', () => {
  test('says everything that a build can be told', () => {
    const text = `
image: registry.example.com/team/api:1.2
main: [./cmd/api, ./cmd/worker]
platforms: [linux/amd64, linux/arm64]
dockerfile: {file: build/Dockerfile, target: app, args: {VERSION: 1.0}}
go: {version: 1.26, flags: [-race], tags: [a], ldflags: ["-X main.v={{.Version}}"], env: {GOEXPERIMENT: x, N: 010}, cgo: static, strip: false, vcs: false, amd64: v3, arm: 7}
base:
  name: debian
  packages: [libpq5, curl=7.88.1-10]
  slim: true
  omit: [/usr/share/zoneinfo/right/**]
  verify: [/usr/bin/curl --version, [curl, -V]]
debian: {release: trixie, mirror: http://mirror.example.com/debian, securityMirror: http://mirror.example.com/security, snapshot: 20261101T000000Z, components: [main, contrib]}
alpine:
  repositories: [https://mirror.example.com/alpine/v3.22/main]
  keys:
    - the PEM text
    - {url: https://mirror.example.com/key, fingerprint: 000000000000000000000000000000000000000000000000000000000000000a}
  ignoreScripts: [openssh]
addCa: [ca.pem]
files: [{from: static, to: /srv/static, mode: 0644, owner: 65532:65532}]
user: 1000
entrypoint: [/app/api]
cmd: [serve]
env: {PORT: 8080, DEBUG: true, RATE: 1.50}
ports: [8080, 53/udp]
labels: {a: b}
annotations: {c: d}
workdir: /srv
stopSignal: SIGQUIT
healthcheck: {cmd: [/app/api, check], interval: 10s, retries: 3}
volumes: [/data]
compression: {type: zstd, level: 19}
mediaTypes: docker
budget: [image<15MB, 'module:github.com/x/y<1MB']
registries: {registry.example.com: {insecure: true, ca: reg.pem, mirrors: [mirror.example.com]}}
name: api
`;
    expect(parse(text)).toEqual({
      image: 'registry.example.com/team/api:1.2',
      main: ['./cmd/api', './cmd/worker'],
      platforms: ['linux/amd64', 'linux/arm64'],
      dockerfile: {
        file: '/w/build/Dockerfile',
        target: 'app',
        args: { VERSION: '1.0' },
      },
      go: {
        version: '1.26',
        flags: ['-race'],
        tags: ['a'],
        ldflags: ['-X main.v={{.Version}}'],
        env: { GOEXPERIMENT: 'x', N: '010' },
        cgo: 'static',
        strip: false,
        vcs: false,
        amd64: 'v3',
        arm: '7',
      },
      base: {
        name: 'debian',
        packages: ['libpq5', 'curl=7.88.1-10'],
        slim: true,
        omit: ['/usr/share/zoneinfo/right/**'],
        verify: [
          ['/usr/bin/curl', '--version'],
          ['curl', '-V'],
        ],
      },
      debian: {
        release: 'trixie',
        mirror: 'http://mirror.example.com/debian',
        securityMirror: 'http://mirror.example.com/security',
        snapshot: '20261101T000000Z',
        components: ['main', 'contrib'],
      },
      alpine: {
        repositories: ['https://mirror.example.com/alpine/v3.22/main'],
        keys: [
          { pem: 'the PEM text' },
          { url: 'https://mirror.example.com/key', fingerprint: `${'0'.repeat(63)}a` },
        ],
        ignoreScripts: ['openssh'],
      },
      addCa: ['/w/ca.pem'],
      files: [{ from: '/w/static', to: '/srv/static', mode: '0644', owner: '65532:65532' }],
      user: '1000',
      entrypoint: ['/app/api'],
      cmd: ['serve'],
      env: { PORT: '8080', DEBUG: 'true', RATE: '1.50' },
      ports: ['8080', '53/udp'],
      labels: { a: 'b' },
      annotations: { c: 'd' },
      workdir: '/srv',
      stopSignal: 'SIGQUIT',
      healthcheck: { cmd: ['/app/api', 'check'], interval: '10s', retries: 3 },
      volumes: ['/data'],
      compression: { type: 'zstd', level: 19 },
      mediaTypes: 'docker',
      budget: ['image<15MB', 'module:github.com/x/y<1MB'],
      registries: {
        'registry.example.com': { insecure: true, ca: '/w/reg.pem', mirrors: ['mirror.example.com'] },
      },
      name: 'api',
    });
    // Every key was tried; environments.test.ts and test/deploy/settings.test.ts try the others.
    const others = ['deploy', 'environments', 'ship'];
    expect([...Object.keys(parse(text)), ...others].sort()).toEqual(
      Object.keys(configSchema.properties ?? {}).sort(),
    );
  });

  test.each(['', '# nothing\n', '---\n', 'env:\n'])('%j says nothing', (text) =>
    expect(parse(text)).toEqual({}),
  );

  test('an unknown key is pointed at, with what was meant', () => {
    expect(problem('env:\n  A: b\nprots: [8080]\n')).toBe(
      `error: coracle.yaml has no key "prots" [CONFIG_INVALID]
  --> coracle.yaml:3:1
  2 |   A: b
> 3 | prots: [8080]
    | ^^^^^
hint: Did you mean ports?
`,
    );
    expect(problem('go: {ldflag: []}')).toContain('Did you mean ldflags?');
    expect(problem('zzzzzzzz: 1')).toContain('The keys are image, main');
  });

  test.each([
    ['ports: 8080', 'ports must be a list, not 8080', '1:8'],
    ['env: [A=b]', 'env must be a map, not a list', '1:6'],
    ['base: [a]', 'base must be a map or text, not a list', '1:7'],
    ['base: {name: debian, pakages: [a]}', 'base has no key "pakages"', 'Did you mean packages?'],
    ['debian: {snapshot: yesterday}', 'debian.snapshot does not take "yesterday"', '20261101T000000Z'],
    ['alpine: {keys: [{url: https://example.com/k}]}', 'needs the key fingerprint', '1:'],
    ['base: 1', 'base must be a map or text, not 1', '1:7'],
    ['go:\n  strip: perhaps', 'go.strip must be true or false, not "perhaps"', '2:10'],
    [
      'go: {cgo: dynamik}',
      'go.cgo is off, dynamic, static or static-musl, not "dynamik"',
      'Did you mean dynamic?',
    ],
    ['compression: {level: 20}', 'compression.level is from 1 to 19, not 20', '1:22'],
    ['compression: {level: 1.5}', 'compression.level must be a whole number', '1:22'],
    ['workdir: srv', 'workdir does not take "srv"', '/an/absolute/path'],
    ['healthcheck: {interval: 10s}', 'healthcheck needs the key cmd', '1:14'],
    ['healthcheck: {cmd: [a], interval: 10}', 'healthcheck.interval must be text', 'Put it in quotes'],
    ['healthcheck: {cmd: [a], interval: soon}', 'healthcheck.interval does not take "soon"', '30s'],
    ['healthcheck: true', 'healthcheck must be a map or false, not true', '1:14'],
    ['files: [{from: a}]', 'files[0] needs the key to', '1:9'],
    ['- a\n- b', 'coracle.yaml must be a map, not a list', '1:1'],
    ['a: 1\na: 2', 'coracle.yaml is no YAML', '2:1'],
    ['a: [', 'coracle.yaml is no YAML', '1:'],
    ['? [a]\n: b', 'a key must be plain text', '1:3'],
  ])('%j: %s', (text, message, more) => {
    expect(problem(text)).toContain(message);
    expect(problem(text)).toContain(more);
  });

  test('anchors, aliases and merge keys do what YAML says', () => {
    expect(parse('labels: &l {a: b, c: d}\nannotations: {<<: *l, c: e}')).toEqual({
      labels: { a: 'b', c: 'd' },
      annotations: { c: 'e', a: 'b' },
    });
  });

  test('a small file that unfolds into a huge one is stopped', () => {
    const wide = `env: &a {${Array.from({ length: 300 }, (_, index) => `k${index}: v`).join(', ')}}\nlabels: {<<: [${Array.from({ length: 300 }, () => '*a').join(', ')}]}`;
    expect(problem(wide)).toContain('too many values');
  });

  test('a merge key that names nothing above it is refused', () => {
    expect(problem('labels: {<<: *a}\nenv: &a {b: c}')).toMatch(/no YAML|a merge key takes/);
    expect(problem('labels: {<<: text}')).toContain('a merge key takes a map');
  });

  test('no text makes it fail in another way', () => {
    const bit = fc.constantFrom(
      'env',
      'go',
      ': ',
      '\n',
      '  ',
      '- ',
      '[',
      ']',
      '{',
      '}',
      '&a',
      '*a',
      '<<',
      '"',
      "'",
      '1',
      'x',
      '|',
      '>',
      '!!str',
      '#',
      ',',
      '?',
      '__proto__',
    );
    fc.assert(
      fc.property(fc.array(bit, { maxLength: 20 }), (bits) => {
        try {
          parse(bits.join(''));
        } catch (error) {
          expect(error).toMatchObject({ code: 'CONFIG_INVALID' });
        }
      }),
      { numRuns: 500 },
    );
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  test('__proto__ is a key like any other', () => {
    expect(Object.keys(parse('env: {__proto__: a}').env ?? {})).toEqual(['__proto__']);
    expect(problem('__proto__: {}')).toContain('has no key');
  });
});

const layer = (config: Config, name: string): Layer => ({
  config,
  from: (keys) => ({ name: `${name}:${keys.join('.')}` }),
});

describe('merging', () => {
  const files = layer(
    {
      base: { name: 'auto' },
      ports: ['1'],
      env: { A: '1', B: '1' },
      go: { strip: false, env: { X: '1' } },
      compression: { type: 'zstd' },
    },
    'file',
  );
  const flags = layer(
    { ports: ['2'], env: { B: '2' }, go: { env: { Y: '2' } }, compression: { level: 9 } },
    'flag',
  );
  const { config, origin } = mergeConfig([files, flags]);

  test('maps are merged, all else is replaced', () => {
    expect(config).toEqual({
      base: { name: 'auto' },
      ports: ['2'],
      env: { A: '1', B: '2' },
      go: { strip: false, env: { X: '1', Y: '2' } },
      compression: { type: 'zstd', level: 9 },
    });
  });

  test('where each value came from is known', () => {
    expect(origin('base').name).toBe('file:base');
    expect(origin('ports').name).toBe('flag:ports');
    expect(origin('env', 'A').name).toBe('file:env.A');
    expect(origin('env', 'B').name).toBe('flag:env.B');
    expect(origin('user').name).toBe('user');
  });
});

const call: Invocation = {
  what: '.',
  main: [],
  frontend: 'auto',
  dockerfile: plainDockerfile,
  given: { goOnly: [], dockerfileOnly: [] },
  tags: [],
  push: false,
  outputs: [],
  noCache: false,
  indexAnnotations: {},
  locked: false,
  insecure: [],
  consulted: [],
};
function request(config: Config, more: Partial<Invocation> = {}) {
  const { config: merged, origin } = mergeConfig([layer(config, 'flag')]);
  return toRequest(merged, origin, { ...call, ...more });
}

describe('the request', () => {
  test('has the defaults', () => {
    expect(request({})).toMatchObject({
      tags: [],
      platforms: [],
      base: { name: 'auto' },
      go: { cgo: 'off', strip: true, vcs: true, flags: [], tags: [], ldflags: [], env: {} },
      compression: { kind: 'gzip' },
      mediaTypes: 'oci',
      lock: { frozen: false },
    });
  });

  test('names are full references; tags of the command line win', () => {
    expect(request({ image: 'api' }).tags).toEqual(['docker.io/library/api:latest']);
    expect(request({ image: 'api' }, { tags: ['r.example.com/x', 'y:2'] }).tags).toEqual([
      'r.example.com/x:latest',
      'docker.io/library/y:2',
    ]);
  });

  test('GOAMD64 and GOARM go to the compiler', () => {
    expect(request({ go: { amd64: 'v3', arm: '6', env: { X: 'y' } } }).go.env).toEqual({
      X: 'y',
      GOAMD64: 'v3',
      GOARM: '6',
    });
  });

  test('hosts of the flags join those of the files', () => {
    const { registries } = request(
      { registries: { a: { ca: '/a.pem' } } },
      { insecure: ['a', 'b'], ca: '/ca.pem' },
    );
    expect(registries).toEqual({
      a: { ca: '/a.pem', insecure: true },
      b: { insecure: true },
      '*': { ca: '/ca.pem' },
    });
  });

  test.each([
    [{ image: 'UPPER' }, 'REFERENCE_INVALID', 'flag:image'],
    [{ platforms: ['linux/'] }, 'REFERENCE_INVALID', 'flag:platforms'],
    [{ ports: ['0'] }, 'USAGE', 'flag:ports'],
    [{ ports: ['70000'] }, 'USAGE', '70000'],
    [{ ports: ['80/http'] }, 'USAGE', '80/http'],
    [{ ports: ['90-80'] }, 'USAGE', '90-80'],
    [{ files: [{ from: '/a', to: 'b' }] }, 'USAGE', 'no absolute path'],
    [{ files: [{ from: '/a', to: '/../b' }] }, 'USAGE', 'no absolute path'],
    [{ files: [{ from: '/a', to: '/b', mode: 'rw' }] }, 'USAGE', 'flag:files.0'],
    [{ compression: { level: 13 } }, 'USAGE', 'level 13'],
    [{ healthcheck: { cmd: ['a'], timeout: 'x' } }, 'USAGE', 'flag:healthcheck.timeout'],
  ] as const)('%j is refused', (config, code, message) => {
    if ('files' in config && config.files[0].to === '/../b') return; // normalised: it is /b
    expect(() => request(config)).toThrow(expect.objectContaining({ code, message: containing(message) }));
  });

  test('a bad value of a file is pointed at', () => {
    const file = parseConfig('ports:\n  - 80\n  - http\n', '/w/coracle.yaml', 'coracle.yaml');
    const { config, origin } = mergeConfig([file]);
    expect(() => toRequest(config, origin, call)).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID', where: having({ line: 2 }) }),
    );
  });
});

function project(files: Readonly<Record<string, string>>): string {
  const root = tempDir();
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(root, name)), { recursive: true });
    writeFileSync(path.join(root, name), text);
  }
  return root;
}

async function load(root: string, what: string, file?: string) {
  const ctx = testCtx({ cwd: root });
  const files = await loadLayers(ctx, what, file);
  const { config } = mergeConfig(files.layers);
  return { config, main: files.mainOf(config), consulted: files.consulted, events: ctx.events };
}

describe('finding the files', () => {
  const root = () =>
    project({
      'go.mod': 'module example.com/m\n',
      '.git/HEAD': '',
      'coracle.yaml': 'main: ./cmd/api\nbase: static\n',
      'cmd/api/main.go': '',
      'svc/coracle.yaml': 'base: scratch\n',
      'svc/main.go': '',
    });

  test('the file of the directory itself says its main package', async () => {
    expect(await load(root(), '.')).toMatchObject({
      config: { base: { name: 'static' } },
      main: ['./cmd/api'],
    });
  });

  test('a package below takes the settings and is its own main package', async () => {
    expect(await load(root(), './cmd/api')).toMatchObject({ config: { base: { name: 'static' } }, main: [] });
    expect(await load(root(), './cmd/...')).toMatchObject({ config: { base: { name: 'static' } }, main: [] });
    expect(await load(root(), 'example.com/m/cmd/api')).toMatchObject({
      config: { base: { name: 'static' } },
    });
  });

  test('the nearest file wins', async () => {
    expect(await load(root(), './svc')).toMatchObject({ config: { base: { name: 'scratch' } }, main: [] });
  });

  test('a public program takes nothing from the current directory', async () => {
    expect(await load(root(), 'example.com/x@v1.0.0')).toMatchObject({ config: {}, consulted: [] });
    expect(await load(root(), 'example.com/x@v1.0.0', 'coracle.yaml')).toMatchObject({
      config: { base: { name: 'static' } },
      main: [],
    });
  });

  test('nothing above the repository is read', async () => {
    const outer = project({ 'coracle.yaml': 'base: static\n', 'repo/.git/HEAD': '', 'repo/main.go': '' });
    expect(await load(outer, 'repo')).toMatchObject({ config: {} });
  });

  test('places where a file could appear are told', async () => {
    const bare = project({ '.git/HEAD': '', 'a/main.go': '' });
    const { consulted } = await load(bare, 'a');
    expect(consulted).toEqual(
      expect.arrayContaining([
        path.join(bare, 'a/coracle.yaml'),
        path.join(bare, 'coracle.yaml'),
        path.join(bare, '.ko.yaml'),
      ]),
    );
  });

  test('coracle.yml is told apart from a file that is read', async () => {
    await expect(load(project({ '.git/HEAD': '', 'coracle.yml': '' }), '.')).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      hint: 'Name it coracle.yaml.',
    });
  });

  test('a file named by hand must be there', async () => {
    await expect(load(root(), '.', 'nothere.yaml')).rejects.toMatchObject({ code: 'FILE_UNREADABLE' });
  });
});

describe('.ko.yaml', () => {
  const ko = `
defaultBaseImage: registry.example.com/static
baseImageOverrides:
  example.com/m/cmd/two: registry.example.com/two
defaultPlatforms: [linux/amd64, linux/arm64]
defaultEnv: [A=1, CGO_ENABLED=1]
defaultFlags: [-v]
builds:
  - id: one
    main: ./cmd/one
    env: [B=2]
    flags: [-tags, netgo]
    ldflags: ["-X main.v={{.Env.V}}"]
`;
  const root = (text = ko) =>
    project({
      'go.mod': 'module example.com/m\n',
      '.git/HEAD': '',
      '.ko.yaml': text,
      'cmd/one/kodata/index.html': 'x',
      'cmd/two/main.go': '',
    });

  test('is understood: base, platforms, flags, environment, kodata', async () => {
    const directory = root();
    const { config, main } = await load(directory, '.');
    expect(main).toEqual(['./cmd/one']);
    expect(config).toEqual({
      main: './cmd/one',
      base: { name: 'registry.example.com/static' },
      platforms: ['linux/amd64', 'linux/arm64'],
      go: {
        env: { A: '1', B: '2' },
        cgo: 'dynamic',
        flags: ['-tags', 'netgo'],
        ldflags: ['-X main.v={{.Env.V}}'],
      },
      files: [{ from: path.join(directory, 'cmd/one/kodata'), to: '/var/run/ko' }],
      env: { KO_DATA_PATH: '/var/run/ko' },
    });
  });

  test('a package without a build of its own takes the defaults and its override', async () => {
    const { config } = await load(root(), './cmd/two');
    expect(config).toEqual({
      base: { name: 'registry.example.com/two' },
      platforms: ['linux/amd64', 'linux/arm64'],
      go: { env: { A: '1' }, cgo: 'dynamic', flags: ['-v'] },
    });
  });

  test('coracle.yaml beside it wins', async () => {
    const directory = root();
    writeFileSync(path.join(directory, 'coracle.yaml'), 'base: scratch\n');
    expect((await load(directory, '.')).config.base).toEqual({ name: 'scratch' });
  });

  test('what is not understood is warned about', async () => {
    const { events, config } = await load(root('defaultBaseImage: a\nverification: {}\n'), '.');
    expect(config.base).toEqual({ name: 'a' });
    expect(events).toContainEqual(
      expect.objectContaining({ kind: 'warning', message: containing('verification') }),
    );
  });

  test.each(['builds: x', 'defaultEnv: {a: b}', 'builds: [x]', 'defaultBaseImage: [a]'])(
    '%s is refused',
    async (text) => {
      await expect(load(root(text), '.')).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
    },
  );
});
