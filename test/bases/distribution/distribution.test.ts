import { afterAll, beforeAll, expect, test } from 'vitest';
import { distributionBase } from '../../../src/bases/distribution/distribution.ts';
import type { BaseImage, LockedBase } from '../../../src/bases/types.ts';
import { mergeLayers } from '../../../src/layer/merge.ts';
import { openTarget, platformImage } from '../../../src/oci/view.ts';
import { hostPlatform } from '../../../src/oci/platform.ts';
import { openStore } from '../../../src/store/store.ts';
import { contentOf } from '../../../src/base/tree.ts';
import type { Entry } from '../../../src/layer/entry.ts';
import { makeDeb } from '../../components/deb.ts';
import type { DebianMirror } from '../../components/debian-mirror.ts';
import { canMakeTrees, debianTrees } from '../../components/debian-trees.ts';
import type { DebianTrees } from '../../components/debian-trees.ts';
import { describeWith, installed, isRoot } from '../../components/program.ts';
import { containing } from '../../support/containing.ts';
import { sharedTempDir, testCtx } from '../../support/ctx.ts';
import type { TestCtx } from '../../support/ctx.ts';
import { describeAll, describeTar } from '../../base/debian/packages.ts';
import { installedPackages, lockOf, settingsFor, smallDebs, smallLock, startMirror } from './mirror.ts';

const platform = hostPlatform();

/** What mmdebstrap makes for the machine that it runs on, or leaves behind. */
const notOurs: readonly RegExp[] = [
  /^dev\//,
  /^etc\/(?:fstab|hostname|resolv\.conf|\.pwd\.lock)$/,
  /^etc\/(?:passwd|group|shadow|gshadow)-$/,
  /^etc\/apt\/sources\.list\.d\//,
  /^var\/lib\/dpkg\/(?:lock|lock-frontend|[a-z]+-old|triggers\/Lock)$/,
  /^var\/cache\/debconf\/[a-z]+\.dat-old$/,
  // apt makes these when it is used, and notes what came along by itself.
  /^var\/(?:cache\/apt\/archives|lib\/apt\/lists)\/(?:lock|partial)$/,
  /^var\/lib\/apt\/extended_states$/,
];

/** The same but for the day, and for the order in which shells were told of: all packages are unpacked before the first is set up. */
const sameButFor = ['etc/shadow', 'etc/shells'];

const probe = makeDeb(
  { Package: 'probe', Architecture: 'all' },
  [
    { path: './etc/probe.conf', content: 'as it came\n' },
    { path: './usr/share/probe/file', content: 'x' },
    { path: './usr/share/doc/probe/README', content: 'read me\n' },
    { path: './usr/share/doc/probe/copyright', content: 'anybody\n' },
  ],
  {
    conffiles: '/etc/probe.conf\n',
    preinst:
      '#!/bin/sh\necho "$1 $DPKG_MAINTSCRIPT_PACKAGE $(ls "${0%/*}" | tr "\\n" " ")" >/probe-preinst\n',
    postinst: [
      '#!/bin/sh',
      'set -e',
      '{ echo "$1 $DEBIAN_FRONTEND"; /usr/sbin/policy-rc.d && true; echo "services $?"; cat /proc/net/route | wc -l; } >/probe-postinst',
      'chown 7:8 /usr/share/probe/file',
      'echo now >/var/log/probe.log',
      '',
    ].join('\n'),
  },
);
const failing = makeDeb({ Package: 'failing', Architecture: 'all' }, [], {
  postinst: '#!/bin/sh\necho the disk is made of cheese >&2\nexit 3\n',
});
const apt = makeDeb({ Package: 'apt', Version: '99', Architecture: 'all' });

