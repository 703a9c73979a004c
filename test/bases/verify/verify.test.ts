import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { caBundle } from '../../../src/base/ca-bundle.ts';
import { directoryEntry, root } from '../../../src/base/parts/entry.ts';
import { baseImageOf } from '../../../src/bases/make-image.ts';
import type { Check, CheckName, VerifyRequest } from '../../../src/bases/verify/types.ts';
import { needVerified, verified } from '../../../src/bases/verify/verified.ts';
import { verifyImage } from '../../../src/bases/verify/verify.ts';
import { hostPlatform } from '../../../src/oci/platform.ts';
import { openStore } from '../../../src/store/store.ts';
import { describeWith, installed, isRoot } from '../../components/program.ts';
import type { Probe } from '../../components/program.ts';
import { containing } from '../../support/containing.ts';
import { testCtx, type TestCtx } from '../../support/ctx.ts';
import { program, smallBase, type Changes } from './small-base.ts';

/** Without Go nothing has to be compiled; what a Go program would do is told as it is. */
const withoutGo = { PATH: '/usr/bin:/bin', SSL_CERT_FILE: '', LANG: '' };

async function imageOf(ctx: TestCtx, changes: Changes) {
  return baseImageOf(ctx, await openStore(ctx), smallBase(changes), {
    platform: hostPlatform(),
    compression: { kind: 'none' },
  });
}

async function checksOf(
  changes: Changes,
  more: Partial<VerifyRequest> = {},
): Promise<(name: CheckName) => Check> {
  const ctx = testCtx({ env: withoutGo });
  const { reference } = await imageOf(ctx, changes);
  const { checks } = await verifyImage(ctx, {
    ...{ image: `store:${reference}`, access: { insecure: [] }, sandbox: 'auto', own: [] },
    ...more,
  });
  return (name) => {
    const found = checks.find((check) => check.name === name);
    if (!found) throw new Error(`no check ${name}`);
    return found;
  };
}

/** Where a C program of this machine has its loader and its library. */
function glibcFiles(): string[] {
  const busy = execFileSync('ldd', [process.execPath]).toString();
  return [...busy.matchAll(/(\/\S*\/(?:libc\.so\.6|ld-linux[^ /]*\.so\.\d))/g)].map(([file]) => file);
}

const hasGlibc: Probe = () =>
  installed('gcc')() ??
  installed('ldd')() ??
  (glibcFiles().length === 2 ? undefined : 'its Node is linked with another C library');

/** A base's own glibc: of this machine. */
function glibc(): Changes {
  return Object.fromEntries(
    glibcFiles().map((file) => [file.slice(1), program(file.slice(1), readFileSync(file))]),
  );
}

const list = 'Package: libc6\nStatus: install ok installed\nVersion: 2.41-12\nArchitecture: amd64\n';
const packages = [
  { name: 'libc6', version: '2.41-12', architecture: 'amd64', sha256: '', size: 0, filename: '' },
];

/** What the test is not about is not there: each program that is there is started once or more. */
const bare = { 'bin/sh': null, 'bin/id': null, 'bin/date': null, 'bin/wget': null };

