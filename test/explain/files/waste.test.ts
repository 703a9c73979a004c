import { writeFileSync, mkdirSync, linkSync, truncateSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import type { DirectoryExplanation, ImageExplanation, Waste, WasteKind } from '../../../src/explain/types.ts';
import type { ContainerConfig } from '../../../src/oci/types.ts';
import type { Entry } from '../../../src/layer/entry.ts';
import { tempDir, testCtx } from '../../support/ctx.ts';
import { file, link, sample } from '../../layer/support.ts';
import { elfFile, explainDirectoryAt, explainImageAt, writeDockerTar, writeLayout } from '../images.ts';

async function imageOf(entries: readonly Entry[], config: ContainerConfig = {}): Promise<ImageExplanation> {
  const ctx = testCtx({ cwd: tempDir() });
  return explainImageAt(
    ctx,
    await writeDockerTar(path.join(ctx.cwd, 'image.tar'), { layers: [{ entries }], config }),
  );
}

function brief(waste: readonly Waste[]): [WasteKind, string, number][] {
  return waste.map(({ kind, path, bytes }) => [kind, path, bytes]);
}

let serial = 0;
/** A content of that size that no other file has. */
const unique = (size: number): Buffer =>
  Buffer.concat([Buffer.from(String(++serial).padStart(20)), sample(size - 20)]);

const goMain = { Entrypoint: ['/app'] };
const goProgram = file('app', elfFile({ debug: 0, symbols: 0, go: true }), { mode: 0o755 });

describe('a file is waste by where it lies', () => {
  test.each<[string, WasteKind, string]>([
    ['var/lib/apt/lists/deb.example_Packages', 'package cache', '/var/lib/apt/lists'],
    ['var/cache/apt/archives/x.deb', 'package cache', '/var/cache/apt'],
    ['var/cache/apk/APKINDEX.tar.gz', 'package cache', '/var/cache/apk'],
    ['root/.cache/pip/http/x', 'package cache', '/root/.cache/pip'],
    ['home/u/.npm/_cacache/x', 'package cache', '/home/u/.npm/_cacache'],
    ['var/cache/dnf/x', 'package cache', '/var/cache/dnf'],
    ['var/log/dpkg.log', 'log', '/var/log'],
    ['root/.cache/go-build/00/x', 'build leftover', '/root/.cache/go-build'],
    ['go/pkg/mod/cache/download/x', 'build leftover', '/go/pkg/mod'],
    ['src/.git/objects/pack/p', 'build leftover', '/src/.git'],
    ['srv/node_modules/a/node_modules/b/x.js', 'build leftover', '/srv/node_modules'],
    ['srv/testdata/x', 'build leftover', '/srv/testdata'],
    ['usr/lib/libx.a', 'build leftover', '/usr/lib'],
    ['srv/x.o', 'build leftover', '/srv'],
    ['tmp/left', 'build leftover', '/tmp'],
    ['usr/share/doc/x/README', 'documentation', '/usr/share/doc'],
    ['usr/share/man/man1/x.1.gz', 'documentation', '/usr/share/man'],
    ['usr/share/locale/de/LC_MESSAGES/x.mo', 'documentation', '/usr/share/locale'],
    ['usr/include/stdio.h', 'only for the build', '/usr/include'],
    ['usr/local/go/pkg/tool/compile', 'only for the build', '/usr/local/go'],
    ['usr/bin/x86_64-linux-gnu-gcc-12', 'only for the build', '/usr/bin/x86_64-linux-gnu-gcc-12'],
    ['usr/lib/gcc/x/cc1', 'only for the build', '/usr/lib/gcc'],
    ['app-src/go.o', 'build leftover', '/app-src'],
  ])('%s is %s', async (place, kind, told) => {
    const { waste } = await imageOf([goProgram, file(place, unique(2000))], goMain);
    expect(brief(waste)).toEqual([[kind, told, 2000]]);
    expect(waste[0]?.fix).not.toBe('');
  });

  test.each([
    ['usr/share/doc/x/copyright', goMain],
    ['var/lib/dpkg/status', goMain],
    ['var/logs/x', goMain],
    ['etc/apt/sources.list', goMain],
    // Whoever starts a shell may want to compile.
    ['usr/local/go/bin/go', { Cmd: ['/bin/sh'] }],
    ['usr/lib/gcc/x/cc1', {}],
  ])('%s is not', async (place, config) => {
    const { waste } = await imageOf([goProgram, file(place, unique(2000))], config);
    expect(waste).toEqual([]);
  });

  test('with node there node_modules are used, with a compiler headers and libraries', async () => {
    const entries = [
      file('usr/local/bin/node', unique(100)),
      file('usr/bin/gcc', unique(100)),
      file('srv/node_modules/a.js', unique(100)),
      file('usr/include/a.h', unique(100)),
      file('usr/lib/liba.a', unique(100)),
    ];
    expect((await imageOf(entries)).waste).toEqual([]);
    expect(
      brief((await imageOf(entries.slice(2))).waste)
        .map(([, place]) => place)
        .toSorted(),
    ).toEqual(['/srv/node_modules', '/usr/include', '/usr/lib']);
  });

  test('but not when another name of it is needed', async () => {
    const { waste } = await imageOf([
      file('usr/share/doc/x', unique(2000)),
      link('hardlink', 'srv/x', 'usr/share/doc/x'),
    ]);
    expect(waste).toEqual([]);
  });
});

test('the same content twice is waste once, wherever it lies; hard links and files of one size are not', async () => {
  const same = unique(20_000);
  const small = unique(50);
  const { waste, efficiency } = await imageOf([
    file('a/1', same),
    file('b/2', same),
    file('c/3', same),
    link('hardlink', 'd/4', 'a/1'),
    file('e/5', unique(20_000)),
    file('f/6', small),
    file('g/7', small),
    file('var/log/8', same),
  ]);
  expect(brief(waste)).toEqual([
    ['log', '/var/log', 20_000],
    ['duplicate', '/b/2', 20_000],
    ['duplicate', '/c/3', 20_000],
    ['duplicate', '/', 50],
  ]);
  expect(efficiency).toBeCloseTo(1 - 60_050 / (5 * 20_000 + 100), 10);
});

test('debug sections and symbol tables are waste of a program that is needed, and not of one that is waste itself', async () => {
  const program = elfFile({ debug: 10_000, symbols: 6000 });
  const { waste } = await imageOf([
    file('usr/bin/x', program),
    file('tmp/y', elfFile({ debug: 9000, symbols: 0 })),
    file('usr/bin/z', elfFile({ debug: 0, symbols: 0 })),
  ]);
  expect(brief(waste)).toEqual([
    ['build leftover', '/tmp', 4096 + 9000 + 256],
    ['debug data', '/usr/bin/x', 10_000],
    ['unstripped binary', '/usr/bin/x', 6000],
  ]);
});

describe('secrets', () => {
  const key = '-----BEGIN OPENSSH PRIVATE KEY-----\nc2VjcmV0\n-----END OPENSSH PRIVATE KEY-----\n';

  test.each([
    ['root/.ssh/id_rsa', key, 'private key'],
    ['srv/server.pem', `-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----\n${key}`, 'private key'],
    ['app/.env', 'A=b\nDB_PASSWORD=hunter2\n', 'environment file with a secret'],
    ['root/.npmrc', '//registry.example.com/:_authToken=npm_abc\n', 'npm token'],
    ['root/.aws/credentials', '[default]\naws_secret_access_key = abcdef\n', 'AWS credentials'],
    ['root/.netrc', 'machine example.com login a password hunter2\n', 'password for servers'],
    ['root/.docker/config.json', '{"auths":{"example.com":{"auth":"aHVudGVyMg=="}}}', 'registry credentials'],
    ['root/.git-credentials', 'https://a:hunter2@example.com\n', 'Git credentials'],
    [
      'srv/key.json',
      '{"type":"service_account","private_key":"-----BEGIN PRIVATE KEY-----\\nx"}',
      'Google service account key',
    ],
  ])('%s is found, and never printed', async (place, content, kind) => {
    const explained = await imageOf([file(place, content)]);
    expect(explained.waste).toMatchObject([{ kind: 'secret', path: `/${place}`, bytes: 0 }]);
    expect(explained.waste[0]?.detail).toContain(`${kind}, readable by everyone (0644)`);
    expect(JSON.stringify(explained.waste)).not.toMatch(/hunter2|c2VjcmV0|npm_abc|abcdef|aHVudGVyMg/);
    expect(explained.efficiency).toBe(1);
  });

  test.each([
    ['app/.env', 'A=b\n'],
    ['app/.env', 'DB_PASSWORD=\n'],
    ['app/.env.example', 'DB_PASSWORD=changeme\n'],
    ['root/.npmrc', 'registry=https://example.com\n'],
    ['root/.npmrc', '//r.example.com/:_authToken=${NPM_TOKEN}\n'],
    ['root/.ssh/id_rsa.pub', 'ssh-rsa AAAA\n'],
    ['etc/ssl/ca.pem', '-----BEGIN CERTIFICATE-----\nx\n'],
    ['usr/share/doc/x/key.pem', key],
    ['usr/local/go/src/crypto/x509/platform_root_key.pem', key],
  ])('%s with %j is none', async (place, content) => {
    const { waste } = await imageOf([file(place, content)]);
    expect(waste.filter(({ kind }) => kind === 'secret')).toEqual([]);
  });

  test('that a later layer deletes are still there', async () => {
    const ctx = testCtx({ cwd: tempDir() });
    const what = await writeLayout(path.join(ctx.cwd, 'layout'), {
      layers: [
        { entries: [file('root/.ssh/id_rsa', key, { mode: 0o600 })] },
        { entries: [file('root/.ssh/.wh.id_rsa')] },
      ],
    });
    const { waste } = await explainImageAt(ctx, what);
    expect(waste.find(({ kind }) => kind === 'secret')?.detail).toMatch(
      /readable by its owner \(0600\), and still in this layer/,
    );
  });
});

describe('what later layers take away', () => {
  async function lostIn(
    below: readonly Entry[],
    above: readonly Entry[],
    by: { readonly made?: string; readonly changed?: string } = {},
  ): Promise<readonly Waste[]> {
    const ctx = testCtx({ cwd: tempDir() });
    const layers = [
      { by: by.made ?? 'RUN make it', entries: below },
      { by: by.changed ?? 'RUN change it', entries: above },
    ];
    const { waste } = await explainImageAt(
      ctx,
      await writeDockerTar(path.join(ctx.cwd, 'image.tar'), { layers }),
    );
    return waste;
  }

  test('of a package cache is one finding, however many of its files went one by one', async () => {
    const waste = await lostIn(
      [
        file('var/lib/apt/lists/a_Packages', unique(90_000)),
        file('var/lib/apt/lists/b_Packages', unique(80_000)),
        file('var/lib/apt/lists/partial/c', unique(100)),
      ],
      [
        file('var/lib/apt/lists/.wh.a_Packages'),
        file('var/lib/apt/lists/.wh.b_Packages'),
        file('var/lib/apt/lists/.wh.partial'),
      ],
    );
    expect(waste).toMatchObject([
      {
        kind: 'deleted',
        path: '/var/lib/apt/lists',
        bytes: 170_100,
        detail: 'package lists of apt: 3 files of layer 1, deleted in layer 2',
        fix: 'RUN apt-get update && apt-get install -y … && rm -rf /var/lib/apt/lists/*',
      },
    ]);
  });

  test('as small files is told of by their directory, at once or one by one', async () => {
    const below = ['a', 'b', 'c'].map((name) => file(`etc/${name}`, unique(500)));
    const above = ['a', 'b', 'c'].map((name) => file(`etc/.wh.${name}`));
    expect(brief(await lostIn(below, above))).toEqual([['deleted', '/etc', 1500]]);
    expect(brief(await lostIn(below, [file('.wh.etc')]))).toEqual([['deleted', '/etc', 1500]]);
  });

  test.each([
    ['COPY app /app', 'RUN chown -R app /app', /^COPY --chown/],
    ['ADD app /app', 'RUN cd / && chmod 755 "/app/x"', /^ADD --chmod/],
    // Nothing says that it was the chmod that wrote the file anew.
    ['COPY app /app', 'RUN setcap cap_net_raw+ep /app/x && chmod 755 /other', /^Do both/],
    ['COPY app /app', 'RUN chmod 755 /app/x-not; touch /app/x', /^Do both/],
    // Only COPY and ADD can be told whose a file is.
    ['RUN make', 'RUN chown -R app /app', /^Do both/],
  ])('%s, then %s', async (made, changed, fix) => {
    const x = unique(70_000);
    const [lost] = await lostIn([file('app/x', x)], [file('app/x', x)], { made, changed });
    expect(lost?.fix).toMatch(fix);
  });
});

test('a directory is explained in the same words, hard links counted once', async () => {
  const root = tempDir();
  mkdirSync(path.join(root, 'var/log'), { recursive: true });
  mkdirSync(path.join(root, 'srv'));
  const content = unique(30_000);
  writeFileSync(path.join(root, 'var/log/x'), unique(1000));
  writeFileSync(path.join(root, 'srv/a'), content);
  writeFileSync(path.join(root, 'srv/b'), content);
  linkSync(path.join(root, 'srv/a'), path.join(root, 'srv/c'));
  const found: DirectoryExplanation = await explainDirectoryAt(testCtx({ cwd: root }), '.');
  expect(found).toMatchObject({ kind: 'directory', source: '.', size: 61_000, files: 3, problems: [] });
  expect(brief(found.waste)).toEqual([
    ['duplicate', '/srv/b', 30_000],
    ['log', '/var/log', 1000],
  ]);
  expect(found.trees.files?.bytes[0]).toBe(61_000);
});

test('a directory with a name that is no UTF-8 says that it is left out', async () => {
  const root = tempDir();
  writeFileSync(Buffer.concat([Buffer.from(`${root}/`), Buffer.from([0xff, 0xfe])]), 'x');
  const { problems } = await explainDirectoryAt(testCtx({ cwd: root }), '.');
  expect(problems).toEqual([`${root} has names that are no UTF-8, which are left out: 1`]);
});

test('a directory with a file of a terabyte is explained at once: nobody needs to read it', async () => {
  const root = tempDir();
  writeFileSync(path.join(root, 'disk.img'), 'sparse');
  truncateSync(path.join(root, 'disk.img'), 2 ** 40);
  const found = await explainDirectoryAt(testCtx({ cwd: root }), '.');
  expect(found).toMatchObject({ size: 2 ** 40, files: 1, problems: [] });
});
