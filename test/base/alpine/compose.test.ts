import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { composeAlpine } from '../../../src/base/alpine/compose.ts';
import type { AlpineComposeOptions } from '../../../src/base/alpine/compose.ts';
import { openAlpineIndex } from '../../../src/base/alpine/index.ts';
import { resolveAlpine } from '../../../src/base/alpine/resolve.ts';
import type { AlpineSource } from '../../../src/base/alpine/types.ts';
import type { Composition } from '../../../src/base/debian/types.ts';
import { readOwners } from '../../../src/base/exact/owners.ts';
import { contentOf } from '../../../src/base/tree.ts';
import type { Ctx } from '../../../src/core/ctx.ts';
import { isToolError } from '../../../src/core/errors.ts';
import { makeKey, makePackage, makeRepository, serveFiles } from '../../components/alpine-repository.ts';
import type { Files, MakeOptions, TarItem, TestPackage } from '../../components/alpine-repository.ts';
import { describeWith, findProgram, installed } from '../../components/program.ts';
import { testCtx } from '../../support/ctx.ts';
import { runOn } from '../exact/run-on.ts';

const key = makeKey();
const stranger = makeKey();

const libz: TestPackage = {
  name: 'zlib',
  version: '1.3.1-r1',
  depends: 'so:libc.musl-x86_64.so.1',
  provides: 'so:libz.so.1=1.3.1',
  files: [
    { path: 'usr', directory: true },
    { path: 'usr/lib', directory: true },
    { path: 'usr/lib/libz.so.1', link: 'libz.so.1.3.1' },
    { path: 'usr/lib/libz.so.1.3.1', content: 'zlib', mode: 0o755 },
  ],
};
const musl: TestPackage = {
  name: 'musl',
  version: '1.2.5-r0',
  provides: 'so:libc.musl-x86_64.so.1=1',
  files: [{ path: 'lib/ld-musl-x86_64.so.1', content: 'musl', mode: 0o755 }],
};

async function serve(files: Files): Promise<AlpineSource> {
  const server = await serveFiles(files);
  onTestFinished(server.stop);
  return { repositories: [server.address], architecture: 'x86_64', keys: [{ pem: key.pem }] };
}

async function composed(
  packages: readonly TestPackage[],
  wanted: readonly string[],
  options: Partial<AlpineComposeOptions & MakeOptions> & { ctx?: Ctx } = {},
): Promise<Composition> {
  const source = await serve(makeRepository(packages, { key, ...options }));
  return composedFrom(options.ctx ?? testCtx(), source, wanted, options);
}

async function composedFrom(
  ctx: Ctx,
  source: AlpineSource,
  wanted: readonly string[],
  options: Partial<AlpineComposeOptions> = {},
): Promise<Composition> {
  const index = await openAlpineIndex(ctx, source);
  return composeAlpine(ctx, resolveAlpine(index, wanted), source, { mtime: 1, world: wanted, ...options });
}

async function refusal(work: Promise<unknown>): Promise<string> {
  try {
    await work;
  } catch (error) {
    if (isToolError(error)) return `${error.code}: ${error.message}`;
    throw error;
  }
  throw new Error('it was not refused');
}

const textAt = async ({ entries }: Composition, name: string): Promise<string | undefined> => {
  const entry = entries.find((one) => one.path === name);
  return entry && (await contentOf(entry, 1_000_000))?.toString();
};