describeWith([canMakeTrees, isRoot, installed('unshare')], 'distributions', () => {
  let trees: DebianTrees;
  let mirror: DebianMirror;
  let small: DebianMirror;
  const home = sharedTempDir();
  beforeAll(async () => {
    trees = await debianTrees();
    mirror = await startMirror(trees);
    small = await startMirror(trees, [...smallDebs, probe, failing, apt]);
  }, 300_000);
  afterAll(async () => {
    await mirror.stop();
    await small.stop();
    home.remove();
  });
  const ctxHere = (): TestCtx => testCtx({ home: home.directory });
  const make = async (
    ctx: TestCtx,
    from: DebianMirror,
    locked: LockedBase,
    more: Parameters<typeof settingsFor>[1] = {},
  ): Promise<BaseImage> =>
    distributionBase(ctx, await openStore(ctx), settingsFor(from, more), {
      ...{ platform, locked, keys: from.keys },
    });

  test('a minimal system is what mmdebstrap --variant=minbase makes, file for file', async () => {
    const ctx = ctxHere();
    const locked = await lockOf(ctx, mirror, installedPackages(trees.minbase));
    const image = await make(ctx, mirror, locked);
    const ours = await describeAll(await entriesOf(ctx, image));
    const theirs = await describeTar(trees.minbase);
    const names = new Set([...ours.keys(), ...theirs.keys()]);
    const other = [...names].filter((name) => ours.get(name) !== theirs.get(name));
    expect(ours.size).toBeGreaterThan(5000);
    expect(other.filter((name) => !notOurs.some((pattern) => pattern.test(name))).sort()).toEqual(sameButFor);
    expect(image.setuid).toContain('/usr/bin/passwd');
    expect(image.config.Cmd).toEqual(['bash']);
    expect(ctx.events).toContainEqual(
      expect.objectContaining({ kind: 'step', name: `unpacking ${locked.packages.length} packages` }),
    );
  }, 300_000);

  test('scripts run as at a first installation: nobody is asked, nothing is started, there is no network', async () => {
    const ctx = ctxHere();
    const locked = await smallLock(ctx, small, ['usr-is-merged', 'apt', 'probe']);
    const image = await make(ctx, small, locked, { slim: true, omit: ['/usr/share/zoneinfo/**'] });
    const tree = new Map((await entriesOf(ctx, image)).map((entry) => [entry.path, entry]));
    expect(await textAt(tree, 'probe-preinst')).toBe(
      'install probe conffiles control list postinst preinst \n',
    );
    expect(await textAt(tree, 'probe-postinst')).toBe('configure noninteractive\nservices 101\n1\n');
    expect(tree.get('usr/share/probe/file')).toMatchObject({ uid: 7, gid: 8 });
    expect(await textAt(tree, 'var/lib/dpkg/status')).toMatch(/^ \/etc\/probe\.conf [0-9a-f]{32}$/m);
    expect([...tree.keys()].filter((name) => /coracle|policy-rc|tmp\.ci|status-old/.test(name))).toEqual([]);
    expect(tree.has('usr/share/doc/probe/README')).toBe(false);
    expect(tree.has('usr/share/doc/probe/copyright')).toBe(true);
    expect(tree.has('var/log/probe.log')).toBe(false);
    expect(image.omitted.map(({ kind }) => kind)).toEqual(expect.arrayContaining(['documents', 'logs']));
    expect(await textAt(tree, 'etc/apt/sources.list.d/debian.sources')).toContain(`URIs: ${small.url}\n`);

    const again = testCtx({ home: home.directory });
    const more = { slim: true, omit: ['/usr/share/zoneinfo/**'] };
    expect(await make(again, small, locked, more)).toEqual(image);
    expect(again.events).toEqual([]);

    const store = await openStore(ctx);
    const layer = (
      await (await platformImage(await openTarget(store.blobs, image.descriptor), platform)).layers()
    )[0];
    if (!layer) throw new Error('no layer');
    await store.blobs.remove(layer.digest);
    const later = testCtx({ home: home.directory, now: () => new Date('2031-02-03T04:05:06Z') });
    expect(await make(later, small, locked, more)).toEqual(image);
    expect(await store.blobs.has(layer.digest)).toBe(layer.size);
  }, 300_000);

  test('a script that fails is named with its last lines, and nothing is kept', async () => {
    const ctx = ctxHere();
    const locked = await smallLock(ctx, small, ['usr-is-merged', 'apt', 'failing']);
    await expect(make(ctx, small, locked)).rejects.toMatchObject({
      code: 'BASE_SCRIPT_FAILED',
      message: 'a maintainer script of failing failed (exit code 1)',
      detail: containing('the disk is made of cheese'),
    });
    const refs = await (await openStore(ctx)).refs.list();
    expect(refs.filter(({ name }) => !/debian-slim/.test(name))).toEqual([]);
  }, 120_000);

  const entriesOf = async (ctx: TestCtx, { descriptor }: BaseImage): Promise<Entry[]> => {
    const store = await openStore(ctx);
    const image = await platformImage(await openTarget(store.blobs, descriptor), platform);
    const entries: Entry[] = [];
    for await (const { content, ...entry } of mergeLayers(await image.layers())) {
      const parts: Uint8Array[] = [];
      if (content) for await (const part of content()) parts.push(Buffer.from(part));
      const bytes = Buffer.concat(parts);
      entries.push({
        ...entry,
        ...(content && {
          content: async function* whole() {
            yield bytes;
          },
        }),
      });
    }
    return entries;
  };
});

async function textAt(tree: ReadonlyMap<string, Entry>, path: string): Promise<string> {
  const entry = tree.get(path);
  return (entry && (await contentOf(entry, 1_000_000))?.toString('utf8')) ?? '';
}
