import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { distributionBase } from '../../../src/bases/distribution/distribution.ts';
import { toolchainBase } from '../../../src/bases/distribution/toolchain.ts';
import type { BaseImage, LockedBase } from '../../../src/bases/types.ts';
import type { Toolchain } from '../../../src/golang/toolchain.ts';
import type { Entry } from '../../../src/layer/entry.ts';
import { hostPlatform } from '../../../src/oci/platform.ts';
import { openTarget, platformImage } from '../../../src/oci/view.ts';
import { openStore } from '../../../src/store/store.ts';
import { makeDeb } from '../../components/deb.ts';
import type { DebianMirror } from '../../components/debian-mirror.ts';
import { canMakeTrees, debianTrees } from '../../components/debian-trees.ts';
import type { DebianTrees } from '../../components/debian-trees.ts';
import { describeWith, installed, isRoot } from '../../components/program.ts';
import { containing } from '../../support/containing.ts';
import { sharedTempDir, testCtx } from '../../support/ctx.ts';
import type { TestCtx } from '../../support/ctx.ts';
import { describeAll, describeTar } from '../../base/debian/packages.ts';
import { entriesOf, notOurs, textAt } from './compared.ts';
import { settingsFor, smallDebs, smallLock, startMirror } from './mirror.ts';

const platform = hostPlatform();

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
/** Names without programs: what a lock must have, in a system that is about something else. */
const nominal = ['apt', 'ca-certificates', 'gcc', 'git', 'libc6-dev'].map((name) =>
  makeDeb({ Package: name, Version: '9:1', Architecture: 'all' }),
);

/** A host's own Go, as little of it as is looked at. */
function toolchainAt(goroot: string): Toolchain {
  mkdirSync(path.join(goroot, 'bin'), { recursive: true });
  writeFileSync(path.join(goroot, 'VERSION'), 'go1.26.3\ntime 2026-04-01T12:00:00Z\n');
  writeFileSync(path.join(goroot, 'go.env'), 'GOPROXY=https://me:s3cret@proxy.example.com\n');
  writeFileSync(path.join(goroot, 'bin/go'), '#!/bin/sh\n', { mode: 0o755 });
  return { version: '1.26.3', goroot, go: path.join(goroot, 'bin/go'), origin: 'host' };
}

describeWith([canMakeTrees, isRoot, installed('unshare')], 'distributions', () => {
  let trees: DebianTrees;
  let mirror: DebianMirror;
  /** One system is made for all tests: with a toolchain above it, slim, without time zones. */
  let image: BaseImage;
  let tree: Map<string, Entry>;
  let make: (ctx: TestCtx) => Promise<BaseImage>;
  const home = sharedTempDir();
  beforeAll(async () => {
    trees = await debianTrees();
    mirror = await startMirror(trees, [...smallDebs, probe, failing, ...nominal]);
    const ctx = testCtx({ home: home.directory });
    const own = [...nominal.map(({ control }) => /^Package: (.*)$/m.exec(control)?.[1] ?? ''), 'probe'];
    const locked = await smallLock(ctx, mirror, ['usr-is-merged', ...own]);
    const toolchain = toolchainAt(path.join(home.directory, 'go'));
    make = async (at) =>
      toolchainBase(at, await openStore(at), {
        settings: settingsFor(mirror, { name: 'toolchain', slim: true, omit: ['/usr/share/zoneinfo/**'] }),
        ...{ toolchain, platform, musl: false, locked, keys: mirror.keys },
      });
    image = await make(ctx);
    tree = new Map((await entriesOf(ctx, image)).map((entry) => [entry.path, entry]));
  });
  afterAll(async () => {
    await mirror.stop();
    home.remove();
  });

  test('scripts run as at a first installation: nobody is asked, nothing is started, there is no network', async () => {
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
    expect(await textAt(tree, 'etc/apt/sources.list.d/debian.sources')).toContain(`URIs: ${mirror.url}\n`);
  });

  // The whole minimal system is compared in test/full.
  test('what it has of a minimal system is as mmdebstrap --variant=minbase makes it, file for file', async () => {
    const theirs = await describeTar(trees.minbase);
    const own = /^(?:go|usr\/local\/go|probe-|etc\/probe|usr\/share\/(?:doc\/)?probe|var\/lib\/dpkg\/)/;
    const ours = await describeAll([...tree.values()].filter(({ path: name }) => !own.test(name)));
    const compared = [...ours.keys()].filter((name) => !notOurs.some((pattern) => pattern.test(name)));
    expect(compared.length).toBeGreaterThan(500);
    const other = compared.filter((name) => ours.get(name) !== theirs.get(name));
    // What is made of all packages together, of which there are more in a minimal system.
    expect(other.sort()).toEqual([
      ...['etc/group', 'etc/ld.so.cache', 'etc/passwd', 'etc/shells', 'var/lib/shells.state'],
    ]);
  });

  test('a toolchain lies above it in a layer of its own, set up as images of Go have it', async () => {
    const ctx = testCtx({ home: home.directory });
    const store = await openStore(ctx);
    const parts = await platformImage(await openTarget(store.blobs, image.descriptor), platform);
    expect(await parts.layers()).toHaveLength(2);
    expect((await parts.config()).history?.map((one) => one.created_by)).toEqual([
      'coracle base build toolchain-system',
      'coracle base build toolchain (Go 1.26.3)',
    ]);
    expect(image.config).toMatchObject({
      Env: [
        containing('PATH=/go/bin:/usr/local/go/bin:/usr/local/sbin'),
        ...['GOLANG_VERSION=1.26.3', 'GOTOOLCHAIN=local', 'GOPATH=/go'],
      ],
      WorkingDir: '/go',
    });
    expect(image.statement).toContain('Debian with ca-certificates, gcc, git, libc6-dev, and Go 1.26.3');
    expect(image.locked?.packages.map(({ name }) => name)).toEqual(expect.arrayContaining(['gcc', 'git']));
    expect(tree.get('usr/local/go/bin/go')).toMatchObject({ mode: 0o755, uid: 0 });
    expect(await textAt(tree, 'usr/local/go/go.env')).toBe('GOPROXY=https://proxy.example.com\n');
    // Neither system nor toolchain is made again.
    expect(await make(ctx)).toEqual(image);
    expect(ctx.events).toEqual([]);
  });

  test('a script that fails is named with its last lines, and nothing is kept', async () => {
    const ctx = testCtx({ home: home.directory });
    const locked: LockedBase = await smallLock(ctx, mirror, ['usr-is-merged', 'apt', 'failing']);
    const store = await openStore(ctx);
    const before = await store.refs.list();
    await expect(
      distributionBase(ctx, store, settingsFor(mirror), { platform, locked, keys: mirror.keys }),
    ).rejects.toMatchObject({
      code: 'BASE_SCRIPT_FAILED',
      message: 'a maintainer script of failing failed (exit code 1)',
      detail: containing('the disk is made of cheese'),
    });
    expect(await store.refs.list()).toEqual(before);
  });
});