describeWith([isRoot, installed('busybox')], 'tests inside a base', () => {
  test('a base that does what it should passes; what it has not does not apply', async () => {
    const check = await checksOf({}, { own: [{ argv: ['id'], line: 'id -u | grep 0' }] });
    expect(check('names')).toMatchObject({ outcome: 'passed', by: 'wget, inside' });
    expect(check('shell')).toMatchObject({ outcome: 'passed', why: '/bin/sh runs' });
    expect(check('users')).toMatchObject({ outcome: 'passed', by: 'id, inside' });
    expect(check('temporary')).toMatchObject({ outcome: 'passed', why: 'user 65532 writes there' });
    expect(check('own')).toMatchObject({ outcome: 'passed' });
    for (const name of ['packages', 'zones', 'libraries'] as const)
      expect(check(name)).toMatchObject({ outcome: 'not applicable' });
    // busybox's wget knows no authorities, and is not asked.
    expect(check('tls').why).toContain('no connection was tried');
  });

  test('one thing wrong with each: a name, /tmp, the shell, a user, time zones, a client of TLS, the list, a command', async () => {
    const check = await checksOf(
      {
        'bin/getent': program('bin/getent', '#!/bin/sh\necho "10.0.0.1 $2"\n'),
        'bin/sh': program('bin/sh', '#!/bin/busybox sh\necho 41\n'),
        'bin/id': program('bin/id', '#!/bin/busybox sh\necho 1\n'),
        'bin/curl': program('bin/curl', '#!/bin/busybox sh\nexit 0\n'),
        'bin/dpkg-query': program('bin/dpkg-query', '#!/bin/busybox sh\necho installed libc6 2.41-11\n'),
        'var/lib/dpkg/status': list,
        'usr/share/zoneinfo/Europe/Berlin': 'nonsense',
        tmp: directoryEntry('tmp', 0o755, root, 0),
      },
      { packages, own: [{ argv: ['/bin/busybox', 'false'] }] },
    );
    expect(check('names')).toMatchObject({ outcome: 'failed', why: 'localhost is not found' });
    expect(check('shell')).toMatchObject({ outcome: 'failed', said: ['41'] });
    expect(check('users')).toMatchObject({ outcome: 'failed', why: 'root is not known as 0' });
    expect(check('temporary').why).toContain('mode 755');
    expect(check('tls').why).toBe('a server of an unknown authority is accepted');
    expect(check('packages').why).toContain('dpkg-query has libc6 2.41-11');
    expect(check('zones').outcome).toBe('failed');
    expect(check('own')).toMatchObject({ outcome: 'failed', why: 'it exits 1' });
  });

  test('a client that trusts nobody is told; what was composed and is not there fails, unless it was left out', async () => {
    const tzdata = { name: 'tzdata', version: '1', architecture: 'all', sha256: '', size: 0, filename: '' };
    const check = await checksOf(
      {
        ...bare,
        'bin/curl': program('bin/curl', '#!/bin/busybox sh\nexit 60\n'),
        'bin/dpkg-query': program('bin/dpkg-query', '#!/bin/busybox sh\necho installed libc6 2.41-12\n'),
        'var/lib/dpkg/status': list,
        'usr/share/zoneinfo/tzdata.zi': '',
      },
      { packages: [...packages, tzdata], omit: ['/usr/share/zoneinfo/Europe/**'] },
    );
    expect(check('tls').why).toContain('refused although its authority stands in');
    expect(check('packages').why).toContain('has no tzdata 1');
    expect(check('zones')).toMatchObject({ outcome: 'not applicable' });
  });

  test('a client that trusts what stands in the bundle passes; dpkg says what lies there and what was composed', async () => {
    const { pem } = caBundle();
    const count = pem.toString().match(/BEGIN/g)?.length ?? 0;
    const script = `#!/bin/busybox sh
n=0
while read -r line; do case $line in *BEGIN*) n=$((n + 1)) ;; esac; done </etc/ssl/certs/ca-certificates.crt
[ $n -gt ${count} ] || exit 60
`;
    const check = await checksOf(
      {
        ...bare,
        'bin/curl': program('bin/curl', script),
        'bin/dpkg-query': program('bin/dpkg-query', '#!/bin/busybox sh\necho installed libc6 2.41-12\n'),
        'var/lib/dpkg/status': list,
      },
      { packages },
    );
    expect(check('tls')).toMatchObject({ outcome: 'passed', by: 'curl, inside' });
    expect(check('packages')).toMatchObject({ outcome: 'passed', by: 'dpkg-query, inside' });
  });

  test('a base that failed is not used; one that passed is not tried again for the same bytes', async () => {
    const ctx = testCtx({ env: withoutGo });
    const broken = await imageOf(ctx, { ...bare, tmp: directoryEntry('tmp', 0o755, root, 0) });
    const settings = { verify: [], omit: [] };
    await expect(needVerified(ctx, broken, settings)).rejects.toMatchObject({
      code: 'BASE_UNVERIFIED',
      detail: containing('/tmp has mode 755'),
    });
    expect(await verified(ctx, broken.descriptor.digest)).toBeUndefined();
    const sound = await imageOf(ctx, bare);
    await needVerified(ctx, sound, settings);
    expect(await verified(ctx, sound.descriptor.digest)).toBeDefined();
    const before = ctx.events.length;
    await needVerified(ctx, sound, settings);
    expect(ctx.events.length).toBe(before);
    // With a command of the user's it must pass anew.
    await expect(
      needVerified(ctx, sound, { ...settings, verify: [['/bin/busybox', 'false']] }),
    ).rejects.toMatchObject({ code: 'BASE_UNVERIFIED' });
  });

  describeWith([hasGlibc], 'glibc without a shell', () => {
    test('is asked for names by a small C program, or it is said why not', async () => {
      const check = await checksOf({ ...bare, 'bin/busybox': null, ...glibc() });
      expect(check('names')).toMatchObject({ outcome: 'passed', by: 'a small C program, inside' });
      const wrong = { 'etc/nsswitch.conf': 'hosts: nothing\n' };
      const refused = await checksOf({ ...bare, 'bin/busybox': null, ...glibc(), ...wrong });
      expect(refused('names')).toMatchObject({ outcome: 'failed', why: 'localhost is not found' });
    });
  });
});