describe('a base from an Alpine repository', () => {
  for (const hash of ['RSA', 'RSA256'] as const) {
    test(`holds the files of the packages and of what they need, signed with ${hash}`, async () => {
      const base = await composed([libz, musl], ['zlib'], { hash });
      expect(base.entries.map((entry) => entry.path)).toEqual([
        ...['lib', 'lib/apk', 'lib/apk/db', 'lib/apk/db/installed', 'lib/ld-musl-x86_64.so.1'],
        ...['usr', 'usr/lib', 'usr/lib/libz.so.1', 'usr/lib/libz.so.1.3.1'],
      ]);
      expect(await textAt(base, 'usr/lib/libz.so.1.3.1')).toBe('zlib');
      expect(base.packages.map(({ name, version }) => `${name} ${version}`)).toEqual([
        'musl 1.2.5-r0',
        'zlib 1.3.1-r1',
      ]);
    });
  }

  test('the database says whose each file is', async () => {
    const base = await composed([libz, musl], ['zlib']);
    expect(await textAt(base, 'lib/apk/db/installed')).toMatch(
      /P:zlib\nV:1\.3\.1-r1\n[^]*F:usr\/lib\nR:libz\.so\.1\nZ:Q1\S{27}=\nR:libz\.so\.1\.3\.1\na:0:0:755\nZ:Q1\S{27}=\n\n$/,
    );
    const tree = new Map(base.entries.map((entry) => [entry.path, entry]));
    const owners = await readOwners(tree, ['usr/lib/libz.so.1.3.1']);
    expect(owners.get('usr/lib/libz.so.1.3.1')).toEqual({
      package: 'zlib',
      version: '1.3.1-r1',
      licence: 'MIT',
    });
  });

  test('apk finds its repositories and its world where apk is asked for', async () => {
    const tools: TestPackage = { name: 'apk-tools', files: [{ path: 'sbin/apk', content: 'apk' }] };
    const base = await composed([tools, musl], ['apk-tools', 'musl']);
    expect(await textAt(base, 'etc/apk/world')).toBe('apk-tools\nmusl\n');
    expect(await textAt(base, 'etc/apk/repositories')).toMatch(/^http:\/\/127\.0\.0\.1:\d+\n$/);
    expect(await textAt(await composed([musl], ['musl']), 'etc/apk/world')).toBeUndefined();
  });

  test('is the same from the network and from what was kept, and is fetched once', async () => {
    const server = await serveFiles(makeRepository([libz, musl], { key }));
    onTestFinished(server.stop);
    const source = { repositories: [server.address], architecture: 'x86_64', keys: [{ pem: key.pem }] };
    const ctx = testCtx();
    const [one, other] = [
      await composedFrom(ctx, source, ['zlib']),
      await composedFrom(ctx, source, ['zlib']),
    ];
    expect(JSON.stringify(one)).toBe(JSON.stringify(other));
    expect(server.asked.filter((name) => name.endsWith('.apk'))).toHaveLength(2);
  });

  test('scripts that nobody knows are refused, unless the user says that they are needless', async () => {
    const odd: TestPackage = { name: 'odd', scripts: { 'post-install': '#!/bin/sh\n', 'pre-upgrade': '' } };
    expect(await refusal(composed([odd], ['odd']))).toBe(
      'UNSUPPORTED: the package odd has scripts (post-install) that Coracle has no recipe for',
    );
    await expect(composed([odd], ['odd'], { ignoreScripts: ['odd'] })).resolves.toBeDefined();
    const upgrades: TestPackage = { name: 'odd', scripts: { 'post-upgrade': '#!/bin/sh\n' } };
    await expect(composed([upgrades], ['odd'])).resolves.toBeDefined();
  });

  test('two packages may not differ in a file, unless one says that it replaces the other’s', async () => {
    const file = (content: string): readonly TarItem[] => [{ path: 'etc/x', content }];
    const [one, other] = [
      { name: 'one', files: file('1') },
      { name: 'other', files: file('2') },
    ];
    expect(await refusal(composed([one, other], ['one', 'other']))).toMatch(
      /^PACKAGE_UNRESOLVABLE: \/etc\/x is in one and in other/,
    );
    const base = await composed([one, { ...other, replaces: 'one' }], ['one', 'other']);
    expect(await textAt(base, 'etc/x')).toBe('2');
    await expect(composed([one, { ...other, files: file('1') }], ['one', 'other'])).resolves.toBeDefined();
  });

  test('packages of two layouts are refused: where a file below a link comes to lie depends on who unpacks it', async () => {
    const merged: TestPackage = {
      name: 'layout',
      files: [
        { path: 'lib', link: 'usr/lib' },
        { path: 'usr/lib', directory: true },
      ],
    };
    expect(await refusal(composed([merged, musl], ['layout', 'musl']))).toMatch(
      /^BASE_CANNOT_RUN: \/lib of the Alpine base is a link, and lib\/ld-musl-x86_64\.so\.1 must lie below it/,
    );
    const base = await composed([merged], ['layout']);
    expect(await textAt(base, 'usr/lib/apk/db/installed')).toMatch(/P:layout/);
  });

  test('a package that is not the one of the lock is refused', async () => {
    const base = await composed([musl], ['musl']);
    const source = await serve(makeRepository([musl], { key }));
    const again = async (sha256?: string): Promise<Composition> =>
      composeAlpine(
        testCtx(),
        base.packages.map((one) => ({ ...one, ...(sha256 !== undefined && { sha256 }) })),
        source,
        { mtime: 1, world: ['musl'] },
      );
    expect(await refusal(again('0'.repeat(64)))).toMatch(/^LOCK_MISMATCH/);
    expect(JSON.stringify(await again())).toBe(JSON.stringify(base));
  });
});

