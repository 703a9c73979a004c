import { afterEach, expect, test } from 'vitest';
import { composeBase, planBase } from '../../src/bases/compose.ts';
import { lockKey } from '../../src/bases/lock-key.ts';
import type { BasePlan } from '../../src/bases/plan.ts';
import { plainSettings } from '../../src/bases/settings.ts';
import type { BaseSettings } from '../../src/bases/types.ts';
import { contentOf } from '../../src/base/tree.ts';
import { writeTar } from '../../src/layer/tar-write.ts';
import { digestOf } from '../../src/oci/digest.ts';
import { makeDeb } from '../components/deb.ts';
import { startDebianMirror } from '../components/debian-mirror.ts';
import type { DebianMirror } from '../components/debian-mirror.ts';
import { containing } from '../support/containing.ts';
import { testCtx } from '../support/ctx.ts';

let mirror: DebianMirror | undefined;
afterEach(async () => {
  await mirror?.stop();
  mirror = undefined;
});

const platform = { os: 'linux', architecture: 'amd64' };
const tool = (version: string): ReturnType<typeof makeDeb> =>
  makeDeb({ Package: 'tool', Version: version, Depends: 'libown' }, [
    { path: './usr/bin/tool', content: `tool ${version}`, mode: 0o755 },
    { path: './usr/share/doc/tool/changelog', content: 'long' },
    { path: './usr/share/doc/tool/copyright', content: 'free' },
  ]);
const library = makeDeb({ Package: 'libown' }, [{ path: './usr/lib/libown.so.1', content: 'own' }]);

async function start(): Promise<{ mirror: DebianMirror; settings: BaseSettings }> {
  mirror = await startDebianMirror({ packages: [tool('1.0'), library] });
  const debian = { release: 'trixie', mirror: mirror.url, securityMirror: `${mirror.url}-security` };
  return { mirror, settings: { ...plainSettings('debian'), packages: ['tool'], debian } };
}

/** Digest of the layer that a base comes to. */
async function layerOf(plan: BasePlan): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const part of writeTar(await (await plan.compose()).entries())) parts.push(part);
  return digestOf(Buffer.concat(parts));
}

test('two compositions on different days from one lock give one digest, and ask for no index', async () => {
  const { mirror: served, settings } = await start();
  const first = await planBase(testCtx(), settings, { platform, keys: served.keys });
  const digest = await layerOf(first);
  expect(first.locked).toMatchObject({
    source: 'debian trixie',
    wanted: ['tool'],
    packages: [
      { name: 'libown', version: '1.0' },
      { name: 'tool', version: '1.0' },
    ],
  });

  // The archive moves on; it keeps the file of what was newest for a while.
  await served.publish('trixie', { packages: [tool('2.0'), library], date: new Date() });
  served.requests.length = 0;
  const again = await planBase(testCtx(), settings, { platform, locked: first.locked });
  expect(again.key).toBe(first.key);
  expect(served.requests).toEqual([]);
  expect(await layerOf(again)).toBe(digest);
  expect(served.requests.filter((name) => name.includes('/dists/'))).toEqual([]);

  const now = await planBase(testCtx(), settings, { platform, keys: served.keys });
  expect(now.locked.packages.map(({ version }) => version)).toEqual(['1.0', '2.0']);
  expect(now.key).not.toBe(first.key);
});

test('a pinned package that is gone from the mirror is an error that says what to do', async () => {
  const { mirror: served, settings } = await start();
  const { locked } = await planBase(testCtx(), settings, { platform, keys: served.keys });
  for (const name of [...served.files.keys()]) if (name.includes('tool_1.0')) served.files.delete(name);
  const plan = await planBase(testCtx(), settings, { platform, locked });
  await expect(plan.compose()).rejects.toMatchObject({
    code: 'NOT_FOUND',
    message: containing('tool_1.0_amd64.deb'),
    hint: containing('coracle lock --update, or set debian.snapshot'),
  });
});

test('a package that comes with other bytes than the lock says is refused', async () => {
  const { mirror: served, settings } = await start();
  const { locked } = await planBase(testCtx(), settings, { platform, keys: served.keys });
  const other = tool('1.0').bytes;
  other[other.length - 20] = (other[other.length - 20] ?? 0) ^ 1;
  for (const name of [...served.files.keys()]) if (name.includes('tool_1.0')) served.files.set(name, other);
  const plan = await planBase(testCtx(), settings, { platform, locked });
  await expect(plan.compose()).rejects.toMatchObject({ code: 'CHECKSUM_MISMATCH' });
});

test('slim and omit leave out, count, and are part of the key', async () => {
  const { mirror: served, settings } = await start();
  const ctx = testCtx();
  const whole = await composeBase(ctx, settings, { platform, keys: served.keys });
  const less = { ...settings, slim: true, omit: ['/usr/lib/libown*'] };
  const slim = await composeBase(ctx, less, { platform, keys: served.keys });
  expect(slim.omitted).toEqual([
    { kind: '/usr/lib/libown*', files: 1, bytes: 3 },
    { kind: 'documents', files: 1, bytes: 4 },
  ]);
  const paths = (await slim.entries()).map(({ path }) => path);
  expect(paths).toContain('usr/share/doc/tool/copyright');
  expect(paths).not.toContain('usr/lib/libown.so.1');
  expect(whole.omitted).toEqual([]);
  expect(slim.key).not.toBe(whole.key);
  expect(slim.locked).toEqual(whole.locked);
});

test('authorities that are added bring the package that makes the bundle', async () => {
  const { mirror: served, settings } = await start();
  await expect(
    planBase(testCtx(), settings, { platform, keys: served.keys, extraCa: ['PEM'] }),
  ).rejects.toMatchObject({
    code: 'PACKAGE_UNRESOLVABLE',
    message: containing('ca-certificates'),
  });
});

test('the content of an entry can be read', async () => {
  const { mirror: served, settings } = await start();
  const base = await composeBase(testCtx(), settings, { platform, keys: served.keys });
  const entry = (await base.entries()).find(({ path }) => path === 'usr/bin/tool');
  expect(entry && (await contentOf(entry, 100))?.toString()).toBe('tool 1.0');
});

test('the name in the lock is decided by packages, release and snapshot, not by the mirror', () => {
  const settings = {
    ...plainSettings('debian'),
    packages: ['tool'],
    debian: { mirror: 'http://one/debian' },
  };
  const key = lockKey(settings, platform);
  expect(key).toMatch(/^debian linux\/amd64 [0-9a-f]{12}$/);
  expect(lockKey({ ...settings, debian: { mirror: 'http://other/debian' } }, platform)).toBe(key);
  expect(lockKey({ ...settings, slim: true }, platform)).toBe(key);
  const others = [
    lockKey({ ...settings, packages: ['tool', 'more'] }, platform),
    lockKey({ ...settings, debian: { release: 'bookworm' } }, platform),
    lockKey({ ...settings, debian: { snapshot: '20261101T000000Z' } }, platform),
    lockKey(settings, { ...platform, architecture: 'arm64' }),
    lockKey(settings, platform, { needs: ['libc.so.6'] }),
  ];
  expect(new Set([key, ...others]).size).toBe(6);
});
