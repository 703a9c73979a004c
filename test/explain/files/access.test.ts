import path from 'node:path';
import { expect, test } from 'vitest';
import { capabilitiesOf } from '../../../src/explain/files/capabilities.ts';
import { tempDir, testCtx } from '../../support/ctx.ts';
import { directory, file, link } from '../../layer/support.ts';
import { explainImageAt, writeDockerTar } from '../images.ts';

/** struct vfs_cap_data of revision 2 (or 3, with an owner), as setcap writes it. */
function attribute(flags: number, permitted: bigint, inheritable = 0n, owner?: number): Buffer {
  const bytes = Buffer.alloc(owner === undefined ? 20 : 24);
  bytes.writeUInt32LE((owner === undefined ? 0x02000000 : 0x03000000) | flags, 0);
  bytes.writeUInt32LE(Number(permitted & 0xffffffffn), 4);
  bytes.writeUInt32LE(Number(inheritable & 0xffffffffn), 8);
  bytes.writeUInt32LE(Number(permitted >> 32n), 12);
  bytes.writeUInt32LE(Number(inheritable >> 32n), 16);
  if (owner !== undefined) bytes.writeUInt32LE(owner, 20);
  return bytes;
}

test('file capabilities are written as getcap does', () => {
  const of = (bytes: Uint8Array): string | undefined => capabilitiesOf({ 'security.capability': bytes });
  expect(of(attribute(1, 1n << 10n))).toBe('cap_net_bind_service=ep');
  expect(of(attribute(0, (1n << 12n) | (1n << 13n)))).toBe('cap_net_admin,cap_net_raw=p');
  expect(of(attribute(1, 1n << 40n, 1n << 40n))).toBe('cap_checkpoint_restore=eip');
  expect(of(attribute(1, 1n << 31n, 1n << 21n))).toBe('cap_sys_admin=ei cap_setfcap=ep');
  expect(of(attribute(1, 1n << 0n, 0n, 1000))).toBe('cap_chown=ep for root of uid 1000');
  expect(of(attribute(1, 1n << 63n))).toBe('cap_63=ep');
  expect(of(Buffer.from([1, 2, 3]))).toMatch(/no kernel/);
  expect(capabilitiesOf({ 'user.x': Buffer.alloc(20) })).toBeUndefined();
});

test('who could do what: as the last layer leaves it', async () => {
  const ctx = testCtx({ cwd: tempDir() });
  const what = await writeDockerTar(path.join(ctx.cwd, 'image.tar'), {
    layers: [
      {
        entries: [
          file('etc/passwd', 'root:x:0:0::/root:/bin/sh\napp:x:1000:1000::/:/sbin/nologin\nbroken\n'),
          file('usr/bin/su', 'su', { mode: 0o4755 }),
          file('usr/bin/fixed', 'x', { mode: 0o4755 }),
          file('usr/bin/wall', 'wall', { mode: 0o2755, uid: 1000 }),
          file('usr/bin/ping', 'ping', { xattrs: { 'security.capability': attribute(1, 1n << 13n) } }),
          directory('tmp', { mode: 0o1777 }),
          directory('open', { mode: 0o777 }),
          file('srv/open', '', { mode: 0o666 }),
          link('symlink', 'srv/link', 'open'),
          { ...directory('dev/null'), type: 'char', major: 1, minor: 3, mode: 0o666 },
          file('bin/busybox', 'b'),
          link('symlink', 'bin/sh', 'busybox'),
          file('usr/bin/apt-get', 'a'),
          file('home/sh', 'no program'),
        ],
      },
      { entries: [file('usr/bin/fixed', 'x', { mode: 0o755 })] },
    ],
  });
  const { access } = await explainImageAt(ctx, what);
  expect(access).toEqual({
    setuid: [
      { path: '/usr/bin/su', layer: 0, detail: '4755 root' },
      { path: '/usr/bin/wall', layer: 0, detail: '2755 app, group 0' },
    ],
    capabilities: [{ path: '/usr/bin/ping', layer: 0, detail: 'cap_net_raw=ep' }],
    worldWritable: [
      { path: '/open', layer: 0, detail: '0777 directory' },
      { path: '/srv/open', layer: 0, detail: '0666 file' },
    ],
    devices: [{ path: '/dev/null', layer: 0, detail: 'char 1:3, 0666' }],
    users: [
      { name: 'root', uid: 0, shell: '/bin/sh' },
      { name: 'app', uid: 1000, shell: '/sbin/nologin' },
    ],
    shells: ['/bin/busybox', '/bin/sh'],
    packageManagers: ['/usr/bin/apt-get'],
  });
});