describe('what is not what was signed', () => {
  const changed = async (
    change: (files: Files) => void,
    options: Partial<MakeOptions> = {},
  ): Promise<string> => {
    const files = makeRepository([musl], { key, ...options });
    change(files);
    return refusal(composedFrom(testCtx(), await serve(files), ['musl']));
  };
  const flip = (files: Files, name: string, from: number): void => {
    const bytes = files.get(name) ?? Buffer.alloc(0);
    const at = from < 0 ? bytes.length + from : from;
    bytes[at] = (bytes[at] ?? 0) ^ 1;
  };
  const [index, apk] = ['/x86_64/APKINDEX.tar.gz', '/x86_64/musl-1.2.5-r0.apk'];

  test('an index that was changed, is not signed, or is signed by another key is refused', async () => {
    expect(await changed((files) => flip(files, index, -20))).toMatch(/^SIGNATURE_INVALID.*changed after/);
    expect(await changed(() => undefined, { signed: false })).toMatch(/^SIGNATURE_INVALID.*not signed/);
    expect(await changed(() => undefined, { key: stranger })).toMatch(/^SIGNATURE_INVALID.*not pinned/);
    expect(await changed((files) => files.set(index, Buffer.from('not gzip at all, no')))).toMatch(
      /^INDEX_INVALID/,
    );
    expect(await changed((files) => files.delete(index))).toMatch(/^NOT_FOUND/);
  });

  test('a package that was changed in any of its parts is refused', async () => {
    const size = makeRepository([musl], { key }).get(apk)?.length ?? 0;
    for (const at of [20, Math.trunc(size * 0.7), size - 20, size - 1]) {
      expect(await changed((files) => flip(files, apk, at))).toMatch(
        /^(?:CHECKSUM_MISMATCH|SIGNATURE_INVALID|INDEX_INVALID)/,
      );
    }
    const cut = (files: Files): Files => files.set(apk, (files.get(apk) ?? Buffer.alloc(0)).subarray(0, -1));
    expect(await changed(cut)).toMatch(/^CHECKSUM_MISMATCH.*bytes, and \d+ are meant/);
  });

  test('another package in its place, and one that another key signed, are refused', async () => {
    const other = makePackage(
      { ...musl, version: '1.2.5-r0', files: [{ path: 'lib/evil', content: '' }] },
      { key },
    );
    expect(await changed((files) => files.set(apk, other.file))).toMatch(/^CHECKSUM_MISMATCH/);
    const files = makeRepository([musl], { key, packageKey: stranger });
    expect(await refusal(composedFrom(testCtx(), await serve(files), ['musl']))).toMatch(
      /^SIGNATURE_INVALID.*musl-1\.2\.5-r0\.apk/,
    );
  });

  test('what was kept and changed on the disk is fetched again', async () => {
    const ctx = testCtx();
    const source = await serve(makeRepository([musl], { key }));
    const good = await composedFrom(ctx, source, ['musl']);
    const folder = path.join(ctx.home, 'alpine/packages');
    for (const name of readdirSync(folder)) writeFileSync(path.join(folder, name), 'changed');
    expect((await composedFrom(ctx, source, ['musl'])).packages).toEqual(good.packages);
  });

  test('an index that is older than one seen before is refused', async () => {
    const ctx = testCtx();
    const files = makeRepository([musl], { key, made: 1_700_000_100 });
    const source = await serve(files);
    await openAlpineIndex(ctx, source);
    for (const [name, bytes] of makeRepository([musl], { key, made: 1_700_000_000 })) files.set(name, bytes);
    expect(await refusal(openAlpineIndex(ctx, source))).toMatch(
      /^INDEX_OUTDATED: APKINDEX of .* is from 2023-11-14T22:13:20.000Z, and one from 2023-11-14T22:15:00.000Z/,
    );
    for (const [name, bytes] of makeRepository([musl], { key, made: 1_700_000_200 })) files.set(name, bytes);
    await expect(openAlpineIndex(ctx, source)).resolves.toBeDefined();
  });

  test('a key must have the fingerprint that is pinned, and be no weak one', async () => {
    const files = makeRepository([musl], { key });
    files.set('/key.pub', Buffer.from(key.pem));
    const source = await serve(files);
    const [address = ''] = source.repositories;
    const { repositories } = await openAlpineIndex(testCtx(), source);
    const fingerprint = repositories[0]?.signedBy ?? '';
    const at = (pinned: string): AlpineSource => ({
      ...source,
      keys: [{ url: `${address}/key.pub`, fingerprint: pinned }],
    });
    await expect(openAlpineIndex(testCtx(), at(`sha256:${fingerprint}`))).resolves.toBeDefined();
    expect(await refusal(openAlpineIndex(testCtx(), at('0'.repeat(64))))).toMatch(/^SIGNATURE_INVALID/);
    const weak = { ...source, keys: [{ pem: makeKey('weak.rsa.pub', 1024).pem }] };
    expect(await refusal(openAlpineIndex(testCtx(), weak))).toMatch(/^CONFIG_INVALID.*2048 bits/);
    expect(await refusal(openAlpineIndex(testCtx(), { ...source, keys: [] }))).toMatch(
      /^CONFIG_INVALID.*no key/,
    );
  });
});

describeWith([installed('busybox')], 'busybox from a repository', () => {
  test('has its commands as links, and runs', async () => {
    const busybox: TestPackage = {
      name: 'busybox',
      files: [
        { path: 'bin', directory: true },
        { path: 'bin/busybox', content: readFileSync(findProgram('busybox') ?? ''), mode: 0o755 },
        { path: 'etc/busybox-paths.d/busybox', content: '/bin/sh\n/bin/echo\n/usr/bin/tr\n' },
      ],
      scripts: { 'post-install': '#!/bin/busybox sh\n', trigger: '#!/bin/busybox sh\n' },
    };
    const base = await composed([busybox], ['busybox']);
    expect(base.generated).toContainEqual({ path: 'usr/bin/tr', instead: 'busybox: post-install, trigger' });
    const ran = await runOn(base, findProgram('busybox') ?? '', {
      argv: ['/bin/sh', '-c', '/bin/echo abc | /usr/bin/tr b x'],
    });
    expect(ran).toEqual({ code: 0, output: 'axc\n' });
  });
});
