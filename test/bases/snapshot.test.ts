import { expect, onTestFinished, test } from 'vitest';
import { planBase } from '../../src/bases/compose.ts';
import { choosePackages } from '../../src/bases/distribution/packages.ts';
import { baseImageOf } from '../../src/bases/make-image.ts';
import { plainSettings } from '../../src/bases/settings.ts';
import type { BaseSettings, LockedBase } from '../../src/bases/types.ts';
import { snapshotTime } from '../../src/base/debian/snapshot.ts';
import { openStore } from '../../src/store/store.ts';
import { makeDeb } from '../components/deb.ts';
import { makeMirrorKey, startDebianMirror } from '../components/debian-mirror.ts';
import type { DebianMirror } from '../components/debian-mirror.ts';
import { containing } from '../support/containing.ts';
import { testCtx } from '../support/ctx.ts';

const platform = { os: 'linux', architecture: 'amd64' };
const snapshot = '20200106T000000Z';
const suites = ['trixie', 'trixie-updates', 'trixie-security'];
const tool = (version: string): ReturnType<typeof makeDeb> =>
  makeDeb({ Package: 'tool', Version: version }, [{ path: './usr/bin/tool', content: version, mode: 0o755 }]);
const least = ['apt', 'debian-archive-keyring'].map((name) => makeDeb({ Package: name }));

/** An archive that keeps the past: tool 1.0 on the day of the snapshot, valid for a week, and 2.0 four years later. */
async function start(): Promise<{ mirror: DebianMirror; settings: (day: string) => BaseSettings }> {
  const mirror = await startDebianMirror({
    key: await makeMirrorKey({ date: new Date('2020-01-01T00:00:00Z') }),
  });
  onTestFinished(async () => mirror.stop());
  const publish = async (version: string, date: Date): Promise<void> => {
    const validUntil = new Date(date.getTime() + 7 * 24 * 3600 * 1000);
    for (const suite of suites)
      await mirror.publish(suite, {
        date,
        validUntil,
        ...(suite === 'trixie' && { packages: [tool(version), ...least] }),
      });
  };
  await publish('1.0', new Date('2020-01-05T00:00:00Z'));
  for (const day of [snapshot, '20200301T000000Z']) mirror.keep(day);
  for (const name of [...mirror.files.keys()])
    if (/^\/debian(?:-security)?\/(?:dists|pool)/.test(name)) mirror.files.delete(name);
  await publish('2.0', new Date('2024-01-05T00:00:00Z'));
  const debian = {
    release: 'trixie',
    mirror: mirror.dated,
    securityMirror: mirror.dated.replace('/debian/', '/debian-security/'),
  };
  return {
    mirror,
    settings: (day) => ({
      ...plainSettings('debian'),
      packages: ['tool'],
      debian: { ...debian, snapshot: day },
    }),
  };
}

const onDay = (day: string): ReturnType<typeof testCtx> => testCtx({ now: () => new Date(day) });

async function imageOf(
  day: string,
  settings: BaseSettings,
  mirror: DebianMirror,
  locked?: LockedBase,
): Promise<[string, LockedBase]> {
  const ctx = onDay(day);
  const plan = await planBase(ctx, settings, { platform, keys: mirror.keys, ...(locked && { locked }) });
  const created = snapshotTime(settings.debian.snapshot ?? '').getTime() / 1000;
  const image = await baseImageOf(ctx, await openStore(ctx), await plan.compose(), {
    ...{ platform, compression: { kind: 'gzip' }, created },
  });
  return [image.descriptor.digest, plan.locked];
}

test('a snapshot is judged at its own date, says so in the lock, and is the same image years later', async () => {
  const { mirror, settings } = await start();
  const [digest, locked] = await imageOf('2020-01-07T00:00:00Z', settings(snapshot), mirror);
  expect(locked).toMatchObject({
    source: `debian trixie as of ${snapshot}`,
    packages: [{ name: 'tool', version: '1.0' }],
  });
  // In another home, four years later: with the index of that day, and from the lock alone.
  expect(await imageOf('2024-01-06T00:00:00Z', settings(snapshot), mirror)).toEqual([digest, locked]);
  mirror.requests.length = 0;
  expect((await imageOf('2024-01-06T00:00:00Z', settings(snapshot), mirror, locked))[0]).toBe(digest);
  expect(mirror.requests).toEqual([`/debian/${snapshot}/pool/main/t/tool/tool_1.0_amd64.deb`]);
});

test('what was no longer valid on the day of the snapshot is refused; a day that is not kept is said', async () => {
  const { mirror, settings } = await start();
  await expect(imageOf('2020-01-07T00:00:00Z', settings('20200301T000000Z'), mirror)).rejects.toMatchObject({
    code: 'INDEX_OUTDATED',
  });
  await expect(imageOf('2020-01-07T00:00:00Z', settings('20200107T000000Z'), mirror)).rejects.toMatchObject({
    code: 'NOT_FOUND',
    message: containing('as of 20200107T000000Z'),
  });
});

test('a snapshot is no rollback of what was seen since, and does not hide it', async () => {
  const { mirror, settings } = await start();
  const ctx = onDay('2024-01-06T00:00:00Z');
  const { debian, ...rest } = settings(snapshot);
  const now = {
    ...rest,
    debian: { release: 'trixie', mirror: mirror.url, securityMirror: `${mirror.url}-security` },
  };
  const versionOf = async (asked: BaseSettings): Promise<string | undefined> =>
    (await planBase(ctx, asked, { platform, keys: mirror.keys })).locked.packages[0]?.version;
  expect(await versionOf(now)).toBe('2.0');
  expect(await versionOf({ ...rest, debian })).toBe('1.0');
  expect(await versionOf(now)).toBe('2.0');
});

test('a whole distribution of a snapshot says so too', async () => {
  const { mirror, settings } = await start();
  const ctx = onDay('2024-01-06T00:00:00Z');
  const { locked } = await choosePackages(ctx, settings(snapshot), {
    platform,
    packages: ['tool'],
    keys: mirror.keys,
  });
  expect(locked.source).toBe(`debian trixie as of ${snapshot}`);
  expect(locked.packages.map(({ name, version }) => `${name} ${version}`)).toContain('tool 1.0');
});
