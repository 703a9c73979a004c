import { createHash } from 'node:crypto';
import { expect, onTestFinished, test } from 'vitest';
import type { LockedPackage } from '../../src/base/debian/types.ts';
import { buildBase, type BaseRequest } from '../../src/bases/build-base.ts';
import { lockKey } from '../../src/bases/lock-key.ts';
import { plainSettings } from '../../src/bases/settings.ts';
import { showBase } from '../../src/bases/show.ts';
import { exportBase, refuseNamelessPush } from '../../src/build/export/base.ts';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { builtBaseDocument } from '../../src/render/base/documents.ts';
import { documentSchema } from '../../src/render/schemas.ts';
import { parsePlatform } from '../../src/oci/platform.ts';
import { openStore } from '../../src/store/store.ts';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { makeDeb } from '../components/deb.ts';
import { startDebianMirror } from '../components/debian-mirror.ts';
import { having } from '../support/containing.ts';
import { testCtx } from '../support/ctx.ts';

/** A base of one package that is pinned in a lock: no index is asked, so no key is needed. */
async function pinned(): Promise<BaseRequest> {
  const deb = makeDeb({ Package: 'tool', Architecture: 'all', Version: '2.0' }, [
    { path: './usr/share/tool/data', content: 'x'.repeat(5000) },
    { path: './usr/share/man/man1/tool.1', content: 'how to' },
  ]);
  const mirror = await startDebianMirror({ packages: [deb] });
  onTestFinished(async () => mirror.stop());
  const settings = {
    ...plainSettings('debian'),
    ...{ packages: ['tool'], slim: true },
    debian: { mirror: mirror.url, securityMirror: `${mirror.url}-security` },
  };
  const locked: LockedPackage = {
    ...{ name: 'tool', version: '2.0', architecture: 'all', size: deb.bytes.length },
    sha256: createHash('sha256').update(deb.bytes).digest('hex'),
    filename: 'pool/main/t/tool/tool_2.0_all.deb',
  };
  const platforms = ['linux/amd64', 'linux/arm64'].map(parsePlatform);
  const made = { source: 'debian test', wanted: ['tool'], packages: [locked] };
  return {
    ...{ settings, platforms, tags: ['team/tool'], extraCa: [], access: { insecure: [] } },
    compression: { kind: 'gzip', level: 1 },
    locked: Object.fromEntries(platforms.map((platform) => [lockKey(settings, platform), made])),
  };
}

test('a base that the lock pins: an index of two platforms under its name, counted, shown, exported', async () => {
  const ctx = testCtx();
  const request = await pinned();
  const built = await buildBase(ctx, request);
  expect(built.references).toEqual(['docker.io/team/tool:latest']);
  expect(built.descriptor.mediaType).toContain('index');
  const store = await openStore(ctx);
  expect((await store.refs.get('docker.io/team/tool:latest'))?.descriptor.digest).toBe(
    built.descriptor.digest,
  );
  expect(built.platforms.map(({ base }) => base.omitted)).toEqual(
    [1, 2].map(() => [having({ files: 1, bytes: 6 })]),
  );
  const valid = new Ajv2020({ strict: true }).compile(documentSchema('base-build'));
  valid(builtBaseDocument(built));
  expect(valid.errors).toBeNull();
  const shown = await showBase(ctx, request.settings, { ...request, platform: parsePlatform('linux/arm64') });
  expect(shown).toMatchObject({ platform: 'linux/arm64', user: '65532:65532', setuid: [] });
  expect(shown.packages).toContainEqual(having({ name: 'tool', version: '2.0' }));
  expect(shown.made?.locked?.packages.map(({ name }) => name)).toEqual(['tool']);
  const dest = path.join(ctx.home, 'base.tar');
  await exportBase(ctx, built, [{ type: 'oci', dest }], {});
  expect(existsSync(dest)).toBe(true);
});

test('the same lock gives the same digest in another home', async () => {
  const request = await pinned();
  const [one, other] = [await buildBase(testCtx(), request), await buildBase(testCtx(), request)];
  expect(other.descriptor).toEqual(one.descriptor);
});

test('a push needs a name to push to, and that is said before anything is made', () => {
  expect(() => refuseNamelessPush([{ type: 'registry' }], [])).toThrow('no name to be pushed under');
  expect(() => refuseNamelessPush([{ type: 'registry' }], ['a.example.com/b'])).not.toThrow();
});
