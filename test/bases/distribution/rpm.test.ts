import { expect, test } from 'vitest';
import { makeBase, type MakeOptions } from '../../../src/bases/make.ts';
import { plainSettings } from '../../../src/bases/settings.ts';
import { showBase } from '../../../src/bases/show.ts';
import { verifyBase } from '../../../src/bases/verify-base.ts';
import { figuresOf } from '../../../src/compare/measure/figures.ts';
import { hostPlatform } from '../../../src/oci/platform.ts';
import { openStore } from '../../../src/store/store.ts';
import { describeWith, installed, isRoot } from '../../components/program.ts';
import { canMakeRpmImage, rpmImageFiles, rpmPackages } from '../../components/rpm-image.ts';
import { putImage } from '../../run/image.ts';
import { busybox } from '../../solve/exec/files.ts';
import { testCtx } from '../../support/ctx.ts';

describeWith([canMakeRpmImage, isRoot, installed('busybox')], 'an image of RPM packages', () => {
  test('made slim it keeps its licences and its database, which rpm inside reads as before', async () => {
    const ctx = testCtx({ env: { PATH: '/usr/bin:/bin', SSL_CERT_FILE: '', LANG: '' } });
    const name = 'docker.io/team/rpm:1';
    const leftBehind = {
      'var/cache/dnf/packages.solv': 'y',
      'var/lib/dnf/history.sqlite': 'zz',
      'var/log/dnf.log': 'www',
    };
    await putImage(ctx, name, { ...busybox(), ...(await rpmImageFiles()), ...leftBehind }, { User: '' });
    const store = await openStore(ctx);
    const settings = { ...plainSettings(name), slim: true };
    const options: MakeOptions = {
      ...{ platform: hostPlatform(), compression: { kind: 'gzip' }, extraCa: [], locked: {} },
      access: { insecure: [] },
    };
    const base = await makeBase(ctx, store, settings, options);
    expect(base.omitted).toEqual(
      expect.arrayContaining([
        { kind: 'documents', files: 2, bytes: 15 },
        { kind: 'locales', files: 1, bytes: 5 },
        { kind: 'caches', files: 1, bytes: 1 },
        { kind: 'logs', files: 2, bytes: 5 },
      ]),
    );
    const shown = await showBase(ctx, settings, options);
    expect(shown).toMatchObject({ rpm: true, packages: [] });
    const { figures } = await figuresOf(ctx, store, base);
    expect(figures.packages).toEqual({ value: rpmPackages.length });

    // busybox's shell has an rpm of its own, which it would take.
    const all = "/usr/bin/rpm -qa --queryformat '%{NAME} %{EPOCHNUM}:%{VERSION}-%{RELEASE}\\n'";
    const own = [
      ...rpmPackages.map((text) => `${all} | grep -x '${text}'`),
      '/usr/bin/rpm -ql tiny && test -f /usr/share/licenses/tiny/LICENSE',
    ].map((line) => ({ argv: [], line }));
    const { checks } = await verifyBase(ctx, settings, { ...options, own, sandbox: 'auto' });
    expect(checks.find((check) => check.name === 'packages')).toMatchObject({
      outcome: 'passed',
      why: '2 packages in /usr/lib/sysimage/rpm',
      by: 'rpm, inside',
    });
    expect(checks.filter(({ outcome }) => outcome === 'failed')).toEqual([]);
    expect(shown.digest).toBe(base.descriptor.digest);
  });
});
