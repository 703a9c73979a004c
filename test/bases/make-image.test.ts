import { expect, test } from 'vitest';
import { directoryEntry, fileEntry, root } from '../../src/base/parts/entry.ts';
import { baseImageOf } from '../../src/bases/make-image.ts';
import { pruneAll } from '../../src/bases/prune.ts';
import { baseReference, isBaseReference, markBaseUsed } from '../../src/bases/references.ts';
import type { ComposedBase } from '../../src/bases/types.ts';
import { parseReference } from '../../src/oci/reference.ts';
import { openStore } from '../../src/store/store.ts';
import { existsSync, mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { testCtx } from '../support/ctx.ts';

const form = {
  platform: { os: 'linux', architecture: 'arm64' },
  compression: { kind: 'gzip', level: 1 },
} as const;

function base(over: Partial<ComposedBase> = {}): ComposedBase {
  return {
    ...{ kind: 'files', name: 'glibc', key: 'abcdef'.repeat(10) },
    ...{ generated: [], omitted: [], reasons: [], statement: 'an equivalent' },
    entries: async () => [
      directoryEntry('etc', 0o755, root, 0),
      fileEntry('etc/passwd', 'root:x:0:0::/:\n', 0),
    ],
    ...over,
  };
}

test('a composed base is the same image in any store, of no day, run by nobody in particular', async () => {
  const [one, other] = [testCtx(), testCtx({ now: () => new Date('2030-01-01') })];
  const first = await baseImageOf(one, await openStore(one), base(), form);
  const second = await baseImageOf(other, await openStore(other), base(), form);
  expect(second.descriptor).toEqual(first.descriptor);
  expect(first.config).toMatchObject({ User: '65532:65532', Labels: { 'dev.coracle.base': 'glibc' } });
  expect(first.reference).toBe('localhost/coracle/base/glibc:abcdefabcdef');
  const store = await openStore(one);
  expect((await store.refs.get(first.reference))?.descriptor.digest).toBe(first.descriptor.digest);
  const dated = await baseImageOf(one, store, base(), { ...form, created: 1_700_000_000 });
  expect(dated.descriptor.digest).not.toBe(first.descriptor.digest);
});

test('a base that was written is not packed again, unless its blobs are gone', async () => {
  const ctx = testCtx();
  const store = await openStore(ctx);
  const first = await baseImageOf(ctx, store, base(), form);
  const unread = base({
    entries: async () => {
      throw new Error('packed again');
    },
  });
  expect(await baseImageOf(ctx, store, unread, form)).toEqual(first);
  await store.blobs.remove(first.descriptor.digest);
  await expect(baseImageOf(ctx, store, unread, form)).rejects.toThrow('packed again');
});

test('with a shell it runs as root, and the shell is what it runs', async () => {
  const ctx = testCtx();
  const entries = [fileEntry('bin/sh', '', 0)];
  const { config } = await baseImageOf(
    ctx,
    await openStore(ctx),
    base({ entries: async () => entries }),
    form,
  );
  expect(config).toMatchObject({ Cmd: ['/bin/sh'] });
  expect(config.User).toBeUndefined();
});

test.each([
  'glibc',
  'registry.example.com:5000/Team_x/it@sha256:0',
  'oci:/some/päth',
  '???',
  '-'.repeat(300),
])('the name of a base of %s is a reference', (name) => {
  const reference = baseReference(name, '0123456789abcdef');
  expect(parseReference(reference)).toMatchObject({ registry: 'localhost', tag: '0123456789ab' });
  expect(isBaseReference(reference)).toBe(true);
});

test('prune takes what bases keep by age, names that nobody used, and never how new the newest index was', async () => {
  const now = Date.now();
  const day = 24 * 3600 * 1000;
  const old = testCtx({ now: () => new Date(now - 30 * day) });
  const store = await openStore(old);
  const unused = await baseImageOf(old, store, base({ key: '1'.repeat(64) }), form);
  const named = await baseImageOf(old, store, base({ key: '2'.repeat(64) }), form);
  await store.refs.set('docker.io/team/base:1', named.descriptor);
  const used = await baseImageOf(old, store, base({ key: '3'.repeat(64) }), form);
  const ctx = testCtx({ home: old.home });
  await markBaseUsed(ctx, await openStore(ctx), used);
  const file = (name: string, age: number): string => {
    const at = path.join(old.home, name);
    mkdirSync(path.dirname(at), { recursive: true });
    writeFileSync(at, 'x'.repeat(1000));
    utimesSync(at, (now - age) / 1000, (now - age) / 1000);
    return at;
  };
  const [deb, fresh] = [file('debian/debs/a.deb', 30 * day), file('debian/debs/b.deb', day)];
  const [index, seen] = [file('debian/packages/v1/c', 30 * day), file('debian/seen/trixie', 300 * day)];
  const alpine = [file('alpine/packages/d.apk', 30 * day), file('alpine/seen/e', 300 * day)] as const;
  const dry = await pruneAll(ctx, { dryRun: true });
  expect(existsSync(deb)).toBe(true);
  const pruned = await pruneAll(ctx, {});
  expect(pruned.removed).toEqual(dry.removed);
  expect(pruned.removed).toContainEqual({ what: `name ${unused.reference}`, bytes: 0 });
  expect([deb, index, alpine[0]].map((each) => existsSync(each))).toEqual([false, false, false]);
  expect([fresh, seen, alpine[1]].map((each) => existsSync(each))).toEqual([true, true, true]);
  const left = (await store.refs.list()).map(({ name }) => name);
  expect(left).toContain(used.reference);
  expect(left).toContain('docker.io/team/base:1');
  expect(left).not.toContain(unused.reference);
  await pruneAll(ctx, { keepBytes: 0 });
  expect(existsSync(fresh)).toBe(false);
  expect(existsSync(seen)).toBe(true);
  await pruneAll(ctx, { all: true });
  expect([seen, alpine[1]].map((each) => existsSync(each))).toEqual([false, false]);
});
