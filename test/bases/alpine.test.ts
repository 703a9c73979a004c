import { readFileSync } from 'node:fs';
import { expect, onTestFinished, test } from 'vitest';
import { buildBase } from '../../src/bases/build-base.ts';
import { lockKey } from '../../src/bases/lock-key.ts';
import { checkSettings } from '../../src/bases/settings.ts';
import { showBase } from '../../src/bases/show.ts';
import type { BaseSettings } from '../../src/bases/types.ts';
import { verifyBase } from '../../src/bases/verify-base.ts';
import { parseConfig } from '../../src/config/parse.ts';
import { baseOf } from '../../src/config/request.ts';
import { parsePlatform } from '../../src/oci/platform.ts';
import { makeKey, makeRepository, serveFiles } from '../components/alpine-repository.ts';
import type { Files, TestPackage } from '../components/alpine-repository.ts';
import { describeWith, findProgram, installed, isRoot } from '../components/program.ts';
import { containing, having } from '../support/containing.ts';
import { testCtx } from '../support/ctx.ts';

const key = makeKey();
const platform = parsePlatform('linux/amd64');
const musl: TestPackage = {
  ...{ name: 'musl', version: '1.2.5-r0', provides: 'so:libc.musl-x86_64.so.1=1' },
  files: [{ path: 'lib/ld-musl-x86_64.so.1', content: 'musl', mode: 0o755 }],
};

function busybox(): TestPackage {
  return {
    ...{ name: 'busybox', version: '1.37.0-r9', depends: 'so:libc.musl-x86_64.so.1' },
    files: [
      { path: 'bin/busybox', content: readFileSync(findProgram('busybox') ?? ''), mode: 0o755 },
      { path: 'etc/busybox-paths.d/busybox', content: '/bin/sh\n/bin/id\n/usr/bin/wget\n' },
      { path: 'etc/passwd', content: 'root:x:0:0::/root:/bin/sh\n' },
      { path: 'tmp', directory: true, mode: 0o1777 },
      { path: 'usr/share/man/man1/busybox.1', content: 'how to' },
    ],
    scripts: { 'post-install': '#!/bin/busybox sh\n' },
  };
}

async function repository(): Promise<{ files: Files; asked: string[]; settings: BaseSettings }> {
  const files = makeRepository([busybox(), musl], { key });
  const server = await serveFiles(files);
  onTestFinished(server.stop);
  const yaml = [
    'base: { name: alpine, packages: [busybox], slim: true }',
    'alpine:',
    `  repositories: ['${server.address}']`,
    '  keys:',
    '    - |',
    ...key.pem
      .trimEnd()
      .split('\n')
      .map((line) => `      ${line}`),
    '',
  ].join('\n');
  const origin = (): { name: string } => ({ name: 'coracle.yaml' });
  return {
    files,
    asked: server.asked,
    settings: checkSettings(
      baseOf(parseConfig(yaml, '/project/coracle.yaml', 'coracle.yaml').config, origin),
      origin,
    ),
  };
}

const options = { extraCa: [], access: { insecure: [] }, compression: { kind: 'gzip', level: 1 } } as const;

describeWith([isRoot, installed('busybox')], 'alpine from a repository that coracle.yaml names', () => {
  test('is built, shown and verified, and comes from the lock without an index in another home', async () => {
    const { files, asked, settings } = await repository();
    const ctx = testCtx();
    const built = await buildBase(ctx, { ...options, settings, platforms: [platform], tags: [], locked: {} });
    const base = built.platforms[0]?.base;
    expect(base?.omitted).toEqual([{ kind: 'documents', files: 1, bytes: 6 }]);
    const shown = await showBase(ctx, settings, { ...options, platform, locked: {} });
    expect(shown.shells).toEqual(['/bin/busybox', '/bin/sh']);
    expect(shown.packages).toEqual([
      having({ name: 'busybox', version: '1.37.0-r9' }),
      having({ name: 'musl', version: '1.2.5-r0' }),
    ]);
    const { checks, passed } = await verifyBase(ctx, settings, {
      ...{ ...options, platform, locked: {}, own: [], sandbox: 'auto' },
    });
    expect(passed).toBe(true);
    expect(checks).toContainEqual(
      having({ name: 'packages', why: '2 packages in /lib/apk/db/installed, as it was composed' }),
    );

    if (!base?.locked) throw new Error('it says nothing for the lock');
    const locked = { [lockKey(settings, platform)]: base.locked };
    files.delete('/x86_64/APKINDEX.tar.gz');
    asked.length = 0;
    const again = await buildBase(testCtx(), {
      ...options,
      settings,
      platforms: [platform],
      tags: [],
      locked,
    });
    expect(again.descriptor).toEqual(built.descriptor);
    expect(asked.toSorted()).toEqual(['/x86_64/busybox-1.37.0-r9.apk', '/x86_64/musl-1.2.5-r0.apk']);

    // Another build of the same version is not the one that was pinned; one that is gone is told as such.
    const name = '/x86_64/musl-1.2.5-r0.apk';
    const other = makeRepository([{ ...musl, files: [{ path: 'lib/other' }] }], { key }).get(name);
    files.set(name, other ?? Buffer.alloc(0));
    const from = async (): Promise<unknown> =>
      buildBase(testCtx(), { ...options, settings, platforms: [platform], tags: [], locked });
    await expect(from()).rejects.toMatchObject({ code: 'LOCK_MISMATCH' });
    files.delete(name);
    await expect(from()).rejects.toMatchObject({
      code: 'NOT_FOUND',
      hint: containing('coracle lock --update'),
    });
  });
});
