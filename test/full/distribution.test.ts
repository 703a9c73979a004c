/** A whole minimal system: held against Debian's own, made on another day, and made by users of one id and of many. */
import { chmodSync, chownSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { distributionBase } from '../../src/bases/distribution/distribution.ts';
import { lockKey } from '../../src/bases/lock-key.ts';
import type { BaseImage, BaseSettings, LockedBase } from '../../src/bases/types.ts';
import { writeLock } from '../../src/config/lock.ts';
import { hostPlatform } from '../../src/oci/platform.ts';
import { openStore } from '../../src/store/store.ts';
import { describeAll, describeTar } from '../base/debian/packages.ts';
import { entriesOf, notOurs, sameButFor } from '../bases/distribution/compared.ts';
import { installedPackages, lockOf, settingsFor } from '../bases/distribution/mirror.ts';
import { main } from '../cli/run.ts';
import { aptDebs } from '../components/deb.ts';
import type { Deb } from '../components/deb.ts';
import { startDebianMirror } from '../components/debian-mirror.ts';
import type { DebianMirror } from '../components/debian-mirror.ts';
import { canMakeTrees, debianTrees } from '../components/debian-trees.ts';
import type { DebianTrees } from '../components/debian-trees.ts';
import { call, describeWith, installed, isRoot } from '../components/program.ts';
import { become, canBecome, nobody } from '../components/users.ts';
import type { Who } from '../components/users.ts';
import { parseJson } from '../support/json.ts';
import { sharedTempDir, tempDir, testCtx } from '../support/ctx.ts';
import type { TestCtx } from '../support/ctx.ts';

const platform = hostPlatform();

/** What installing packages into an empty system brings, as apt says. */
function broughtBy(names: readonly string[]): string[] {
  const empty = ['-o', 'Dir::State::status=/dev/null', '-o', 'APT::Install-Recommends=0'];
  const text = execFileSync('apt-get', ['-s', ...empty, 'install', ...names], { stdio: 'pipe' }).toString();
  return [...text.matchAll(/^Inst (\S+)/gm)].map(([, name = '']) => name);
}

function nameOf({ control }: Deb): string {
  return /^Package: (.*)$/m.exec(control)?.[1] ?? '';
}

describeWith([canMakeTrees, isRoot, installed('unshare'), canBecome], 'a whole minimal system', () => {
  let trees: DebianTrees;
  let mirror: DebianMirror;
  let minimal: readonly string[];
  let compilers: readonly string[];
  const home = sharedTempDir();
  beforeAll(async () => {
    trees = await debianTrees();
    minimal = installedPackages(trees.minbase);
    const more = broughtBy(['gcc', 'git', 'libc6-dev']).filter((name) => !minimal.includes(name));
    const debs = [...(await aptDebs(minimal)), ...(await aptDebs(more))];
    compilers = more.filter((name) => debs.some((deb) => nameOf(deb) === name));
    mirror = await startDebianMirror({ release: trees.suite, packages: debs });
  }, 600_000);
  afterAll(async () => {
    await mirror.stop();
    home.remove();
  });
  const make = async (ctx: TestCtx, locked: LockedBase): Promise<BaseImage> =>
    distributionBase(ctx, await openStore(ctx), settingsFor(mirror), { platform, locked, keys: mirror.keys });

  test('is what mmdebstrap --variant=minbase makes, file for file, and the same on another day', async () => {
    const ctx = testCtx({ home: home.directory });
    const locked = await lockOf(ctx, mirror, minimal);
    const image = await make(ctx, locked);
    const ours = await describeAll(await entriesOf(ctx, image));
    const theirs = await describeTar(trees.minbase);
    const names = new Set([...ours.keys(), ...theirs.keys()]);
    const other = [...names].filter((name) => ours.get(name) !== theirs.get(name));
    expect(ours.size).toBeGreaterThan(5000);
    expect(other.filter((name) => !notOurs.some((pattern) => pattern.test(name))).sort()).toEqual(sameButFor);
    expect(image.setuid).toContain('/usr/bin/passwd');
    expect(image.config.Cmd).toEqual(['bash']);

    const later = testCtx({ now: () => new Date(Date.now() - 400 * 24 * 3600 * 1000) });
    expect((await make(later, locked)).descriptor).toEqual(image.descriptor);
  }, 600_000);

  /** A project whose lock has the packages: no index is opened, and so the archive needs no key. */
  const project = async (packages: readonly string[], names: readonly string[]): Promise<string> => {
    const place = tempDir();
    chmodSync(place, 0o755);
    const settings: BaseSettings = settingsFor(mirror, { packages });
    const locked = await lockOf(testCtx({ home: home.directory }), mirror, names);
    await writeLock(path.join(place, 'coracle.lock'), {
      composed: { [lockKey(settings, platform)]: locked },
    });
    return place;
  };
  const built = async (who: Who, place: string, packages: readonly string[]): Promise<string> => {
    const directory = tempDir();
    chmodSync(directory, 0o755);
    const own = path.join(directory, 'home');
    mkdirSync(own);
    if (who !== 'root') chownSync(own, nobody.uid, nobody.gid);
    const { release = '', mirror: archive = '', securityMirror = '' } = settingsFor(mirror).debian;
    const sources = ['--debian-release', release, '--debian-mirror', archive];
    const more = packages.length > 0 ? ['--packages', packages.join(',')] : [];
    const words = ['base', 'build', 'debian-slim', '--json', ...sources, ...more];
    const { stdout } = await call(
      [
        ...become(who, directory),
        process.execPath,
        main,
        ...words,
        '--debian-security-mirror',
        securityMirror,
      ],
      { cwd: place, env: { HOME: own, CORACLE_HOME: path.join(own, 'coracle') } },
    );
    return parseJson<{ digest: string }>(stdout).digest;
  };

  test('is the same image whoever makes it: root, somebody with one id, somebody with many', async () => {
    const place = await project([], minimal);
    const digests = [];
    for (const who of ['root', 'single', 'subids'] as const) digests.push(await built(who, place, []));
    expect(new Set(digests).size).toBe(1);
  }, 900_000);

  test('gcc and git are set up by somebody with one id', async () => {
    const packages = ['gcc', 'git', 'libc6-dev'];
    const place = await project(packages, [...minimal, ...compilers]);
    expect(await built('single', place, packages)).toBe(await built('root', place, packages));
  }, 900_000);
});
